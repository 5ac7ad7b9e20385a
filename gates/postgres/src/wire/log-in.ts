import { UpstreamFailure } from '../upstream.ts';
import type { Dialed } from './dial.ts';
import { createIntake } from './intake.ts';
import { choose, refusalOf, refused } from './log-in-answers.ts';
import { STARTUP_LIMITS } from './limits.ts';
import { startupMessage } from './packet.ts';
import { readParameterStatus } from './read-backend.ts';
import { bodyOf, readBytes, readInt32, type Cursor } from './reader.ts';
import { createScramLogin, type ScramLogin } from './scram-client.ts';
import type { saltedPassword } from './scram.ts';
import { int32, message } from './write.ts';

/** What a server says until it is ready. */
export type LoggedIn = {
  readonly parameters: ReadonlyMap<string, string>;
  readonly key: Buffer;
  readonly rest: Buffer;
};

/** Who logs in. */
export type Login = {
  readonly parameters: ReadonlyMap<string, string>;
  /** Undefined: the server must ask for none. */
  readonly password: string | undefined;
  readonly salting?: typeof saltedPassword;
};

const amiss = (): UpstreamFailure =>
  new UpstreamFailure('protocol', 'the database does not answer as PostgreSQL does');

/** Sends the startup message and answers until `ReadyForQuery`. Throws `UpstreamFailure` or `WireFailure`. */
export async function logIn(dialed: Dialed, login: Login): Promise<LoggedIn> {
  const intake = createIntake(dialed.socket);
  dialed.socket.write(startupMessage(login.parameters));
  const authenticate = createAuthenticate(dialed, login);
  const parameters = new Map<string, string>();
  let key: Buffer = Buffer.alloc(0);
  let isIn = false;
  for (;;) {
    const frame = await intake.frame(STARTUP_LIMITS);
    const type = String.fromCharCode(frame[0] ?? 0);
    if (type === 'E') throw refusalOf(frame);
    else if (type === 'R' && !isIn) isIn = await authenticate(bodyOf(frame, 0, frame.length));
    else if (type === 'S' && isIn) {
      const { name, value } = readParameterStatus(frame);
      parameters.set(name, value);
    } else if (type === 'K' && isIn) key = frame.subarray(5);
    else if (type === 'Z' && isIn) return { parameters, key, rest: intake.release() };
    else if (type !== 'N') throw amiss();
  }
}

/** Answers one `Authentication…` after the other; true: let in. */
function createAuthenticate(
  { socket, certificate, isVerified }: Dialed,
  { password, salting }: Login,
): (body: Cursor) => Promise<boolean> {
  let scram: ScramLogin | undefined;
  // INVARIANT: where a password is configured, only a server that knows it too, or a certified one, is believed
  let isProven = password === undefined || isVerified;
  return async (body) => {
    const kind = readInt32(body);
    if (kind === 0) {
      if (isProven) return true;
      throw refused('the database asked for no password although one is configured');
    }
    if (password === undefined)
      throw refused('the database asks for a password, none is configured');
    if (kind === 3 && isVerified) socket.write(message('p', password));
    else if (kind === 10 && !scram) {
      const { mechanism, binding } = choose(body, certificate);
      scram = createScramLogin(password, binding, salting);
      const first = Buffer.from(scram.first);
      socket.write(message('p', mechanism, int32(first.length), first));
    } else if (kind === 11 && scram) {
      const final = await scram.final(restOf(body));
      if (final === undefined) throw amiss();
      socket.write(message('p', Buffer.from(final)));
    } else if (kind === 12 && scram) {
      isProven = scram.isProven(restOf(body));
      if (!isProven) throw refused('the database could not show that it knows the password');
    } else throw refused('the database asks for a password in a way that gives it away');
    return false;
  };
}

const restOf = (body: Cursor): string => readBytes(body, body.end - body.at).toString('latin1');
