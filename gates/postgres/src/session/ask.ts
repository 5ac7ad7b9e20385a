import type { QueryArguments, QueryStatus } from '../house.ts';
import type { NotRun } from '../judge/judge.ts';
import { writeNotice } from '../wire/write.ts';
import type { Decision } from './decide.ts';
import { refused, reportOf } from './denial.ts';
import { byRun, tell } from './leave.ts';
import { planOf } from './plan.ts';
import type { Session } from './session.ts';

const NOTICE_MS = 300;

type Question = {
  readonly stored: QueryArguments;
  readonly isApart: boolean;
};

/** Asks, and waits as long as that takes; until then nothing more of this client is worked off. */
export async function askJudge(session: Session, question: Question): Promise<Decision> {
  const { peer, mounted, id } = session;
  const { stored } = question;
  const hold = new AbortController();
  const held = startHold(session, hold);
  session.hold = hold;
  const judged = await mounted.judge
    .ask(
      { agent: peer.agent, database: mounted.name, session: id, arguments: stored },
      { signal: hold.signal, onHeld: held.onHeld },
    )
    .finally(() => {
      session.hold = undefined;
      held.stop();
    });
  if (judged.is === 'not-run') return { is: 'deny', report: reportOf(held.why() ?? judged.why) };
  const { run, facts } = judged;
  const leave = byRun(run, facts);
  const plan = planOf(facts, mounted.settings);
  const why = whyNot(session, question, { arguments: run.arguments, plan });
  if (why) {
    tell(leave, 'failed', why.message);
    return { is: 'deny', report: reportOf(why) };
  }
  const is = question.isApart ? 'apart' : 'go';
  return { is, leave, plan, stored: run.arguments };
}

/** What was released is what runs (R3), and only as what it was judged to be. */
function whyNot(
  session: Session,
  { stored, isApart }: Question,
  got: { readonly arguments: QueryArguments; readonly plan: ReturnType<typeof planOf> },
): NotRun | undefined {
  if (session.hasEnded) return refused('the client is gone');
  if (!isSame(stored, got.arguments)) return refused('what was released is not what was asked for');
  if (stored.text !== got.arguments.text && got.plan.hasNames)
    return refused('what it became refers to names, which were not looked up');
  if (got.plan.refusal) return got.plan.refusal;
  const needsWrite = session.mounted.settings.mode === 'read' && got.plan.writes;
  return needsWrite === isApart
    ? undefined
    : refused('the catalog changed while it was asked for; run it again');
}

const isSame = (one: QueryArguments, other: QueryArguments): boolean => bare(one) === bare(other);

/** What of arguments decides what runs, without what the judge adds. */
function bare(of: QueryArguments): string {
  const { text, lane, transaction, maxRows, formats, values, prepared } = of;
  return JSON.stringify([
    // a person may have made another statement of a plain one: then that is what runs (R3)
    values && text,
    lane,
    transaction,
    maxRows ?? 0,
    formats ?? [],
    values?.map(({ type, format, value }) => [type, format, value]) ?? null,
    prepared?.map((each) => [each.name, each.text]) ?? [],
  ]);
}

/** While it is held: one notice, and a limit where an open transaction keeps locks meanwhile. */
function startHold(
  session: Session,
  hold: AbortController,
): {
  readonly onHeld: (status: QueryStatus) => void;
  readonly why: () => NotRun | undefined;
  readonly stop: () => void;
} {
  const { settings } = session.mounted;
  const timers: NodeJS.Timeout[] = [];
  const after = (ms: number, act: () => void): void => void timers.push(setTimeout(act, ms));
  let why: NotRun | undefined;
  return {
    onHeld: (status) => {
      if (settings.notices) after(NOTICE_MS, () => notice(session, status));
      // the server ends a transaction that does nothing, and the client would not be told why
      const most = Math.floor(settings.idleTransactionMs * 0.75);
      if (session.status === 'I' || most === 0) return;
      after(most, () => {
        why = refused(
          `nobody answered in ${Math.round(most / 100) / 10} s, and the open transaction holds locks no longer than that`,
          `Withdrawn. Ask outside a transaction, or shorten what comes before it (${status.approvalId ?? status.id}).`,
        );
        hold.abort();
      });
    },
    why: () => why,
    stop: () => timers.forEach(clearTimeout),
  };
}

function notice({ down, hasEnded }: Session, { id, approvalId }: QueryStatus): void {
  if (hasEnded) return;
  const message = `waiting for a decision: ${approvalId ?? id}`;
  down.push(writeNotice({ severity: 'NOTICE', code: '00000', message }));
  down.flush();
}
