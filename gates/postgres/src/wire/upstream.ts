import type { Duplex } from 'node:stream';
import { UpstreamFailure, type Connection, type Lane, type Upstream } from '../upstream.ts';
import { askOn } from './ask.ts';
import { askToCancel } from './ask-to-cancel.ts';
import { dial, type Address, type Dialed } from './dial.ts';
import { WireFailure } from './failure.ts';
import { logIn, type LoggedIn } from './log-in.ts';
import {
  refuseSettings,
  settingsQuestion,
  startupParameters,
  type PinnedSettings,
} from './pinned.ts';
import { createSalting } from './scram.ts';
import { writeTerminate } from './write.ts';

/** A login role; its password is asked for at each connection, so it may be changed meanwhile. */
export type LaneLogin = {
  readonly user: string;
  /** Undefined: the server asks for none. */
  readonly password?: () => string | Promise<string>;
};

/** What a database behind the gate is made of. */
export type UpstreamParts = Address & {
  readonly name: string;
  /** What the server calls it. */
  readonly database: string;
  readonly lanes: Readonly<Record<Lane, LaneLogin>>;
  readonly settings: PinnedSettings;
  /** Longest time until a connection can be used. */
  readonly connectMs?: number;
};

const CONNECT_MS = 10_000;
const LEAVE_MS = 2_000;
const MOST_MS = 60_000;
const EXTRA_MS = 5_000;

/** Makes one; nothing is connected before `connect`. */
export function createUpstream(parts: UpstreamParts): Upstream {
  const { name, lanes, settings, database, connectMs = CONNECT_MS } = parts;
  const salting = createSalting();
  return {
    name,
    connect: async (lane, { parameters = new Map<string, string>(), signal } = {}) => {
      const limit = AbortSignal.timeout(connectMs);
      const until = signal ? AbortSignal.any([signal, limit]) : limit;
      const { user, password } = lanes[lane];
      const secret = await passwordOf(password);
      const dialed = await dial(parts, until);
      return guarded(dialed.socket, until, async () => {
        const login = {
          parameters: startupParameters({ user, database }, settings, parameters),
          password: secret,
          salting,
        };
        const loggedIn = await logIn(dialed, login);
        if (loggedIn.rest.length > 0) dialed.socket.unshift(loggedIn.rest);
        const [row] = await askOn(dialed.socket, settingsQuestion(settings));
        refuseSettings(settings, row);
        return connectionOf(parts, dialed, loggedIn);
      });
    },
    ask: ({ socket }, sql) => {
      // a server that stands still ends no statement, and says nothing
      const timer = setTimeout(
        () => socket.destroy(),
        (settings.statementMs || MOST_MS) + EXTRA_MS,
      );
      return askOn(socket, sql).finally(() => clearTimeout(timer));
    },
  };
}

async function passwordOf(password: LaneLogin['password']): Promise<string | undefined> {
  try {
    return await password?.();
  } catch {
    throw new UpstreamFailure('authentication', 'the password of the lane cannot be read');
  }
}

/** Ends the connection unless it could be made, in time. */
async function guarded<T>(socket: Duplex, signal: AbortSignal, make: () => Promise<T>): Promise<T> {
  const abort = (): void => void socket.destroy();
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await make();
  } catch (cause) {
    socket.destroy();
    if (cause instanceof UpstreamFailure) throw cause;
    const isGone = cause instanceof WireFailure && cause.code === 'closed';
    throw isGone
      ? new UpstreamFailure('unreachable', 'the database ended the connection, or took too long')
      : new UpstreamFailure('protocol', 'the database does not answer as PostgreSQL does');
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

const connectionOf = (
  address: Address,
  { socket }: Dialed,
  { parameters, key }: LoggedIn,
): Connection => ({
  socket,
  rest: Buffer.alloc(0),
  parameters,
  cancel: () => askToCancel(address, key),
  close: () => {
    if (socket.destroyed) return;
    // what still comes is for nobody, and nobody works it off
    socket.removeAllListeners('data').end(writeTerminate());
    const timer = setTimeout(() => socket.destroy(), LEAVE_MS);
    socket.once('close', () => clearTimeout(timer)).resume();
  },
});
