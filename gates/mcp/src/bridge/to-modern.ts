import { canonical } from '@countersign/core';
import type { Caller, Link, Reply, RequestOptions } from '../link.ts';
import type { Members, Received, Request, Response } from '../message.ts';
import {
  discovered,
  INTERNAL,
  INVALID_PARAMS,
  LEVELS,
  META,
  METHOD_NOT_FOUND,
  modernError,
  modernResult,
  ONLY_LEGACY,
  plainMeta,
  withMeta,
} from './eras.ts';
import { type Asker, type Exchange, startExchange } from './exchange.ts';
import { answered } from '../answer.ts';
import { membersOf } from '../members.ts';
import { orBlank, orNone, refusal, without } from './json.ts';
import { createSubscriptions } from './subscriptions.ts';

/** How long a server may wait for a client that was asked something, and how many may. */
export type ToModern = {
  readonly holdMs: number;
  readonly maxHeld: number;
};

/** A modern link over one session of a legacy server. */
export type ModernLink = Link & {
  /** Nothing is under way. */
  readonly isIdle: () => boolean;
  /** Ends the session below; `close` leaves it to other requests of the same client. */
  readonly end: () => Promise<void>;
};

const URL_ELICITATION_REQUIRED = -32_042;
const RELISTEN_MS = 1_000;

/** Makes a modern link of a legacy one: its session lives on between the requests, and what the server asks becomes a round of its own. */
export function toModern(link: Link, { holdMs, maxHeld }: ToModern, agent: string): ModernLink {
  const server = discovered(link.server);
  const [running, held] = [new Set<Exchange>(), new Map<string, Exchange>()];
  const timers = new Map<string, NodeJS.Timeout>();
  const closing = new AbortController();
  let [count, level, serving] = [0, LEVELS.length, 0];

  /** A caller of our own, for what no client asked. */
  const ourselves = (event: Caller['event'], signal = closing.signal): Caller => ({
    agent,
    era: 'legacy',
    transport: 'http',
    client: { name: 'countersign', version: '1', capabilities: {} },
    signal,
    hold: () => undefined,
    event,
  });
  const send = (method: string, params: Members): Promise<Reply> =>
    link.request(
      { jsonrpc: '2.0', id: nextId(), method, params },
      ourselves(() => undefined),
    );
  const subscriptions = createSubscriptions(link, send);
  // ids of different clients would meet in one session
  const nextId = (): number => ++count;

  /**
   * What comes outside of any request, as everything does over stdio. A question belongs to the last request that can be asked
   * something: the session is of one agent and one client, so it is asked in the right place even where another call made it.
   */
  const unasked = (received: Received): void => {
    const { message } = received;
    if (!('method' in message)) return;
    if (!('id' in message)) {
      const { method } = message;
      if (method === 'notifications/message') return [...running].at(-1)?.take(received);
      const isOfOne = method === 'notifications/progress' || method === 'notifications/cancelled';
      if (!isOfOne) return subscriptions.tell(message);
      // each knows its own by token or id
      for (const one of [...running, ...held.values()]) one.take(received);
      return undefined;
    }
    const last = [...running].findLast(({ mayAsk }) => mayAsk);
    if (last) return last.take(received);
    const { id, method } = message;
    const error = { code: METHOD_NOT_FOUND, message: 'no request of this client is under way' };
    void link.respond({ jsonrpc: '2.0', id, ...(method === 'ping' ? { result: {} } : { error }) });
    return undefined;
  };
  const listen = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const how = await link.listen(
        ourselves(({ message }) => message && unasked(message)),
        {},
      );
      if (how !== 'ended') return;
      await new Promise((later) => setTimeout(later, RELISTEN_MS).unref());
    }
  };
  void link.notify({ jsonrpc: '2.0', method: 'notifications/initialized' }).then(listen);

  /** Logs are asked for once in a session, and here by every request: the most talkative one decides, the others are filtered. */
  const ensureLevel = async (wanted: string | undefined): Promise<void> => {
    const index = wanted === undefined ? -1 : LEVELS.indexOf(wanted);
    if (index < 0 || index >= level || link.server.capabilities['logging'] === undefined) return;
    level = index;
    await send('logging/setLevel', { level: wanted ?? '' });
  };

  const drop = (exchange: Exchange): void => {
    clearTimeout(timers.get(exchange.id));
    timers.delete(exchange.id);
    held.delete(exchange.id);
    running.delete(exchange);
  };
  const hold = (exchange: Exchange): void => {
    running.delete(exchange);
    held.set(exchange.id, exchange);
    const giveUp = (): void => {
      exchange.cancel();
      drop(exchange);
    };
    timers.set(exchange.id, setTimeout(giveUp, holdMs).unref());
  };

  const start = async (request: Request, asker: Asker, options?: RequestOptions) => {
    await ensureLevel(asker.logLevel);
    const params = orNone(request.params);
    const id = nextId();
    const plain = without(params, 'inputResponses', 'requestState');
    const meta = plainMeta(params['_meta']);
    const token = asker.progressToken === undefined ? undefined : { ...meta, progressToken: id };
    return startExchange({
      link,
      request: { ...request, id, params: withMeta(plain, token ?? meta) },
      asker,
      subject: subjectOf(request),
      options,
      elsewhere: subscriptions.tell,
    });
  };

  /** The exchange a client comes back to. ATTACKER: a state may be anybody's, or anything. */
  const resume = async (request: Request, by: string): Promise<Exchange | undefined> => {
    const { requestState, inputResponses } = orNone(request.params);
    const exchange = held.get(orBlank(requestState));
    if (!exchange || exchange.agent !== by || exchange.subject !== subjectOf(request))
      return undefined;
    drop(exchange);
    await exchange.answer(orNone(inputResponses));
    return exchange;
  };

  const carry = async (
    request: Request,
    caller: Caller,
    options?: RequestOptions,
  ): Promise<Reply> => {
    const params = orNone(request.params);
    const asker = askerOf(caller, orNone(params['_meta']));
    const isBack = params['requestState'] !== undefined;
    if (!isBack && running.size + held.size >= maxHeld)
      return { is: 'unsent', why: 'too many requests of this client wait' };
    const exchange = isBack
      ? await resume(request, caller.agent)
      : await start(request, asker, options);
    if (!exchange)
      return answered(request.id, {
        error: {
          code: INVALID_PARAMS,
          message: 'this request state is not known here any more; call again without it',
          data: { reason: 'invalid_request_state' },
        },
      });
    running.add(exchange);
    const leg = await exchange.leg(asker);
    if (leg.is === 'asks') {
      hold(exchange);
      const { inputRequests } = leg;
      return answered(request.id, {
        result: {
          resultType: 'input_required',
          inputRequests,
          requestState: exchange.id,
          _meta: { [META.server]: server.serverInfo },
        },
      });
    }
    drop(exchange);
    return leg.reply.is === 'answered'
      ? inModern(leg.reply.response.message, request, server.serverInfo)
      : leg.reply;
  };

  return {
    era: 'modern',
    server,
    ticket: '',
    isIdle: () => running.size + held.size + serving === 0,
    request: async (request, caller, options) => {
      if (request.method === 'server/discover')
        return answered(request.id, { result: server.result });
      if (ONLY_LEGACY.has(request.method))
        return refusal(
          request.id,
          METHOD_NOT_FOUND,
          'the protocol of this request has no such method',
        );
      serving++;
      try {
        return await (request.method === 'subscriptions/listen'
          ? subscriptions.serve(request, caller)
          : carry(request, caller, options));
      } finally {
        serving--;
      }
    },
    // cancelling is the signal of a request, and the modern protocol has nothing else to tell
    notify: () => Promise.resolve(),
    respond: () => Promise.resolve(false),
    listen: () => Promise.resolve('unsupported'),
    close: () => Promise.resolve(),
    end: async () => {
      closing.abort();
      subscriptions.end();
      for (const exchange of [...running, ...held.values()]) {
        exchange.cancel();
        drop(exchange);
      }
      await link.close();
    },
  };
}

