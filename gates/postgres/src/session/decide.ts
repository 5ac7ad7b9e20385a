import type { BoundValue, QueryArguments } from '../house.ts';
import type { NotRun, Permit } from '../judge/judge.ts';
import type { Lane } from '../upstream.ts';
import { writeFlush, type Report } from '../wire/write.ts';
import { askJudge } from './ask.ts';
import { reportOf } from './denial.ts';
import { byItself, byPermit, tell, type Leave } from './leave.ts';
import { planIn } from './outstanding.ts';
import { notHere, planOf, type Plan } from './plan.ts';
import { resolveNames, type Prepared } from './resolve.ts';
import type { Session } from './session.ts';

/** What a Bind gave, and how much an Execute asks for. */
export type Bound = {
  readonly values: readonly BoundValue[];
  readonly formats: readonly number[];
  readonly maxRows: number;
};

/** A text that is to run. */
export type Wanted = {
  readonly text: string;
  /** Read only where somebody is asked. */
  readonly bound?: () => Bound | Report;
  /** Whether nothing else runs with it in one implicit transaction; undefined: the next message will tell. */
  readonly isSole: boolean | undefined;
};

export type Decision =
  /** Runs on the client's connection; `stored` where an action was released for it. */
  | {
      readonly is: 'go';
      readonly leave: Leave;
      readonly plan: Plan | undefined;
      readonly stored?: QueryArguments;
    }
  /** Runs as the writing role, on a connection of its own. */
  | {
      readonly is: 'apart';
      readonly leave: Leave;
      readonly plan: Plan;
      readonly stored: QueryArguments;
    }
  | { readonly is: 'deny'; readonly report: Report }
  /** The transaction has failed: whatever it is, the server refuses it, so nobody is asked. */
  | { readonly is: 'failed-already'; readonly leave: Leave }
  /** Whether it stands alone has to be seen first. */
  | { readonly is: 'later' };

/** While it was asked for, the client left or something before it failed, so that the server skips it: it does not run. */
export function isTooLate({ hasEnded, isSkipping }: Session, decision: Decision): boolean {
  if (!hasEnded && !isSkipping) return false;
  if ('leave' in decision)
    tell(decision.leave, 'failed', 'not executed: what it belonged to is over');
  return true;
}

/** The role of the client's own connection. */
export const laneOf = ({ mounted }: Session): Lane =>
  mounted.settings.mode === 'read' ? 'read' : 'write';

type How = { readonly lane: Lane; readonly transaction: 'own' | 'block' };

/** Decides one text: at once where its shape is permitted, or where the session knows; else somebody is asked. */
export function decide(session: Session, wanted: Wanted): Decision | 'wait' | Promise<Decision> {
  const { peer, mounted } = session;
  const how = howOf(session);
  if (how === 'wait') return 'wait';
  const permit = mounted.judge.permitted(peer.agent, wanted.text, how);
  if (!permit) return consider(session, wanted, { how, permit });
  const plan = planOf(permit.facts, mounted.settings);
  if (isPlain(plan, how.lane)) return { is: 'go', leave: byPermit(permit), plan };
  const decision = consider(session, wanted, { how, permit });
  // what is handed out is counted, used or not
  if (decision === 'wait' || decision instanceof Promise || !isBy(decision, permit))
    permit.ran('failed');
  return decision;
}

const isPlain = (plan: Plan, lane: Lane): boolean =>
  !plan.hasNames && !plan.refusal && (lane === 'write' || !plan.writes);

const isBy = (decision: Decision, permit: Permit): boolean =>
  'leave' in decision && decision.leave.permit === permit;

type Case = { readonly how: How; readonly permit: Permit | undefined };

