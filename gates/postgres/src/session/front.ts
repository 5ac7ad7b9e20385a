import { bodyOf, readText } from '../wire/reader.ts';
import { readClose, readDescribe, readExecute } from '../wire/read-frontend.ts';
import { WireFailure } from '../wire/failure.ts';
import { writeDescribe } from '../wire/write.ts';
import { takeCopy } from './copy-in.ts';
import { deny, missing, refused, reportOf, substituteExecute, substituteQuery } from './denial.ts';
import { byItself } from './leave.ts';
import { cursorOf, findPortal, planIn, queryOf } from './outstanding.ts';
import { begin } from './begin.ts';
import { takeParse, takeQuery } from './texts.ts';
import { settle, type Pending } from './pending.ts';
import type { Session } from './session.ts';

/** One message of the client, as part of what came. */
export type Frame = {
  readonly type: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
};

/** Nothing: it is worked off. `wait`: offer it again after `wake`. A promise tells later whether to offer it `again`. */
export type Step = undefined | 'wait' | Promise<'taken' | 'again'>;

/** What a client's side remembers between messages. */
export type Front = {
  /** A Bind that is not sent yet: planning runs code, so it is decided first (row 14). */
  pending: Pending | undefined;
  /** How many were executed since the last Sync. */
  executes: number;
};

const SYNC = 0x53;
const TERMINATE = 0x58;

/** Works off one message of the client. */
export function take(session: Session, front: Front, frame: Frame): Step {
  const { main } = session;
  const line = session.own ?? main;
  if (line.copy === 'in') return takeCopy(line, frame);
  if (session.isApart || session.catalog === 'refreshing') return 'wait';
  // until the server says whether it takes rows, nobody knows what these bytes are
  if (main.isCopying && main.queue.some((entry) => planIn(entry)?.copiesIn)) return 'wait';
  main.isCopying = false;
  if (frame.type === TERMINATE) return takeLeave(session);
  if (session.isSkipping) {
    front.pending = undefined;
    if (frame.type !== SYNC) return undefined;
  }
  if (front.pending && !goesWith(front.pending, frame)) {
    const step = settle(session, front, front.pending, { next: frame.type });
    if (step) return step;
    // settling it may have begun something, or have been refused
    return take(session, front, frame);
  }
  return takeOne(session, front, frame);
}

/** The client goes; what it sent before is done first, as a server does it. */
function takeLeave(session: Session): Step {
  if (session.main.queue.length > 0) return 'wait';
  session.end();
  return undefined;
}

function goesWith(pending: Pending, { type, bytes, start, end }: Frame): boolean {
  if (pending.execute) return false;
  if (type === 0x45) return readExecute(bytes, start, end).portal === pending.portal;
  if (type !== 0x44) return false;
  const { of, name } = readDescribe(bytes, start, end);
  return of === 'portal' && name === pending.portal;
}

function takeOne(session: Session, front: Front, frame: Frame): Step {
  const { main } = session;
  const { type, bytes, start, end } = frame;
  switch (type) {
    case 0x51:
      return takeQuery(session, front, frame);
    case 0x50:
      return takeParse(session, frame);
    case 0x42:
      front.pending = pendingOf(frame);
      return undefined;
    case 0x44:
      return takeDescribe(session, front, frame);
    case 0x45:
      return takeExecute(session, front, frame);
    case 0x43: {
      const { of, name } = readClose(bytes, start, end);
      main.queue.push({ is: 'close', of, name });
      break;
    }
    case SYNC:
      main.queue.push({ is: 'sync' });
      session.isSkipping = false;
      front.executes = 0;
      break;
    case 0x46:
      return takeCall(session);
    case 0x48:
      break;
    case 0x64: // what a COPY that failed still sends
    case 0x63:
    case 0x66:
      return undefined;
    default:
      throw new WireFailure('unknown-type', 'there is no message of this type here');
  }
  main.up.push(bytes, start, end);
  return undefined;
}

function pendingOf(frame: Frame): Pending {
  const cursor = bodyOf(frame.bytes, frame.start, frame.end);
  const portal = readText(cursor);
  return { bind: frame, portal, statement: readText(cursor), describes: [], execute: undefined };
}

/** A function by its number has no text that could be judged (row 3). */
function takeCall({ main }: Session): Step {
  const denied = deny(reportOf(refused('a function can only be called by a statement')));
  main.up.push(substituteQuery(denied));
  main.queue.push(queryOf({ text: '', leave: undefined, plan: undefined, denied }));
  return undefined;
}

function takeDescribe(session: Session, front: Front, frame: Frame): Step {
  const { main, names } = session;
  const { bytes, start, end } = frame;
  const { of, name } = readDescribe(bytes, start, end);
  if (front.pending) {
    front.pending.describes.push(frame);
    return undefined;
  }
  const portal = of === 'portal' ? findPortal(main.queue, names, name) : undefined;
  if (portal === 'wait') return 'wait';
  if (portal) portal.isDescribed = true;
  main.up.push(bytes, start, end);
  main.queue.push({ is: 'describe', of, portal, isHidden: false });
  return undefined;
}

function takeExecute(session: Session, front: Front, frame: Frame): Step {
  const { main, names } = session;
  const { bytes, start, end } = frame;
  const { portal: name, maxRows } = readExecute(bytes, start, end);
  if (front.pending) {
    const step = settle(session, front, front.pending, {
      next: undefined,
      execute: frame,
      maxRows,
    });
    // decided later, or denied: then there is nothing to execute
    if (step || front.pending || session.isSkipping) return step;
  }
  const portal = findPortal(main.queue, names, name);
  if (portal === 'wait') return 'wait';
  if (!portal) return refuseExecute(session, name);
  if (!portal.isDescribed) {
    main.up.push(writeDescribe('portal', name));
    main.queue.push({ is: 'describe', of: 'portal', portal, isHidden: true });
    portal.isDescribed = true;
  }
  main.up.push(bytes, start, end);
  main.queue.push({ is: 'execute', portal });
  begin(session, portal.plan);
  front.executes += 1;
  return undefined;
}

function refuseExecute(session: Session, name: string): Step {
  const { main } = session;
  const denied = deny(missing('portal', name));
  main.up.push(substituteExecute(denied));
  main.queue.push({
    is: 'execute',
    portal: cursorOf(byItself({ statements: [], inspectable: 'none', gaps: [] })),
    denied,
  });
  session.isSkipping = true;
  return undefined;
}