/** What has to be the same in every round of a request. */
const subjectOf = ({ method, params }: Request): string =>
  `${method} ${canonical(without(orNone(params), '_meta', 'inputResponses', 'requestState'))}`;

function askerOf(caller: Caller, meta: Members): Asker {
  const { progressToken } = meta;
  const logLevel = meta[META.logLevel];
  return {
    caller,
    ...(typeof progressToken === 'string' || typeof progressToken === 'number'
      ? { progressToken }
      : {}),
    ...(typeof logLevel === 'string' ? { logLevel } : {}),
  };
}

/** A legacy answer in the modern protocol, to whoever asks now. */
function inModern(response: Response, { id, method, params }: Request, server: Members): Reply {
  if ('result' in response)
    return answered(id, { result: modernResult(method, response.result, server) });
  const { error } = response;
  // the older protocol says by an error that a page has to be visited first; nothing ran, and the client calls again
  if (error.code === URL_ELICITATION_REQUIRED) {
    const inputRequests = pages(membersOf(error.data)?.['elicitations']);
    return inputRequests
      ? answered(id, { result: { resultType: 'input_required', inputRequests } })
      : answered(id, { error: { ...error, code: INTERNAL } });
  }
  return answered(id, { error: modernError(error, orNone(params)) });
}

function pages(elicitations: Members[string] | undefined): Members | undefined {
  const list = Array.isArray(elicitations) ? elicitations : [];
  const asked = list.map((one, i) => {
    const params = { ...without(orNone(one), 'elicitationId'), mode: 'url' };
    return [`page${i + 1}`, { method: 'elicitation/create', params }];
  });
  return asked.length > 0 ? (Object.fromEntries(asked) as Members) : undefined;
}