function consider(
  session: Session,
  wanted: Wanted,
  { how, permit }: Case,
): Decision | 'wait' | Promise<Decision> {
  const { judge, settings } = session.mounted;
  const classified = judge.classify(wanted.text);
  // the judge refuses it too, on record
  if (classified.is === 'refused') return judged(session, wanted, { how, permit, prepared: [] });
  const { facts } = classified;
  const plan = planOf(facts, settings);
  if (plan.refusal) return denied(plan.refusal);
  const names = plan.hasNames ? resolveNames(session, facts, plan) : undefined;
  if (names?.is === 'wait') return 'wait';
  if (names?.is === 'covered') return { is: 'go', leave: names.leave, plan: names.plan };
  if (hasFailed(session) && !plan.hasTx) return { is: 'failed-already', leave: byItself(facts) };
  if (names?.is === 'deny') {
    // a transaction that has failed by then refuses it for that
    const last = session.main.queue.at(-1)?.is;
    return last === 'query' || last === 'sync' ? 'wait' : names;
  }
  const prepared = names?.prepared ?? [];
  if (how.lane === 'write') return judged(session, wanted, { how, permit, prepared });
  if (prepared.some(({ text }) => preparesWrite(session, text)))
    return denied(notHere('here EXECUTE cannot run a write'));
  if (!plan.writes) return judged(session, wanted, { how, permit, prepared });
  return apart(session, wanted, { plan, how });
}

function preparesWrite({ mounted }: Session, text: string): boolean {
  const classified = mounted.judge.classify(text);
  return classified.is === 'refused' || planOf(classified.facts, mounted.settings).preparesWrite;
}

const denied = (why: NotRun): Decision => ({ is: 'deny', report: reportOf(why) });

const hasFailed = ({ status, main }: Session): boolean => status === 'E' && main.queue.length === 0;

/** A write in mode `read`: by itself or not at all. */
function apart(
  session: Session,
  wanted: Wanted,
  { plan, how }: { readonly plan: Plan; readonly how: How },
): Decision | 'wait' | Promise<Decision> {
  if (how.transaction === 'block')
    return denied(notHere('here a write cannot be part of a transaction'));
  if (plan.hasTx || plan.hasNames)
    return denied(notHere('here a write cannot be in one text with BEGIN, COMMIT or names'));
  if (wanted.isSole === undefined) return { is: 'later' };
  if (!wanted.isSole) return denied(notHere('here a write must be all there is between two Syncs'));
  // its answer is put in its place, so what is before it is answered first
  if (!isAnswered(session)) return 'wait';
  const alone: How = { lane: 'write', transaction: 'own' };
  const permit = session.mounted.judge.permitted(session.peer.agent, wanted.text, alone);
  return judged(session, wanted, { how: alone, permit, prepared: [] });
}

/** By a permit that stands, or by asking. */
function judged(
  session: Session,
  wanted: Wanted,
  { how, permit, prepared }: Case & { readonly prepared: readonly Prepared[] },
): Decision | Promise<Decision> {
  const { settings } = session.mounted;
  const bound = wanted.bound?.();
  if (bound && 'severity' in bound) return { is: 'deny', report: bound };
  const isApart = settings.mode === 'read' && how.lane === 'write';
  const stored: QueryArguments = {
    text: wanted.text,
    ...(bound && { values: bound.values }),
    ...(bound && bound.formats.length > 0 && { formats: bound.formats }),
    ...(bound && bound.maxRows > 0 && { maxRows: bound.maxRows }),
    ...how,
    ...(prepared.length > 0 && { prepared }),
  };
  // ATTACKER: what EXECUTE runs is not in its shape
  if (!permit || prepared.length > 0) return askJudge(session, { stored, isApart });
  const plan = planOf(permit.facts, settings);
  const leave = byPermit(permit);
  return isApart ? { is: 'apart', leave, plan, stored } : { is: 'go', leave, plan };
}

/** As which role, and whether within a transaction the client began: known once nothing outstanding can change it. */
function howOf(session: Session): How | 'wait' {
  const lane = laneOf(session);
  const { main, status } = session;
  const { queue } = main;
  let transaction: How['transaction'] = status === 'I' ? 'own' : 'block';
  for (let at = queue.length - 1, isEarlier = false; at >= 0; at -= 1) {
    const entry = queue[at];
    if (!entry) break;
    if (entry.is === 'query' || entry.is === 'sync') isEarlier = true;
    if (planIn(entry)?.hasTx !== true) continue;
    if (isEarlier) return 'wait';
    transaction = 'block';
  }
  return { lane, transaction };
}

function isAnswered({ main }: Session): boolean {
  if (main.queue.length === 0) return true;
  const last = main.queue.at(-1);
  if (last && last.is !== 'sync' && last.is !== 'query' && main.flushed !== last) {
    main.up.push(writeFlush());
    main.up.flush();
    main.flushed = last;
  }
  return false;
}
