import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Caller, Link, Reply, RequestOptions, StreamEvent } from '../link.ts';
import type { Members, Notification, Received, Request, Response } from '../message.ts';
import { ASKABLE, LEVELS, METHOD_NOT_FOUND, plainMeta, withMeta } from './eras.ts';
import { written } from '../answer.ts';
import { orNone, without } from './json.ts';

/** Who waits for a leg, and what it wants to be told meanwhile. */
export type Asker = {
  readonly caller: Caller;
  readonly progressToken?: string | number;
  readonly logLevel?: string;
};

/** What comes of one leg of an exchange. */
type Leg =
  | { readonly is: 'over'; readonly reply: Reply }
  | { readonly is: 'asks'; readonly inputRequests: Members };

/**
 * One request under way at a legacy server, across the rounds of the modern client that made it.
 * States: running (a leg waits) → asking (the server waits for answers, nobody waits here) → running … → over.
 */
export type Exchange = {
  /** Random, so that knowing it is being handed it. */
  readonly id: string;
  readonly agent: string;
  /** Whether its answer may be a round. */
  readonly mayAsk: boolean;
  /** What was asked, to be the same in every round. */
  readonly subject: string;
  /** Waits for what comes next. */
  readonly leg: (asker: Asker) => Promise<Leg>;
  /** Hands the client's answers to the server; what was not answered is asked again. */
  readonly answer: (responses: Members) => Promise<void>;
  /** What the server sends outside of any request, and seems to belong here. */
  readonly take: (received: Received) => void;
  readonly cancel: () => void;
};

// servers ask several things at once in several messages; they arrive together
const GATHER_MS = 10;
const MAX_ASKED = 32;
/** Methods whose answer may be a round (2026-07-28, multi round-trip requests). */
const ASKING: ReadonlySet<string> = new Set(['tools/call', 'resources/read', 'prompts/get']);
const MAX_RESUMES = 100;
const idle = (): void => undefined;

/** What an exchange is made of. */
export type Asked = {
  readonly link: Link;
  readonly request: Request;
  readonly asker: Asker;
  readonly subject: string;
  readonly options: RequestOptions | undefined;
  /** Called with notifications that are not about this request. */
  readonly elsewhere: (notification: Notification) => void;
};

