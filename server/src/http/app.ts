import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Route } from '@countersign/api';
import { StoreFailure } from '@countersign/core';
import { faultOf, type Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { actionRoutes } from './actions.ts';
import { approvalRoutes } from './approvals.ts';
import type { Authenticate } from './auth.ts';
import { evidenceRoutes, type EvidenceParts } from './evidence.ts';
import type { Caller, Exchange, Handlers, Reply } from './exchange.ts';
import { createOriginCheck } from './origin.ts';
import { publicRoutes, type PublicParts } from './public.ts';
import { readBody } from './read-body.ts';
import { readQuery } from './read-query.ts';
import { refuse } from './refuse.ts';
import { createRouter } from './router.ts';
import { send } from './send.ts';
import { createWaits } from './waits.ts';

export type AppParts = PublicParts &
  EvidenceParts & {
    readonly authenticate: Authenticate;
    readonly bodyBytes: number;
    readonly metrics: Metrics;
    readonly log: Log;
  };

/** The HTTP side of a gateway: what `node:http` calls, and how it comes to rest. */
export type App = {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Answers everyone who waits and takes no more work; resolves when the last answer is out, or after `ms`. */
  readonly drain: (ms: number) => Promise<void>;
  readonly waiters: () => number;
};

const NOBODY: Caller = Object.freeze({ kind: 'nobody', id: '' });

/** Makes the app from the contract: each request is checked against its route before a handler sees it. */
export function createApp(parts: AppParts): App {
  const { sight, metrics, log } = parts;
  const waits = createWaits(sight.gatekeeper);
  const handlers: Handlers = {
    ...actionRoutes(sight, waits),
    ...approvalRoutes(sight),
    ...evidenceRoutes(parts),
    ...publicRoutes(parts),
  };
  const route = createRouter();
  const strange = createOriginCheck(parts.publicUrl);
  const inFlight = new Set<ServerResponse>();
  let isDraining = false;
  let onIdle: (() => void) | undefined;

  async function reply(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    { found, text }: { readonly found: ReturnType<typeof route>; readonly text: string },
  ): Promise<{ readonly reply: Reply; readonly caller: Caller }> {
    const here = { requestId };
    let caller = NOBODY;
    const out = (one: Reply): { reply: Reply; caller: Caller } => ({ reply: one, caller });
    const wrong = strange(request.headers);
    if (wrong) return out(refuse(here, wrong));
    if (!found) return out(refuse(here, 'no-such-route'));
    if ('allow' in found)
      return out(
        refuse(here, 'method-not-allowed', { headers: ['allow', found.allow.join(', ')] }),
      );
    if (isDraining && request.method === 'POST') return out(refuse(here, 'shutting-down'));
    if (found.route.callers.length > 0) {
      const known = parts.authenticate(request.headers.authorization);
      if (typeof known === 'string') return out(unknown(here, known));
      caller = known;
      const barred = whyNotCaller(found.route, caller);
      if (barred) return out(refuse(here, barred));
    }
    const query = readQuery(found.route, text);
    if (!query.ok) return out(refuse(here, 'invalid-request', query.error));
    const body = found.route.body && (await readBody(request, found.route, parts.bodyBytes, here));
    if (body && !body.ok) return out(body.reply);
    // the table ties each route to its body type and handler; a union of handlers cannot be called without saying so
    const handle = handlers[found.route.id] as (exchange: Exchange) => Reply | Promise<Reply>;
    const exchange = {
      request,
      response,
      requestId,
      caller,
      route: found.route,
      param: found.param,
      query: query.value,
      body: body?.value,
    } as Exchange;
    return out(await handle(exchange));
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = performance.now();
    const requestId = randomUUID();
    const url = request.url ?? '';
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const text = mark < 0 ? '' : url.slice(mark + 1);
    const found = route(request.method ?? '', path);
    const name = found && 'route' in found ? found.route.id : 'none';
    let answered: { readonly reply: Reply; readonly caller: Caller };
    try {
      answered = await reply(request, response, requestId, { found, text });
    } catch (error) {
      answered = { reply: failed(requestId, error), caller: NOBODY };
    }
    if (answered.reply !== 'taken')
      send(request, response, answered.reply, { requestId, isLast: isDraining });
    const seconds = (performance.now() - began) / 1_000;
    const status = answered.reply === 'taken' ? response.statusCode : answered.reply.status;
    metrics.count('countersign_http_requests_total', { route: name, status: String(status) });
    metrics.observe('countersign_http_duration_seconds', seconds, { route: name });
    log.info('request', {
      requestId,
      route: name,
      status,
      ms: Math.round(seconds * 10_000) / 10,
      by: answered.caller.kind,
      id: answered.caller.id,
      code: answered.reply === 'taken' ? undefined : answered.reply.code,
    });
  }

  function failed(requestId: string, error: unknown): Reply {
    log.error('request-failed', { requestId, ...faultOf(error) });
    if (error instanceof StoreFailure) return refuse({ requestId }, error.code);
    return refuse({ requestId }, 'internal'); // R2: whatever this was, nothing ran
  }

  return {
    handle: (request, response) => {
      inFlight.add(response);
      response.on('close', () => {
        inFlight.delete(response);
        if (inFlight.size === 0) onIdle?.();
      });
      serve(request, response).catch((error: unknown) => {
        log.error('answer-failed', faultOf(error));
        response.destroy();
      });
    },
    waiters: waits.count,
    drain: async (ms) => {
      isDraining = true;
      waits.drain();
      if (inFlight.size === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}

/** R7: which side of the house a credential belongs to is a property of the route, checked in one place. */
function whyNotCaller(
  { callers }: Route,
  { kind }: Caller,
): 'humans-only' | 'agents-only' | undefined {
  if (kind === 'nobody' || callers.includes(kind)) return undefined;
  return kind === 'person' || callers.includes('agent') ? 'agents-only' : 'humans-only';
}

function unknown(
  here: { readonly requestId: string },
  why: 'unauthenticated' | 'inactive-person' | 'unknown-agent',
): Reply {
  const headers = why === 'unauthenticated' ? ['www-authenticate', 'Bearer'] : [];
  return refuse(here, why, { headers });
}
