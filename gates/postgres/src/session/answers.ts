import { readCommandTag, readErrorFields } from '../wire/read-backend.ts';
import { isRefusalOf } from './denial.ts';
import { failHead } from './fail.ts';
import { statementOf } from './leave.ts';
import { maskOf } from './masks.ts';
import { applyNames, type Portal } from './names.ts';
import { cursorOf, sqlStatement, type Entry, type Query } from './outstanding.ts';
import { checkParameter } from './parameters.ts';
import { ready } from './ready.ts';
import { copiedAs } from './copy.ts';
import type { Line, Session } from './session.ts';
import type { StatementFacts } from '../sql/facts.ts';
import { WireFailure } from '../wire/failure.ts';
import { writeError } from '../wire/write.ts';

/** A server that answers what nobody asked: nothing it says can be told apart any more. */
const desync = (): WireFailure =>
  new WireFailure('malformed', 'the database answered what was not asked');

/** Works off one message of the server: what the client is told of it, and what it means for what is outstanding. */
export function answer(
  session: Session,
  line: Line,
  type: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  switch (type) {
    case 0x44:
      return row(session, line, bytes, start, end);
    case 0x54: // T
      return described(session, line, bytes, start, end);
    case 0x43: // C
      return completed(session, line, bytes, start, end);
    case 0x5a: // Z
      return ready(session, line, bytes, start, end);
    case 0x31: // 1, 2, 3: ParseComplete, BindComplete, CloseComplete
    case 0x32:
    case 0x33:
      return confirmed(session, line, type, bytes, start, end);
    case 0x74: // t
    case 0x6e: // n
      return undescribed(session, line, type, bytes, start, end);
    case 0x45: // E
      return failed(session, line, bytes, start, end);
    case 0x49: // I
    case 0x73: // s
      return paused(session, line, type, bytes, start, end);
    case 0x47: // G
    case 0x48: // H
    case 0x64: // d
    case 0x63: // c
      return copying(session, line, type, bytes, start, end);
    default:
      return aside(session, line, type, bytes, start, end);
  }
}

/** Facts of the statement that answers now. */
function factsOf(entry: Entry | undefined): StatementFacts | undefined {
  switch (entry?.is) {
    case 'query':
      return statementOf(entry.leave, entry.index);
    case 'parse':
      return statementOf(entry.leave);
    case 'bind':
    case 'execute':
      return entry.portal.facts;
    default:
      return undefined;
  }
}

function row(session: Session, line: Line, bytes: Buffer, start: number, end: number): void {
  const head = line.queue[0];
  const mask =
    head?.is === 'query' ? head.mask : head?.is === 'execute' ? head.portal.mask : undefined;
  if (!mask) throw desync();
  if (mask.isClear) session.down.push(bytes, start, end);
  else session.down.push(mask.row(bytes.subarray(start, end)));
}

function described(session: Session, line: Line, bytes: Buffer, start: number, end: number): void {
  const head = line.queue[0];
  const description = bytes.subarray(start, end);
  if (head?.is === 'query')
    head.mask = newMask(session, description, factsOf(head), head.leave?.clear ?? []);
  else if (head?.is === 'describe') {
    line.queue.shift();
    const { portal } = head;
    if (portal) portal.mask = newMask(session, description, portal.facts, portal.leave.clear);
    if (head.isHidden) return;
  } else throw desync();
  session.down.push(bytes, start, end);
}

/** While this transaction has changed the catalog, only its server knows what a column is: everything is masked. */
function newMask(
  { mounted, catalog }: Session,
  description: Buffer,
  facts: StatementFacts | undefined,
  clear: readonly string[],
): Portal['mask'] {
  const isKnown = catalog === 'known';
  return maskOf(mounted.masking, description, {
    facts: isKnown ? facts : undefined,
    catalog: isKnown ? mounted.catalog.now() : undefined,
    clear,
  });
}

function completed(session: Session, line: Line, bytes: Buffer, start: number, end: number): void {
  const head = line.queue[0];
  line.copy = 'none';
  if (head?.is === 'query') nextStatement(session, line, head, bytes, start, end);
  else if (head?.is === 'execute') {
    line.queue.shift();
    const { portal } = head;
    if (portal.plan?.hasNames && line.isMain)
      applyNames(session.names, portal.facts, {
        statement: sqlStatement(portal.text),
        portal: cursorOf(portal.leave),
      });
    finish(line, head, tagOf(line, portal.leave.run !== undefined, bytes, start, end));
  } else throw desync();
  session.down.push(bytes, start, end);
}