/** Starts a request at a legacy server. */
export function startExchange({
  link,
  request,
  asker: first,
  subject,
  options,
  elsewhere,
}: Asked): Exchange {
  const control = new AbortController();
  const asked = new Map<string, Request>();
  const mayAsk = ASKING.has(request.method);
  let asker = first;
  let count = 0;
  let lastEventId: string | undefined;
  let retryMs = 1_000;
  let wake = idle;
  let over: Reply | undefined;

  const refuse = (id: Request['id'], message: string): void =>
    void link.respond({ jsonrpc: '2.0', id, error: { code: METHOD_NOT_FOUND, message } });

  const ask = (question: Request): void => {
    const needs = ASKABLE[question.method];
    if (question.method === 'ping')
      return void link.respond({ jsonrpc: '2.0', id: question.id, result: {} });
    if (needs === undefined || !mayAsk)
      return refuse(question.id, 'this client cannot be asked that');
    if (asker.caller.client.capabilities[needs] === undefined || asked.size >= MAX_ASKED)
      return refuse(question.id, `the client does not offer ${needs}`);
    asked.set(`r${++count}`, question);
    setTimeout(() => wake(), GATHER_MS);
  };

  const tell = (notification: Notification): void => {
    const params = orNone(notification.params);
    if (notification.method === 'notifications/cancelled') {
      for (const [key, { id }] of asked) if (id === params['requestId']) asked.delete(key);
    } else if (notification.method === 'notifications/progress') {
      const { progressToken } = asker;
      if (progressToken !== undefined && params['progressToken'] === request.id)
        asker.caller.event({
          message: written({ ...notification, params: { ...params, progressToken } }),
        });
    } else if (notification.method === 'notifications/message') {
      if (isLoud(params['level'], asker.logLevel))
        asker.caller.event({ message: written(notification) });
    } else elsewhere(notification);
  };

  const take = ({ message }: Received): void => {
    if (over !== undefined) return;
    if (!('method' in message)) return;
    if ('id' in message) ask(message);
    else tell(message);
  };
  const event = ({ message, id, retry }: StreamEvent): void => {
    if (id !== undefined) lastEventId = id;
    if (retry !== undefined) retryMs = retry;
    if (message) take(message);
  };
  const inner: Caller = {
    ...first.caller,
    era: 'legacy',
    signal: control.signal,
    hold: () => asker.caller.hold(),
    event,
  };

  const run = async (): Promise<void> => {
    const reply = await link.request(request, inner, options);
    over = reply.is === 'parted' ? await resume() : reply;
    wake();
  };
  void run();

  /** A legacy server may close the stream and give the answer to whoever comes back (SEP-1699). */
  async function resume(): Promise<Reply> {
    let found: Received<Response> | undefined;
    const back = new AbortController();
    const listener: Caller = {
      ...inner,
      signal: AbortSignal.any([control.signal, back.signal]),
      event: (one) => {
        const message = one.message?.message;
        if (message && !('method' in message) && message.id === request.id) {
          found = one.message as Received<Response>;
          back.abort();
        } else event(one);
      },
    };
    for (let tries = 0; tries < MAX_RESUMES && !control.signal.aborted; tries++) {
      await wait(retryMs, undefined, { signal: control.signal }).catch(() => undefined);
      const ended = await link.listen(listener, lastEventId === undefined ? {} : { lastEventId });
      if (found) return { is: 'answered', response: found };
      if (ended !== 'ended') break;
    }
    return { is: 'broken', why: 'the server closed the stream and did not answer' };
  }

  return {
    id: randomBytes(24).toString('base64url'),
    agent: first.caller.agent,
    mayAsk,
    subject,
    take,
    cancel: () => control.abort(),
    answer: async (responses) => {
      for (const [key, { id }] of asked) {
        const result = responses[key];
        if (typeof result !== 'object' || result === null || Array.isArray(result)) continue;
        asked.delete(key);
        await link.respond({ jsonrpc: '2.0', id, result: orNone(result) });
      }
    },
    leg: (next) => {
      asker = next;
      const { signal } = next.caller;
      return new Promise((ended) => {
        const cancelled = (): void => {
          control.abort();
          finish({ is: 'over', reply: { is: 'broken', why: 'the caller is gone' } });
        };
        const finish = (leg: Leg): void => {
          wake = idle;
          signal.removeEventListener('abort', cancelled);
          ended(leg);
        };
        wake = () => {
          if (over !== undefined) finish({ is: 'over', reply: over });
          else if (asked.size > 0) finish({ is: 'asks', inputRequests: questions(asked) });
        };
        if (signal.aborted) cancelled();
        else signal.addEventListener('abort', cancelled, { once: true });
        // what was asked while nobody waited is told at once
        wake();
      });
    },
  };
}

/** The server's requests as the modern protocol embeds them: without ids and tasks. */
function questions(asked: ReadonlyMap<string, Request>): Members {
  return Object.fromEntries(
    [...asked].map(([key, { method, params }]) => {
      const plain = without(orNone(params), 'task', 'elicitationId');
      const kept = withMeta(plain, plainMeta(plain['_meta']));
      return [key, { method, ...(method === 'roots/list' ? {} : { params: kept }) }];
    }),
  );
}

/** Whether a message of this level is to be told to somebody who asked for another; who asked for none is told nothing. */
const isLoud = (level: unknown, wanted: string | undefined): boolean =>
  wanted !== undefined && LEVELS.indexOf(String(level)) >= LEVELS.indexOf(wanted);
