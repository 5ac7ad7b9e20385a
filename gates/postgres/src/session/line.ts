import { backendLimits } from '../wire/limits.ts';
import { createScanner } from '../wire/frames.ts';
import { WireFailure } from '../wire/failure.ts';
import type { Connection } from '../upstream.ts';
import { answer } from './answers.ts';
import { createOut } from './out.ts';
import type { Line, Session } from './session.ts';

/** A connection with nothing under way. */
export const openLine = (connection: Connection, how: Pick<Line, 'isMain' | 'onReady'>): Line => ({
  connection,
  up: createOut(connection.socket),
  queue: [],
  ...how,
  copy: 'none',
  copied: undefined,
  flushed: undefined,
  isCopying: false,
  finished: [],
  hasFailed: false,
});

/** Works off what the server says on it, until it is closed. `onEnd` is called once. */
export function listen(
  session: Session,
  line: Line,
  onEnd: (why: WireFailure | undefined) => void,
): void {
  const { socket, rest } = line.connection;
  const scanner = createScanner(backendLimits(session.mounted.settings));
  let isOver = false;
  const end = (why?: WireFailure): void => {
    if (isOver) return;
    isOver = true;
    onEnd(why);
  };
  const each = (type: number, bytes: Buffer, start: number, stop: number): void =>
    answer(session, line, type, bytes, start, stop);
  const onData = (chunk: Buffer): void => {
    if (isOver) return;
    try {
      scanner.push(chunk, each);
    } catch (cause) {
      end(asFailure(cause));
    }
    session.down.flush();
    if (session.down.isFull()) socket.pause();
    session.wake();
  };
  socket.on('data', onData);
  socket.on('error', () => end());
  socket.on('end', () => end());
  socket.on('close', () => end());
  if (rest.length > 0) onData(Buffer.from(rest));
}

/** Whatever it is: with an answer that cannot be worked off nothing goes on. */
const asFailure = (cause: unknown): WireFailure =>
  cause instanceof WireFailure
    ? cause
    : new WireFailure('malformed', 'an answer of the database could not be worked off');
