import type { QueryArguments } from '../house.ts';
import { UpstreamFailure, type Connection } from '../upstream.ts';
import {
  message,
  writeDescribe,
  writeError,
  writeExecute,
  writeParse,
  writeQuery,
  writeReady,
  writeSync,
  writeTerminate,
  type Report,
} from '../wire/write.ts';
import { begin } from './begin.ts';
import { bindOf } from './bound.ts';
import { refused, reportOf } from './denial.ts';
import { statementOf, tell, type Leave } from './leave.ts';
import { openLine, listen } from './line.ts';
import type { Portal } from './names.ts';
import { queryOf } from './outstanding.ts';
import type { Plan } from './plan.ts';
import type { Line, Session } from './session.ts';

type Apart = { readonly leave: Leave; readonly plan: Plan; readonly stored: QueryArguments };
type Extended = { readonly types: readonly number[]; readonly isDescribed: boolean };

const WITHDRAWN = refused('the client cancelled it');
const UNREACHED = refused('the database could not be reached as its writing role');

const LOST: Report = {
  severity: 'ERROR',
  code: '42501',
  message: 'OUTCOME UNKNOWN: the connection was lost after the statement was sent',
  hint: 'It may have run. Look before it is asked for again.',
};

/** Runs a released write as the writing role, on a connection of its own, and answers in its place. Never throws. */
export async function runApart(
  session: Session,
  apart: Apart,
  extended: Extended | undefined,
): Promise<void> {
  const { down } = session;
  session.isApart = true;
  session.isWithdrawn = false;
  const connection = await connect(session);
  const hasFailed =
    connection && !session.hasEnded && !session.isWithdrawn
      ? await runOn(session, connection, { apart, extended })
      : notSent(session, connection, apart);
  // the client's own transaction is where it was: there was none
  if (!extended) down.push(writeReady(session.status));
  else if (hasFailed) session.isSkipping = true;
  down.flush();
  session.own = undefined;
  session.isApart = false;
  session.wake();
}

async function connect({ mounted, parts }: Session): Promise<Connection | undefined> {
  try {
    const { statementMs } = mounted.settings;
    const parameters = new Map([['statement_timeout', String(statementMs)]]);
    return await mounted.upstream.connect('write', statementMs > 0 ? { parameters } : {});
  } catch (cause) {
    const code = cause instanceof UpstreamFailure ? cause.code : 'failed';
    parts.log('postgres.write-connection-failed', { database: mounted.name, code });
    return undefined;
  }
}

function notSent(session: Session, connection: Connection | undefined, { leave }: Apart): true {
  connection?.close();
  tell(leave, 'failed', 'not sent to the database');
  session.down.push(writeError(reportOf(session.isWithdrawn ? WITHDRAWN : UNREACHED)));
  return true;
}

/** Sends it and passes on what is answered; whether an error was. */
function runOn(
  session: Session,
  connection: Connection,
  { apart, extended }: { apart: Apart; extended: Extended | undefined },
): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (hasFailed: boolean): void => {
      line.up.push(writeTerminate());
      line.up.flush();
      connection.close();
      resolve(hasFailed);
    };
    const line: Line = openLine(connection, { isMain: false, onReady: () => done(line.hasFailed) });
    session.own = line;
    listen(session, line, () => {
      if (session.own !== line || line.queue.length === 0) return;
      // R4: nobody can say whether it ran; not told, it becomes `unknown`
      if (!line.hasFailed) session.down.push(writeError(LOST));
      connection.close();
      resolve(true);
    });
    begin(session, apart.plan, line);
    send(session, line, apart, extended);
    line.up.flush();
  });
}

/** R3: the stored arguments, nothing of the client's. */
function send(
  session: Session,
  line: Line,
  { leave, plan, stored }: Apart,
  extended: Extended | undefined,
): void {
  const { up, queue } = line;
  if (extended && !plan.copiesIn) return sendExtended(line, { leave, plan, stored }, extended);
  // COPY has neither values nor columns, and a Sync behind it would be taken for one of its rows
  if (extended) session.down.push(message('2'));
  if (extended?.isDescribed === true) session.down.push(message('n'));
  up.push(writeQuery(stored.text));
  queue.push(queryOf({ text: stored.text, leave, plan }));
}

function sendExtended(line: Line, { leave, plan, stored }: Apart, extended: Extended): void {
  const { up, queue } = line;
  const portal: Portal = {
    leave,
    text: stored.text,
    plan,
    facts: statementOf(leave),
    isCursor: false,
    isDescribed: true,
    mask: undefined,
  };
  const statement = { text: stored.text, types: extended.types, by: 'protocol' } as const;
  up.push(
    writeParse(
      '',
      stored.text,
      (stored.values ?? []).map(({ type }) => type),
    ),
  );
  queue.push({ is: 'parse', name: '', statement, leave, isHidden: true });
  up.push(bindOf(stored, { portal: '', statement: '' }));
  queue.push({ is: 'bind', name: '', portal });
  up.push(writeDescribe('portal', ''));
  queue.push({ is: 'describe', of: 'portal', portal, isHidden: !extended.isDescribed });
  up.push(writeExecute('', stored.maxRows ?? 0));
  queue.push({ is: 'execute', portal });
  up.push(writeSync());
  queue.push({ is: 'sync' });
}
