import { written } from '../answer.ts';
import type { Readable, Writable } from 'node:stream';
import { initialized } from '../capabilities.ts';
import type { Caller, ClientSaid } from '../link.ts';
import type { Id, Members, Notification, Received, Request, Response } from '../message.ts';
import type { Answered } from '../parts.ts';
import { isId, isMembers, readBody } from '../read-message.ts';
import { createLines } from '../upstream/child.ts';
import { modernHeaders } from '../upstream/modern-headers.ts';
import { clientSaid, ENVELOPE, sort } from './era.ts';
import { unavailable } from './http-legacy.ts';
import { saidOf, stamped } from './http-modern.ts';
import { createInFlight } from './inflight.ts';
import { isNotification, isRequest, isResponse } from './kinds.ts';
import { bodyOf, CODES } from './refusal.ts';
import { resume, watchPlace } from './resume.ts';
import type { Served, Way } from './served.ts';

/** A client at the other end of two pipes. */
export type StdioFrontParts = {
  readonly served: Served;
  /** Whose credential the gate works with; there is one client, and it is trusted to be that agent's. */
  readonly agent: string;
  readonly input: Readable;
  readonly output: Writable;
  /** Largest line that is read, in bytes. */
  readonly maxLine: number;
};

/** A front over stdio. */
export type StdioFront = {
  /** Resolves when the client closed its side and nothing of it is under way. */
  readonly done: Promise<void>;
  /** Ends what is under way, and the session. */
  readonly close: () => Promise<void>;
};

type Session = { readonly way: Way; readonly params: Members; readonly client: ClientSaid };

type Begun = Session | { readonly unavailable: string };

const SESSION = 'stdio';
const MAX_UNWRITTEN = 64 * 1024 * 1024;

/**
 * Serves one client over its pipes, of either era or both: open until the client closes its side. Nothing but the protocol is
 * ever written to `output`.
 */
export function createStdioFront(parts: StdioFrontParts): StdioFront {
  const client = new StdioClient(parts);
  return { done: client.done, close: () => client.close() };
}

class StdioClient {
  readonly #parts: StdioFrontParts;
  readonly #gone = new AbortController();
  readonly #inFlight = createInFlight();
  readonly #underWay = new Set<Promise<void>>();
  /** The legacy session: what it was begun with, and the way to it now. */
  #session: Promise<Begun> | undefined;
  readonly done: Promise<void>;

  constructor(parts: StdioFrontParts) {
    this.#parts = parts;
    const { input, output, maxLine } = parts;
    input.on(
      'data',
      createLines(
        maxLine,
        (line) => this.#track(this.#line(line)),
        () => this.#refuse(CODES.invalidRequest, 'the message is too large'),
      ),
    );
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = (): void => void this.close().then(resolve);
    for (const event of ['end', 'error', 'close']) input.once(event, end);
    output.once('error', end);
    this.done = promise;
  }

  /** Nothing is begun for a client that is gone. */
  async close(): Promise<void> {
    this.#gone.abort();
    await Promise.allSettled(this.#underWay);
    const session = await this.#session;
    this.#session = undefined;
    if (session && 'way' in session) await session.way.close();
  }

  #track(work: Promise<void>): void {
    // a failure here is a bug: it is answered nowhere, so nothing runs
    const tracked = work
      .catch(() => this.#refuse(CODES.internal, 'the gate failed; nothing ran'))
      .finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  #write(text: string): void {
    const { output } = this.#parts;
    if (this.#gone.signal.aborted || !output.writable) return;
    // a message over several lines would be several messages
    output.write(`${text.includes('\n') ? JSON.stringify(JSON.parse(text)) : text}\n`);
    if (output.writableLength > MAX_UNWRITTEN) this.#gone.abort();
  }

  #refuse(code: number, message: string, id: Id | null = null): void {
    this.#write(bodyOf({ id, error: { code, message } }));
  }

  async #line(line: string): Promise<void> {
    const body = readBody(line);
    if (!body.ok) return this.#refuse(body.error.code, body.error.message, body.error.id);
    const { isBatch, messages } = body.value;
    for (const one of messages)
      if (isNotification(one)) await this.#notified(one.message);
      else if (isResponse(one)) await this.#answered(one.message);
    const requests = messages.filter(isRequest);
    if (requests.length === 0) return;
    const texts = await Promise.all(requests.map((one) => this.#asked(one)));
    this.#write(isBatch ? `[${texts.join(',')}]` : (texts[0] ?? ''));
  }

  async #asked(one: Received<Request>): Promise<string> {
    const { id, method } = one.message;
    const cancelling = new AbortController();
    const leave = this.#inFlight.enter(SESSION, id, cancelling);
    if (!leave)
      return bodyOf({ id, error: { code: CODES.invalidRequest, message: 'this id is in use' } });
    const { signal } = cancelling;
    const gone = (): void => cancelling.abort('gone');
    this.#gone.signal.addEventListener('abort', gone, { once: true });
    if (this.#gone.signal.aborted) gone();
    try {
      const meta = one.message.params?.['_meta'];
      const isModern = isMembers(meta) && Object.hasOwn(meta, ENVELOPE.version);
      if (isModern) return await this.#modern(one, signal);
      if (method === 'initialize') return (await this.#initialize(one.message)).text;
      return await this.#legacy(one, signal);
    } finally {
      this.#gone.signal.removeEventListener('abort', gone);
      leave();
    }
  }

  /** A request of a version without sessions. */
  async #modern(one: Received<Request>, signal: AbortSignal): Promise<string> {
    const { served, agent } = this.#parts;
    const { id, method } = one.message;
    // there are no headers to hold against the body, so the body is held against itself
    const sorted = sort({ isBatch: false, messages: [one] }, modernHeaders(one.message));
    if (sorted.is === 'refused') return bodyOf(sorted);
    if (sorted.is === 'legacy') return this.#legacy(one, signal);
    const { client } = sorted;
    const way = await served.open('modern', { agent, client });
    if ('unavailable' in way) return unavailable(id, way.unavailable).text;
    if (method === 'server/discover')
      return written({ jsonrpc: '2.0', id, result: saidOf(way.server) }).text;
    const answered = await way.request(one, this.#caller('modern', client, signal));
    if (answered.is !== 'answered') return unavailable(id, 'it ended the session').text;
    return stamped(method, answered.response).text;
  }

  async #initialize({ id, params = {} }: Request): Promise<Received<Response>> {
    const client = clientSaid(params['clientInfo'], params['capabilities']);
    const before = this.#session;
    // set at once: what comes in the next line waits for it
    const beginning = this.#replace(before, params, client);
    this.#session = beginning;
    const session = await beginning;
    if ('unavailable' in session) return unavailable(id, session.unavailable);
    return written({ jsonrpc: '2.0', id, result: initialized(session.way.server) });
  }

  async #replace(
    before: Promise<Begun> | undefined,
    params: Members,
    client: ClientSaid,
  ): Promise<Begun> {
    const old = await before;
    if (old && 'way' in old) await old.way.close();
    return this.#begin(params, client);
  }

  async #begin(params: Members, client: ClientSaid): Promise<Begun> {
    const { served, agent } = this.#parts;
    const way = await served.open('legacy', { agent, client, initialize: params });
    if ('unavailable' in way) return way;
    this.#listen(way, client);
    return { way, params, client };
  }

