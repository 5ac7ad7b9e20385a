import type { Caller, Reply, StreamEvent } from '../link.ts';
import type {
  Id,
  Members,
  Message,
  Notification,
  Received,
  Request,
  Response,
} from '../message.ts';
import { isMembers, readMessage, withId } from '../read-message.ts';
import type { Limits } from './limits.ts';

type Heard = Pick<Caller, 'signal' | 'event'>;

type Pending = {
  /** Id and progress token as the caller knows them. */
  readonly id: Id;
  readonly token: Id | undefined;
  readonly event: Caller['event'];
  readonly settle: (reply: Reply) => void;
  readonly refresh: () => void;
};

/** The channel below: `write` is false when it takes no more; `flooded` is called when the server sends without measure. */
export type Channel = {
  readonly write: (text: string) => boolean;
  readonly flooded: () => void;
};

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
const MAX_ASKED = 1_000;
const MAX_UNHEARD = 100;
const WINDOW_MS = 60_000;

/**
 * A conversation over a channel of lines: open until `over`. Ids and progress tokens are our own on the wire, so that several
 * callers, and calls of the gate itself, can share it; each gets back its own.
 */
export class Conversation {
  readonly #channel: Channel;
  readonly #limits: Limits;
  readonly #pending = new Map<number, Pending>();
  /** Ids of what the server asked and nobody answered yet. */
  readonly #asked = new Set<Id>();
  readonly #listeners = new Set<{ readonly event: Caller['event']; readonly end: () => void }>();
  /** What came while nobody listened. */
  #unheard: StreamEvent[] = [];
  #ended = '';
  #last = 0;
  #calls = { count: 0, since: performance.now() };

  constructor(channel: Channel, limits: Limits) {
    this.#channel = channel;
    this.#limits = limits;
  }

  /** Requests under way, and listeners. */
  get load(): number {
    return this.#pending.size + this.#listeners.size;
  }

