import type { IncomingMessage } from 'node:http';
import type { Reply, StreamEvent } from '../link.ts';
import type { Id, Received, Response } from '../message.ts';
import { readMessage } from '../read-message.ts';
import { createSseReader, type SseEvent } from '../sse.ts';
import { readAll } from './read-all.ts';
import type { Limits } from './limits.ts';

/** What is read, and for whom. */
export type Reading = {
  readonly id: Id;
  readonly signal: AbortSignal;
  readonly limits: Limits;
  readonly idleMs: number;
  readonly event: (event: StreamEvent) => void;
  /** Whether a stream that ends early can be resumed (legacy). */
  readonly isResumable: boolean;
  /** A stream that is meant to last: its bounds hold for a minute, and it may be silent. */
  readonly isLong?: boolean;
};

/** Reads the response to one request, JSON or a stream, until its answer. Whatever else comes is bounded and never mistaken for it. */
export function readAnswer(response: IncomingMessage, reading: Reading): Promise<Reply> {
  const type = response.headers['content-type'] ?? '';
  if (response.headers['content-encoding'] !== undefined)
    return turnAway(response, 'the server compressed its answer, which nobody asked for');
  if (type.startsWith('text/event-stream')) return readStream(response, reading);
  if (type.startsWith('application/json')) return readOne(response, reading);
  return turnAway(
    response,
    response.statusCode === 202
      ? 'the server took the request and gave no answer'
      : 'the answer is neither JSON nor a stream',
  );
}

function turnAway(response: IncomingMessage, why: string): Promise<Reply> {
  response.destroy();
  return Promise.resolve({ is: 'broken', why });
}

/** The answer in a JSON body. An error that names no request is about this one: there is no other in this exchange. */
async function readOne(response: IncomingMessage, reading: Reading): Promise<Reply> {
  const { limits, idleMs, id, signal } = reading;
  const body = await readAll(response, {
    maxBytes: limits.answerBytes,
    idleMs,
    totalMs: limits.totalMs,
    signal,
  });
  if (!body.ok) return { is: 'broken', why: body.error };
  const answer = answerOf(body.value, id);
  return typeof answer === 'string'
    ? { is: 'broken', why: answer }
    : { is: 'answered', response: answer };
}

/** The response of this id in a JSON text, or what is wrong with it. */
export function answerOf(text: string, id: Id): Received<Response> | string {
  const read = readMessage(text);
  if (read.ok) {
    const { message } = read.value;
    if ('method' in message) return 'the server answered with a call of its own';
    return message.id === id
      ? (read.value as Received<Response>)
      : 'the server answered another request';
  }
  const { error, message } = read.error;
  if (error === undefined) return `the answer is not JSON-RPC: ${message}`;
  const named: Response = { jsonrpc: '2.0', id, error };
  return { message: named, text: JSON.stringify(named) };
}

/** Reads a stream until the answer to one request. */
function readStream(response: IncomingMessage, reading: Reading): Promise<Reply> {
  const { id, event } = reading;
  let hasIds = false;
  return new Promise((done) => {
    readEvents(response, reading, {
      take: (one) => {
        if (one.id !== undefined && one.id !== '') hasIds = true;
        const received = one.received;
        if (received === undefined) {
          if (one.id !== undefined || one.retry !== undefined) event(passedOn(one));
          return true;
        }
        if ('method' in received.message) event({ ...passedOn(one), message: received });
        else if (received.message.id === id) {
          done({ is: 'answered', response: received as Received<Response> });
          return false;
        } // else: ATTACKER: an answer to something else is nobody's here
        return true;
      },
      // legacy servers part on purpose and are asked again by event id (SEP-1699)
      end: (why) =>
        done(
          reading.isResumable && hasIds && !reading.signal.aborted && why.isEnd
            ? { is: 'parted' }
            : { is: 'broken', why: why.text },
        ),
    });
  });
}

const passedOn = ({ id, retry }: SseEvent): StreamEvent => ({
  ...(id === undefined ? {} : { id }),
  ...(retry === undefined ? {} : { retry }),
});

/** One block of a stream, its message read. */
type Taken = SseEvent & { readonly received?: Received };

/** Who reads a stream. */
export type Reader = {
  /** Takes a block; false when no more is wanted. */
  readonly take: (event: Taken) => boolean;
  /** Called once, unless `take` said it is enough. `isEnd`: the stream ended, rather than overstepping a bound. */
  readonly end: (why: { readonly text: string; readonly isEnd: boolean }) => void;
};

// a server ends its stream after the answer; this long we let it, to use the connection again
const AFTER_MS = 1_000;

const WINDOW_MS = 60_000;

/** Reads the blocks of a stream within bounds: silence, life, size of one and of all, their number. */
export function readEvents(
  response: IncomingMessage,
  { signal, limits, idleMs, isLong = false }: Omit<Reading, 'id' | 'event' | 'isResumable'>,
  { take, end }: Reader,
): void {
  const sse = createSseReader(limits.answerBytes);
  let [isOver, count, bytes] = [false, 0, 0];
  const idle = setTimeout(() => stop('the server was silent too long'), idleMs);
  const total = isLong
    ? setInterval(() => ([count, bytes] = [0, 0]), WINDOW_MS)
    : setTimeout(() => stop('the server took too long'), limits.totalMs);
  const over = (): boolean => {
    if (isOver) return false;
    isOver = true;
    clearTimeout(idle);
    clearTimeout(total);
    signal.removeEventListener('abort', abort);
    return true;
  };
  const stop = (text: string, isEnd = false): void => {
    if (!over()) return;
    response.destroy();
    end({ text, isEnd });
  };
  const abort = (): void => stop('cancelled');
  const enough = (): void => {
    over();
    endSoon(response);
  };
  const onEvent = (event: SseEvent): void => {
    if (++count > limits.events) return stop('the server sent too many messages');
    if (event.event !== undefined && event.event !== 'message') return;
    if (event.data === undefined || event.data === '') return take(event) ? undefined : enough();
    const read = readMessage(event.data);
    if (!read.ok) return stop(`the server sent what is not JSON-RPC: ${read.error.message}`);
    if (!take({ ...event, received: read.value })) enough();
  };
  response.on('data', (chunk: Buffer) => {
    if (isOver) return;
    idle.refresh();
    bytes += chunk.length;
    if (bytes > limits.streamBytes) return stop('the server sent too much');
    const events = sse.push(chunk);
    if (events === 'too-large') return stop('one message of the server is too large');
    for (const event of events) if (!isOver) onEvent(event);
  });
  response.once('end', () => stop('the server ended the stream without an answer', true));
  response.once('error', () => stop('the server closed the connection', true));
  response.once('close', () => stop('the server closed the connection', true));
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
}

/** Reads away what is left, for a moment, so that the connection can be used again. */
export function endSoon(response: IncomingMessage): void {
  const late = setTimeout(() => response.destroy(), AFTER_MS).unref();
  response.once('close', () => clearTimeout(late)).resume();
}
