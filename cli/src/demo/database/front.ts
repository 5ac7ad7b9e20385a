import { randomInt } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import { createInbox, errorFrame, frame, int32, textsOf } from './frames.ts';
import { createScram } from './scram.ts';
import type { Seat, Session } from './session.ts';

const PROTOCOL_3 = 3;
const SSL = 80_877_103;
const GSS = 80_877_104;
const SASL = { offer: 10, more: 11, done: 12 } as const;
const METHOD = 'SCRAM-SHA-256';
/** What every driver wants to know of a server before its first statement. */
const TOLD = {
  server_version: '18.6',
  server_encoding: 'UTF8',
  client_encoding: 'UTF8',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  integer_datetimes: 'on',
  standard_conforming_strings: 'on',
  in_hot_standby: 'off',
  is_superuser: 'off',
} as const;

type Parts = {
  readonly db: PGlite;
  readonly session: Session;
  readonly passwords: Readonly<Record<string, string>>;
};

/** Speaks to each client as a server of many sessions would, and lets them take turns with the one there is. */
export const createFront = (parts: Parts): Server =>
  createServer({ noDelay: true }, (socket) => void serve(socket, parts));

async function serve(socket: Socket, parts: Parts): Promise<void> {
  socket.on('error', () => socket.destroy()); // it went away
  const messages = messagesOf(socket);
  let seat: Seat | undefined;
  try {
    seat = await admit(socket, messages, parts);
    if (seat) await converse(socket, messages, seat, parts);
    socket.end();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    socket.end(errorFrame('FATAL', '53300', text));
  } finally {
    if (seat) await parts.session.leave(seat).catch(() => undefined); // another one waits no longer
  }
}

type Messages = { readonly next: (hasType: boolean) => Promise<Buffer | undefined> };

function messagesOf(socket: Socket): Messages {
  const inbox = createInbox();
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  return {
    next: async (hasType) => {
      for (;;) {
        const message = inbox.next(hasType);
        if (message) return message;
        const { done, value } = await chunks.next();
        if (done === true) return undefined;
        inbox.add(value);
      }
    },
  };
}

/** Until the client has shown who it is. */
async function admit(
  socket: Socket,
  messages: Messages,
  { session, passwords }: Parts,
): Promise<Seat | undefined> {
  let message = await messages.next(false);
  while (message && [SSL, GSS].includes(message.readInt32BE(4))) {
    socket.write('N');
    message = await messages.next(false);
  }
  // a request to cancel ends here too: nothing can stop a statement of this engine
  if (!message || message.readInt16BE(4) !== PROTOCOL_3) return undefined;
  if (message.readInt16BE(6) > 0) socket.write(frame('v', int32(3 << 16), int32(0)));
  const asked = new Map<string, string>();
  const words = textsOf(message.subarray(8));
  for (let i = 0; i + 1 < words.length; i += 2) asked.set(words[i] ?? '', words[i + 1] ?? '');
  const role = asked.get('user') ?? '';
  if (!(await isProven(socket, messages, passwords[role]))) {
    socket.end(errorFrame('FATAL', '28P01', 'password authentication failed'));
    return undefined;
  }
  const seat: Seat = {
    role,
    settings: [...asked].filter(([name]) => !['user', 'database'].includes(name)),
  };
  await session.use(seat, () => Promise.resolve({ isIdle: true }));
  const told = { ...TOLD, ...Object.fromEntries(seat.settings), session_authorization: role };
  const key = [int32(randomInt(2 ** 31)), int32(randomInt(2 ** 31))];
  const parameters = Object.entries(told).map(([name, value]) => frame('S', name, value));
  socket.write(Buffer.concat([frame('R', int32(0)), ...parameters, frame('K', ...key), READY]));
  return seat;
}

const READY = frame('Z', Buffer.from('I'));

async function isProven(
  socket: Socket,
  messages: Messages,
  password: string | undefined,
): Promise<boolean> {
  const scram = createScram(password);
  socket.write(frame('R', int32(SASL.offer), METHOD, Buffer.of(0)));
  const first = await messages.next(true);
  if (first?.toString('latin1', 5, 5 + METHOD.length) !== METHOD) return false;
  const started = scram.first(first.toString('utf8', 5 + METHOD.length + 5));
  socket.write(frame('R', int32(SASL.more), Buffer.from(started)));
  const last = await messages.next(true);
  const signature = last && scram.final(last.toString('utf8', 5));
  if (signature === undefined || password === undefined) return false;
  socket.write(frame('R', int32(SASL.done), Buffer.from(signature)));
  return true;
}

let connections = 0;

async function converse(
  socket: Socket,
  messages: Messages,
  seat: Seat,
  { db, session }: Parts,
): Promise<void> {
  const prefix = `${++connections}.`;
  for (;;) {
    const message = await messages.next(true);
    if (!message || message[0] === code('X')) return;
    const own = named(message, prefix);
    if (own[0] === code('P') && own[5] === 0) seat.unnamed = own;
    await session.use(seat, async () => {
      const answer = Buffer.from(await db.execProtocolRaw(own));
      socket.write(answer);
      return { isIdle: answer.at(-6) === code('Z') && answer.at(-1) === code('I') };
    });
  }
}

const code = (letter: string): number => letter.charCodeAt(0);

/** Names of statements are one namespace in the one session: each connection has its own beginning. */
function named(message: Buffer, prefix: string): Buffer {
  const type = String.fromCharCode(message[0] ?? 0);
  let at = 5;
  if (type === 'B') at = message.indexOf(0, 5) + 1;
  else if ((type === 'D' || type === 'C') && message[5] === code('S')) at = 6;
  else if (type === 'Q' && /\bcopy\b[^;]*\bfrom\s+stdin\b/is.test(message.toString('utf8', 5)))
    // the engine reads rows while it runs and ends where there are none yet
    return frame(
      'Q',
      "do $$begin raise 'this engine takes no COPY FROM STDIN' using errcode = '0A000'; end$$",
    );
  else if (type !== 'P') return message;
  if (message[at] === 0) return message;
  return frame(type, message.subarray(5, at), Buffer.from(prefix), message.subarray(at));
}