  /** Sends a request and resolves when it ended, as `Link.request` does. */
  async request(asking: Request, caller: Heard, timeoutMs?: number): Promise<Reply> {
    if (this.#ended !== '') return { is: 'unsent', why: this.#ended };
    if (caller.signal.aborted) return { is: 'unsent', why: 'cancelled' };
    if (this.#pending.size >= this.#limits.inFlight)
      return { is: 'unsent', why: 'too many requests are under way' };
    const n = ++this.#last;
    const { params, token } = withToken(asking.params, n);
    const text = JSON.stringify({ ...asking, id: n, ...(params ? { params } : {}) });
    if (!this.#channel.write(text))
      return { is: 'unsent', why: 'the server does not take any more' };
    return this.#wait(n, asking, token, caller, timeoutMs ?? this.#limits.idleMs);
  }

  #wait(
    n: number,
    { id, method }: Request,
    token: Id | undefined,
    { signal, event }: Heard,
    idleMs: number,
  ): Promise<Reply> {
    const isLong = method === 'subscriptions/listen';
    return new Promise((done) => {
      const stop = (why: string): void => {
        this.#cancel(n, why);
        this.#settle(n, { is: 'broken', why });
      };
      const abort = (): void => stop('cancelled');
      const after = (ms: number, why: string): NodeJS.Timeout | undefined =>
        isLong ? undefined : setTimeout(() => stop(why), ms);
      const idle = after(idleMs, 'the server was silent too long');
      const total = after(this.#limits.totalMs, 'the server took too long');
      signal.addEventListener('abort', abort, { once: true });
      const settle = (reply: Reply): void => {
        this.#pending.delete(n);
        clearTimeout(idle);
        clearTimeout(total);
        signal.removeEventListener('abort', abort);
        done(reply);
      };
      this.#pending.set(n, { id, token, event, settle, refresh: () => void idle?.refresh() });
    });
  }

  #settle(n: number, reply: Reply): void {
    this.#pending.get(n)?.settle(reply);
  }

  #cancel(requestId: number, reason: string): void {
    this.#write({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId, reason },
    });
  }

  #write(message: Message): boolean {
    return this.#channel.write(JSON.stringify(message));
  }

  /** Passes on a notification of a client. */
  notify(notification: Notification): void {
    if (notification.method !== 'notifications/cancelled') return void this.#write(notification);
    const requestId = notification.params?.['requestId'];
    const found = [...this.#pending].find(([, { id }]) => id === requestId);
    if (found) this.#cancel(found[0], 'the caller cancelled');
  }

  /** Passes on a client's answer; false when nobody waits for it. */
  respond(response: Response): boolean {
    return this.#asked.delete(response.id) && this.#write(response);
  }

  /** Takes what belongs to no request, from now until the signal. */
  listen({ signal, event }: Heard): Promise<'ended'> {
    return new Promise((done) => {
      const end = (): void => {
        signal.removeEventListener('abort', end);
        this.#listeners.delete(one);
        done('ended');
      };
      const one = { event, end };
      this.#listeners.add(one);
      signal.addEventListener('abort', end, { once: true });
      const late = this.#unheard;
      this.#unheard = [];
      for (const missed of late) event(missed);
      if (signal.aborted || this.#ended !== '') end();
    });
  }

  /** A line came in. */
  heard(line: string): void {
    const read = readMessage(line);
    if (!read.ok) return; // ATTACKER: or a program that prints to its output; nobody's
    const { message } = read.value;
    if ('method' in message) return this.#call(read.value, message);
    const to = typeof message.id === 'number' ? this.#pending.get(message.id) : undefined;
    if (!to) return; // unasked for, or a second time
    const answer = withId(read.value as Received<Response>, to.id);
    to.settle({ is: 'answered', response: unsubscribed(answer, to.id) });
  }

  #call(whole: Received, message: Request | Notification): void {
    if (this.#isFlood()) return this.#channel.flooded();
    if ('id' in message) {
      if (message.method === 'ping')
        return void this.#write({ jsonrpc: '2.0', id: message.id, result: {} });
      if (this.#asked.size >= MAX_ASKED) return this.#channel.flooded();
      this.#asked.add(message.id);
      return this.#route({ message: whole });
    }
    const own = ownOf(message);
    if (own === undefined) return this.#route({ message: whole });
    const to = this.#pending.get(own);
    to?.refresh();
    const named = to && renamed(message, to);
    if (named) to.event({ message: named });
  }

  #isFlood(): boolean {
    const now = performance.now();
    if (now - this.#calls.since >= WINDOW_MS) this.#calls = { count: 0, since: now };
    return ++this.#calls.count > this.#limits.events;
  }

  /** To whom it goes: the only request there is, else who listens, else the last request, else whoever comes. */
  #route(event: StreamEvent): void {
    const requests = [...this.#pending.values()];
    const [listener] = this.#listeners;
    const to = requests.length === 1 ? requests[0] : (listener ?? requests.at(-1));
    if (to) to.event(event);
    else if (this.#unheard.length < MAX_UNHEARD) this.#unheard.push(event);
  }

  /** A line was too long to be read; its edges say whose it was, or it was everybody's. */
  missed(head: string, tail: string): void {
    const n = Number(/"id":(\d+)/.exec(head)?.[1] ?? /"id":(\d+)\s*\}\s*$/.exec(tail)?.[1]);
    const reply: Reply = { is: 'broken', why: 'one message of the server is too large' };
    for (const one of this.#pending.has(n) ? [n] : this.#pending.keys()) this.#settle(one, reply);
  }

  /** The channel is gone: whatever was under way ended nobody knows how. */
  over(why: string): void {
    this.#ended = why;
    for (const n of this.#pending.keys()) this.#settle(n, { is: 'broken', why });
    for (const { end } of this.#listeners) end();
  }
}

/** The same params with our progress token in the place of the caller's. */
function withToken(
  params: Members | undefined,
  n: number,
): { readonly params: Members | undefined; readonly token: Id | undefined } {
  const meta = params?.['_meta'];
  const token = isMembers(meta) ? meta['progressToken'] : undefined;
  if (!isMembers(meta) || (typeof token !== 'string' && typeof token !== 'number'))
    return { params, token: undefined };
  return { params: { ...params, _meta: { ...meta, progressToken: n } }, token };
}

/** Our number of the request a notification belongs to; undefined where it names none. */
function ownOf({ method, params }: Notification): number | undefined {
  if (method === 'notifications/progress') {
    const token = params?.['progressToken'];
    return typeof token === 'number' ? token : -1;
  }
  const meta = params?.['_meta'];
  const subscription = isMembers(meta) ? meta[SUBSCRIPTION] : undefined;
  return typeof subscription === 'number' ? subscription : undefined;
}

/** The notification as its caller knows it; undefined where the caller asked for no progress. */
function renamed(
  message: Notification,
  { id, token }: Pending,
): Received<Notification> | undefined {
  const { params } = message;
  if (message.method === 'notifications/progress') {
    if (token === undefined) return undefined;
    return received({ ...message, params: { ...params, progressToken: token } });
  }
  const meta = params?.['_meta'];
  const own = { ...(isMembers(meta) ? meta : {}), [SUBSCRIPTION]: id };
  return received({ ...message, params: { ...params, _meta: own } });
}

/** The answer to a subscription names it as its caller knows it. */
function unsubscribed(answer: Received<Response>, id: Id): Received<Response> {
  const { message } = answer;
  if (!('result' in message)) return answer;
  const meta = message.result['_meta'];
  if (!isMembers(meta) || !(SUBSCRIPTION in meta)) return answer;
  const result = { ...message.result, _meta: { ...meta, [SUBSCRIPTION]: id } };
  return received({ ...message, result });
}

const received = <M extends Message>(message: M): Received<M> => ({
  message,
  text: JSON.stringify(message),
});
