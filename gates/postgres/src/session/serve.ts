import { randomUUID } from 'node:crypto';
import type { Mounted, PostgresParts } from '../parts.ts';
import type { Peer } from '../peer.ts';
import { UpstreamFailure, type Connection } from '../upstream.ts';
import {
  writeBackendKey,
  writeError,
  writeParameterStatus,
  writeReady,
  type Report,
} from '../wire/write.ts';
import { createInbox } from './inbox.ts';
import { leaveClient } from './leaving.ts';
import { listen, openLine } from './line.ts';
import { createOut } from './out.ts';
import type { Session } from './session.ts';

/** Serves one client that has shown who it is, until its connection is over. Never throws. */
export async function serve(peer: Peer, parts: PostgresParts): Promise<void> {
  const gone = new AbortController();
  const onGone = (): void => gone.abort();
  peer.socket.once('close', onGone).on('error', onGone);
  const mounted = parts.databases.get(peer.database);
  if (!mounted)
    return hangUp(peer, fatal('3D000', `there is no database \`${peer.database}\` here`));
  const connection = await open(peer, mounted, gone.signal);
  if (!('socket' in connection)) return hangUp(peer, connection);
  if (gone.signal.aborted) return connection.close();
  return new Promise((resolve) => {
    run({ peer, mounted, parts, connection, resolve });
  });
}

const fatal = (code: string, message: string): Report => ({ severity: 'FATAL', code, message });

function hangUp({ socket }: Peer, why: Report): void {
  socket.end(writeError(why));
}

async function open(
  { parameters }: Peer,
  { upstream, settings }: Mounted,
  signal: AbortSignal,
): Promise<Connection | Report> {
  try {
    return await upstream.connect(settings.mode === 'read' ? 'read' : 'write', {
      parameters,
      signal,
    });
  } catch (cause) {
    const code = cause instanceof UpstreamFailure ? cause.code : 'failed';
    return fatal('57P03', `the database cannot be used now: ${code}`);
  }
}

type Run = {
  readonly peer: Peer;
  readonly mounted: Mounted;
  readonly parts: PostgresParts;
  readonly connection: Connection;
  readonly resolve: () => void;
};

function run({ peer, mounted, parts, connection, resolve }: Run): void {
  const { socket } = peer;
  const session: Session = {
    id: randomUUID(),
    peer,
    mounted,
    parts,
    down: createOut(socket),
    names: { statement: new Map(), portal: new Map() },
    main: openLine(connection, { isMain: true, onReady: () => closing() }),
    own: undefined,
    isApart: false,
    isWithdrawn: false,
    hold: undefined,
    hasEnded: false,
    status: 'I',
    isSkipping: false,
    isOpaque: false,
    catalog: 'known',
    named: new Set(),
    wake: () => inbox.wake(),
    end: (why) => {
      if (session.hasEnded) return;
      session.hasEnded = true;
      if (why) session.down.push(writeError(why));
      session.down.flush();
      socket.end();
      void leaveClient(session).finally(resolve);
    },
  };
  const inbox = createInbox(session, (why) => session.end(fatal(why.sqlState, why.message)));
  let isClosing = false;
  const closing = (): void => {
    if (isClosing && isIdle(session)) session.end(fatal('57P01', 'the gate is closing'));
  };
  peer.onClosing(() => {
    isClosing = true;
    closing();
  });
  peer.onCancel(() => cancel(session));
  greet(session);
  listen(session, session.main, (why) => session.end(lost(why?.message)));
  socket.on('data', (chunk: Buffer) => inbox.push(chunk));
  socket.on('drain', () => {
    connection.socket.resume();
    session.own?.connection.socket.resume();
  });
  connection.socket.on('drain', () => inbox.wake());
  socket.on('end', () => session.end()).on('close', () => session.end());
  if (peer.rest.length > 0) inbox.push(Buffer.from(peer.rest));
}

/** What a server tells a client that is let in; a setting the client asked for is one it has named. */
function greet({ main, down, peer, named }: Session): void {
  for (const [name, value] of main.connection.parameters) {
    down.push(writeParameterStatus(name, value));
    named.add(value.toLowerCase());
  }
  down.push(writeBackendKey(peer.cancelKey));
  down.push(writeReady('I'));
  down.flush();
}

const isIdle = ({ main, hold, isApart, status }: Session): boolean =>
  main.queue.length === 0 && !hold && !isApart && status === 'I';

/** A cancel withdraws what is held; what runs is told to its server. */
function cancel(session: Session): void {
  const { hold, own, main } = session;
  if (hold) hold.abort();
  else if (own) void own.connection.cancel();
  else if (session.isApart) session.isWithdrawn = true;
  else if (main.queue.length > 0) void main.connection.cancel();
}

const lost = (why: string | undefined): Report =>
  why === undefined ? fatal('57P01', 'the database has ended the connection') : fatal('08P01', why);