function nextStatement(
  session: Session,
  line: Line,
  head: Query,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const { leave, plan, index } = head;
  if (leave && plan?.hasNames && line.isMain)
    applyNames(session.names, statementOf(leave, index), {
      // among other statements its own text cannot be told
      statement: sqlStatement(leave.facts.statements.length === 1 ? head.text : undefined),
      portal: cursorOf(leave, index),
    });
  const tag = tagOf(line, leave?.run !== undefined, bytes, start, end);
  if (leave?.run) head.summary.push(tag);
  head.index = index + 1;
  head.mask = undefined;
}

function tagOf(line: Line, isAsked: boolean, bytes: Buffer, start: number, end: number): string {
  const { copied } = line;
  line.copied = undefined;
  if (!isAsked) return '';
  const tag = readCommandTag(bytes, start, end);
  return copied ? `${tag}: ${copiedAs(copied)}` : tag;
}

const finish = (line: Line, { portal }: Entry & { is: 'execute' }, summary: string): void =>
  void line.finished.push({ leave: portal.leave, hasFailed: false, summary });

function confirmed(
  session: Session,
  line: Line,
  type: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const head = line.queue.shift();
  const { names } = session;
  if (type === 0x31 && head?.is === 'parse') {
    if (line.isMain) names.statement.set(head.name, head.statement);
    if (head.isHidden) return;
  } else if (type === 0x32 && head?.is === 'bind' && !head.mustFail) {
    if (line.isMain) names.portal.set(head.name, head.portal);
  } else if (type === 0x33 && head?.is === 'close') {
    names[head.of].delete(head.name);
  } else throw desync();
  session.down.push(bytes, start, end);
}

function undescribed(
  session: Session,
  line: Line,
  type: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const head = line.queue[0];
  if (head?.is !== 'describe') throw desync();
  // the types of its parameters come before its columns
  if (type === 0x6e) line.queue.shift();
  if (!head.isHidden) session.down.push(bytes, start, end);
}

function failed(session: Session, line: Line, bytes: Buffer, start: number, end: number): void {
  const head = line.queue[0];
  // R4: a server that ends the connection leaves it open what became of a write; what would be told here is tried again by drivers
  if (!line.isMain && isFatal(bytes, start, end)) return;
  const denied = head && 'denied' in head ? head.denied : undefined;
  if (denied && isRefusalOf(denied, bytes, start, end))
    session.down.push(writeError(denied.report));
  else
    session.down.push(
      session.mounted.masking.report(bytes.subarray(start, end), reportable(session, head)),
    );
  failHead(session, line);
}

const isFatal = (bytes: Buffer, start: number, end: number): boolean =>
  ['FATAL', 'PANIC'].includes(readErrorFields(bytes, start, end).get('V') ?? '');

/** A statement an error may be told of in full only if it is the only one it can be about. */
function reportable(session: Session, head: Entry | undefined): StatementFacts | undefined {
  if (session.catalog !== 'known') return undefined;
  if (head?.is !== 'query') return factsOf(head);
  const { leave } = head;
  return leave && leave.facts.statements.length === 1 ? leave.facts.statements[0] : undefined;
}

function paused(
  session: Session,
  line: Line,
  type: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const head = line.queue[0];
  if (head?.is === 'execute') {
    line.queue.shift();
    finish(line, head, type === 0x73 ? 'not fetched to the end' : 'empty');
  } else if (head?.is !== 'query' || type !== 0x49) throw desync();
  session.down.push(bytes, start, end);
}

function copying(
  session: Session,
  line: Line,
  type: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const facts = factsOf(line.queue[0]);
  if (type === 0x47 && facts?.kind === 'copy-in') line.copy = 'in';
  else if (type === 0x48 && facts?.kind === 'copy-out' && facts.isClean) line.copy = 'out';
  // ATTACKER: rows of a COPY are masked by nobody, so none pass that were not foreseen
  else if (type === 0x47 || type === 0x48 || line.copy !== 'out') throw desync();
  session.down.push(bytes, start, end);
}

/** What comes at any time: notices, notifications, parameters. */
function aside(
  session: Session,
  line: Line,
  type: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const message = bytes.subarray(start, end);
  const { masking } = session.mounted;
  if (type === 0x4e) session.down.push(masking.report(message, reportable(session, line.queue[0])));
  else if (type === 0x41 && line.isMain) session.down.push(masking.notification(message));
  else if (type === 0x53) checkParameter(session, line, bytes, start, end);
  else if (type !== 0x41) throw desync();
}
