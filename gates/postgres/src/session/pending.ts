import { WireFailure } from '../wire/failure.ts';
import { runApart } from './apart.ts';
import { bindOf, boundOf } from './bound.ts';
import { decide, isTooLate, type Decision } from './decide.ts';
import { deny, missing, refused, reportOf, substituteBind } from './denial.ts';
import type { Frame, Front, Step } from './front.ts';
import { byItself, statementOf, type Leave } from './leave.ts';
import type { Portal, Statement } from './names.ts';
import type { QueryArguments } from '../house.ts';
import { cursorOf, findStatement } from './outstanding.ts';
import type { Plan } from './plan.ts';
import type { Session } from './session.ts';
import type { Report } from '../wire/write.ts';

/** A Bind that waits for its decision, with what belongs to it. */
export type Pending = {
  readonly bind: Frame;
  readonly portal: string;
  readonly statement: string;
  readonly describes: Frame[];
  /** Its Execute, where whether it stands alone has to be seen first. */
  execute: { readonly frame: Frame; readonly maxRows: number } | undefined;
};

const SYNC = 0x53;
const FLUSH = 0x48;

/** Decides a Bind that waits, now that its Execute or something else follows it. */
export function settle(
  session: Session,
  front: Front,
  pending: Pending,
  by: { readonly next: number | undefined; readonly execute?: Frame; readonly maxRows?: number },
): Step {
  const statement = findStatement(session.main.queue, session.names, pending.statement);
  if (statement === 'wait') return 'wait';
  const text = textOf(pending, statement);
  if (typeof text !== 'string') return refuse(session, front, pending, text);
  const maxRows = by.maxRows ?? pending.execute?.maxRows ?? 0;
  const { bytes, start, end } = pending.bind;
  const types = statement?.types ?? [];
  const decision = decide(session, {
    text,
    isSole: isSole(front, pending, by),
    bound: () => boundOf(bytes, start, end, { types, maxRows }),
  });
  if (decision === 'wait') return 'wait';
  const conclude = (made: Decision): Step => {
    if (made.is === 'later' && by.execute) {
      pending.execute = { frame: by.execute, maxRows };
      return undefined;
    }
    return send(session, front, pending, { text, statement, decision: made });
  };
  if (!(decision instanceof Promise)) return conclude(decision);
  return decision.then((made) => {
    void conclude(made);
    return 'again';
  });
}

/** Whether nothing but it runs up to the next Sync; undefined while only what follows can tell. */
function isSole(
  { executes }: Front,
  { execute }: Pending,
  { next, execute: now }: { readonly next: number | undefined; readonly execute?: Frame },
): boolean | undefined {
  if (executes > 0) return false;
  if (now) return undefined;
  return execute !== undefined && (next === SYNC || next === FLUSH);
}

function textOf(pending: Pending, statement: Statement | undefined): string | Report {
  if (!statement) return missing('prepared statement', pending.statement);
  if (statement.by === 'protocol' && statement.text !== undefined) return statement.text;
  return reportOf(refused('it was prepared by SQL, so it is executed by SQL: EXECUTE'));
}

/** The server refuses the Bind instead, and skips what belongs to it. */
function refuse(session: Session, front: Front, { portal }: Pending, report: Report): Step {
  const { main } = session;
  const denied = deny(report);
  front.pending = undefined;
  main.up.push(substituteBind(denied));
  main.queue.push({ is: 'bind', name: portal, portal: cursorOf(NOTHING), denied, mustFail: true });
  session.isSkipping = true;
  return undefined;
}

const NOTHING = byItself({ statements: [], inspectable: 'none', gaps: [] });

/** Sends it, and what asks for its columns. */
function bind(
  session: Session,
  front: Front,
  { portal: name, statement, bind: frame, describes }: Pending,
  as: {
    readonly portal: Portal;
    readonly stored?: QueryArguments | undefined;
    readonly mustFail?: true;
  },
): void {
  const { up, queue } = session.main;
  const { portal, stored, mustFail } = as;
  front.pending = undefined;
  // R3: what was released is what is sent
  if (stored) up.push(bindOf(stored, { portal: name, statement }));
  else up.push(frame.bytes, frame.start, frame.end);
  queue.push({ is: 'bind', name, portal, ...(mustFail ? { mustFail } : {}) });
  if (mustFail) return;
  for (const { bytes, start, end } of describes) {
    up.push(bytes, start, end);
    queue.push({ is: 'describe', of: 'portal', portal, isHidden: false });
    portal.isDescribed = true;
  }
}

const portalOf = (text: string, leave: Leave, plan: Plan | undefined): Portal => ({
  leave,
  text,
  plan,
  facts: statementOf(leave),
  isCursor: false,
  isDescribed: false,
  mask: undefined,
});

type Made = {
  readonly text: string;
  readonly statement: Statement | undefined;
  readonly decision: Decision;
};

function send(session: Session, front: Front, pending: Pending, made: Made): Step {
  const { decision, text } = made;
  if (isTooLate(session, decision)) {
    front.pending = undefined;
    return undefined;
  }
  switch (decision.is) {
    case 'go': {
      const { leave, plan, stored } = decision;
      bind(session, front, pending, { portal: portalOf(text, leave, plan), stored });
      return undefined;
    }
    case 'failed-already':
      bind(session, front, pending, {
        portal: portalOf(text, decision.leave, undefined),
        mustFail: true,
      });
      session.isSkipping = true;
      return undefined;
    case 'apart':
      front.pending = undefined;
      front.executes += 1;
      void runApart(session, decision, {
        types: made.statement?.types ?? [],
        isDescribed: pending.describes.length > 0,
      });
      return undefined;
    case 'deny':
      return refuse(session, front, pending, decision.report);
    case 'later':
      throw new WireFailure('malformed', 'a Bind was decided twice');
  }
}