  /** Takes what the server tells on its own, as long as there is a session. */
  #listen(way: Way, client: ClientSaid): void {
    const caller = this.#caller('legacy', client, this.#gone.signal);
    way.listen(caller).catch(() => 'ended');
  }

  async #legacy(one: Received<Request>, signal: AbortSignal): Promise<string> {
    const { id, method } = one.message;
    if (method === 'ping') return written({ jsonrpc: '2.0', id, result: {} }).text;
    const session = await this.#session;
    if (session === undefined)
      return bodyOf({ id, error: { code: CODES.transport, message: 'initialize first' } });
    if ('unavailable' in session) return unavailable(id, session.unavailable).text;
    const first = await this.#ask(session, one, signal);
    if (first.is !== 'gone') return textOf(id, first);
    // the server lost the session and nothing ran; a client over stdio has no way to hear of it
    const again = await this.#again(session);
    if ('unavailable' in again) return unavailable(id, again.unavailable).text;
    return textOf(id, await this.#ask(again, one, signal));
  }

  /** The session anew, begun as the client began it; by whoever is first. */
  async #again(lost: Session): Promise<Begun> {
    const now = this.#session && (await this.#session);
    if (now && now !== lost && 'way' in now) return now;
    const beginning = this.#begin(lost.params, lost.client);
    this.#session = beginning;
    const session = await beginning;
    // what could not be begun is tried again with the next request
    if ('unavailable' in session) this.#session = Promise.resolve(lost);
    else await session.way.notify({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return session;
  }

  async #ask(
    { way, client }: Session,
    one: Received<Request>,
    signal: AbortSignal,
  ): Promise<Answered> {
    const { event, place } = watchPlace(this.#caller('legacy', client, signal).event);
    const caller = { ...this.#caller('legacy', client, signal), event };
    const answered = await way.request(one, caller);
    return answered.is === 'parted' ? resume(way, caller, one.message.id, place) : answered;
  }

  #caller(era: Caller['era'], client: ClientSaid, signal: AbortSignal): Caller {
    return {
      agent: this.#parts.agent,
      era,
      transport: 'stdio',
      client,
      signal,
      hold: () => {},
      event: ({ message }) => {
        if (message) this.#write(message.text);
      },
    };
  }

  async #notified(notification: Notification): Promise<void> {
    const requestId = notification.params?.['requestId'];
    const isCancel = notification.method === 'notifications/cancelled';
    if (isCancel && isId(requestId) && this.#inFlight.cancel(SESSION, requestId)) return;
    const session = await this.#session;
    if (session && 'way' in session) await session.way.notify(notification);
  }

  async #answered(response: Response): Promise<void> {
    const session = await this.#session;
    if (session && 'way' in session) await session.way.respond(response);
  }
}

const textOf = (id: Id, answered: Answered): string =>
  answered.is === 'answered'
    ? answered.response.text
    : unavailable(id, 'it ended the session').text;
