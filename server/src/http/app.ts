import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { StoreFailure, type WaiverBook } from '@countersign/core';
import type { PeerCertificate } from '@countersign/identity';
import { faultOf, type Log } from '../log.ts';
import type { Figures } from '../figures.ts';
import { actionRoutes, type Called } from './actions.ts';
import { createAdmission, type AdmitParts, type Arrival } from './admit.ts';
import { agentRoutes, type AgentParts } from './agents.ts';
import { alertRoutes } from './alerts.ts';
import { channelRoutes } from './channels.ts';
import type { Channels } from '../channels/open.ts';
import type { Drills } from '../drills.ts';
import { approvalRoutes } from './approvals.ts';
import { batchRoutes } from './batch.ts';
import { chatRoutes, type ChatParts } from './chats.ts';
import { breakGlassRoutes } from './break-glass.ts';
import { consoleRoutes } from './console.ts';
import { evidenceRoutes, type EvidenceParts } from './evidence.ts';
import type { Caller, Exchange, Handlers, Reply } from './exchange.ts';
import { drillRoutes } from './drills.ts';
import { createLeaving } from './leave.ts';
import { createMounts, type Mount, type Visit } from './mounts.ts';
import { createFeed } from './feed.ts';
import type { Folds } from './folds.ts';
import { sendInboxEvents } from './inbox-events.ts';
import { passkeyRoutes, type PasskeyParts } from './passkeys.ts';
import { policyRoutes, type PolicyParts } from './policies.ts';
import { delegationRoutes } from './delegations.ts';
import { personRoutes } from './people.ts';
import { publicRoutes, type PublicParts } from './public.ts';
import { pushRoutes, type PushParts } from './push.ts';
import { refuse } from './refuse.ts';
import { reportRoutes } from './report.ts';
import { createRouter, type Found } from './router.ts';
import { send } from './send.ts';
import { signInRoutes, type SignInParts } from './sign-in.ts';
import { createWaits } from './waits.ts';
import { toolRoutes } from './tools.ts';
import type { ToolRegistry } from '../mcp/tools.ts';
import { waiverRoutes } from './waivers.ts';

export type AppParts = PublicParts &
  EvidenceParts &
  PolicyParts &
  Omit<AdmitParts, 'isDraining' | 'access'> & {
    readonly signIn: SignInParts;
    readonly agents: AgentParts;
    readonly passkeys: PasskeyParts;
    readonly push: PushParts | undefined;
    readonly drills: Drills;
    readonly channels: Channels;
    readonly waivers: WaiverBook;
    readonly tools: ToolRegistry;
    readonly mounts: readonly Mount[];
    readonly folds: Folds;
    readonly chats: ChatParts;
    readonly metrics: Figures;
    readonly log: Log;
    /** Told of the trace a caller was in when it proposed an action. */
    readonly called: Called;
  };

/** The HTTP side of a gateway: what `node:http` calls, and how it comes to rest. */
export type App = {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** The same by the listener for agents: their routes and no others. */
  readonly handleAgents: (
    request: IncomingMessage,
    response: ServerResponse,
    peer: PeerCertificate,
  ) => void;
  /** Answers everyone who waits and takes no more work; resolves when the last answer is out, or after `ms`. */
  readonly drain: (ms: number) => Promise<void>;
  readonly waiters: () => number;
};

type Answered = { readonly reply: Reply; readonly caller: Caller | undefined };

/** Makes the app from the contract: each request is checked against its route before a handler sees it. */
export function createApp(parts: AppParts): App {
  const { sight, log, folds } = parts;
  const waits = createWaits(sight.gatekeeper, (why) =>
    parts.metrics.count('countersign_waits_released_total', { why }),
  );
  const feed = createFeed(sight.parts.store, folds);
  const handlers: Handlers = {
    ...actionRoutes(sight, waits, parts.called),
    ...approvalRoutes(sight, { folds, signing: parts.passkeys.signing }),
    ...passkeyRoutes(sight, parts.passkeys),
    approvalEvents: (exchange) => sendInboxEvents(sight, feed, exchange),
    ...evidenceRoutes(parts),
    ...policyRoutes(parts),
    ...pushRoutes(parts.push),
    ...publicRoutes(parts),
    ...signInRoutes(parts.signIn),
    ...consoleRoutes(),
    ...chatRoutes(parts.signIn, parts.chats),
    ...agentRoutes(parts.agents),
    ...personRoutes(parts.agents),
    ...alertRoutes(sight),
    ...channelRoutes(sight, parts.channels),
    ...batchRoutes(sight),
    ...reportRoutes(sight),
    ...drillRoutes(sight, { folds, drills: parts.drills }),
    ...delegationRoutes(parts.agents),
    ...breakGlassRoutes(sight, parts.passkeys.signing),
    ...waiverRoutes(sight, { book: parts.waivers, signing: parts.passkeys.signing }),
    ...toolRoutes(sight, { registry: parts.tools, config: parts.agents.config }),
  };
  const findRoute = createRouter();
  const findMount = createMounts(parts.mounts, parts.publicUrl);
  const inFlight = createInFlight();
  const leavesWith = createLeaving(parts.signIn.sessions);
  let isDraining = false;
  const admit = createAdmission({
    ...parts,
    access: sight.access,
    isDraining: () => isDraining,
  });

  async function answer(arrival: Arrival): Promise<Answered> {
    const admitted = await admit(arrival);
    if ('reply' in admitted) return admitted;
    const { exchange, caller } = admitted;
    leavesWith(caller, arrival.response);
    // a union of handlers cannot be called without saying so; the table ties each to its route
    const handle = handlers[exchange.route.id] as (one: Exchange) => Reply | Promise<Reply>;
    return { reply: await handle(exchange), caller };
  }

  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    peer?: PeerCertificate,
  ): Promise<void> {
    const began = performance.now();
    const requestId = randomUUID();
    const [path, query] = splitUrl(request.url ?? '');
    const matched = findRoute(request.method ?? '', path);
    const found = peer ? onlyForAgents(matched) : matched;
    const fitting = found ? undefined : findMount(path);
    const mount = peer && fitting?.isForAgents !== true ? undefined : fitting;
    const arrival = { request, response, requestId, found, query, ...(peer && { peer }) };
    const answering = mount ? visit(mount, { ...arrival, path }) : answer(arrival);
    const { reply, caller } = await answering.catch((error: unknown) => ({
      reply: failed(arrival, error, log),
      caller: undefined,
    }));
    if (reply !== 'taken') send(request, response, reply, { requestId, isLast: isDraining });
    const seconds = (performance.now() - began) / 1_000;
    record(parts, { arrival, mount, reply, caller, seconds });
  }

  function take(...arrived: Parameters<typeof serve>): void {
    const [, response] = arrived;
    inFlight.add(response);
    serve(...arrived).catch((error: unknown) => {
      log.error('answer-failed', faultOf(error));
      response.destroy();
    });
  }

  return {
    handle: (request, response) => take(request, response),
    handleAgents: take,
    waiters: waits.count,
    drain: async (ms) => {
      isDraining = true;
      waits.drain();
      feed.drain();
      await inFlight.none(ms);
      feed.close();
    },
  };
}

/** R7: where agents come with certificates, nothing is that is not theirs. */
const onlyForAgents = (found: Found): Found =>
  found && 'route' in found && found.route.callers.includes('agent') ? found : undefined;

const visit = async (mount: Mount, one: Visit): Promise<Answered> => ({
  reply: await mount.handle(one),
  caller: undefined,
});

/** ATTACKER: the target of a request is compared as it came; nothing in it is decoded. */
function splitUrl(url: string): readonly [path: string, query: string] {
  const mark = url.indexOf('?');
  return mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
}

/** R2: whatever this was, nothing ran. */
function failed(here: { readonly requestId: string }, error: unknown, log: Log): Reply {
  log.error('request-failed', { requestId: here.requestId, ...faultOf(error) });
  return refuse(here, error instanceof StoreFailure ? error.code : 'internal');
}

/** One line and two figures per request; of a path only the route is told, of a problem only the code (R9). */
function record(
  { metrics, log }: Pick<AppParts, 'metrics' | 'log'>,
  done: {
    readonly arrival: Arrival;
    readonly mount: Mount | undefined;
    readonly reply: Reply;
    readonly caller: Caller | undefined;
    readonly seconds: number;
  },
): void {
  const { arrival, mount, reply, caller, seconds } = done;
  const { found, response, requestId } = arrival;
  const route = found && 'route' in found ? found.route.id : (mount?.id ?? 'none');
  const status = reply === 'taken' ? response.statusCode : reply.status;
  metrics.count('countersign_http_requests_total', { route, status: String(status) });
  metrics.observe('countersign_http_duration_seconds', seconds, { route });
  log.info('request', {
    requestId,
    route,
    status,
    ms: Math.round(seconds * 10_000) / 10,
    by: caller?.kind,
    id: caller?.id,
    code: reply === 'taken' ? undefined : reply.code,
  });
}

/** Responses that are not out yet. */
function createInFlight(): {
  readonly add: (response: ServerResponse) => void;
  /** Resolves when there is none, or after `ms`. */
  readonly none: (ms: number) => Promise<void>;
} {
  const open = new Set<ServerResponse>();
  let onNone: (() => void) | undefined;
  return {
    add: (response) => {
      open.add(response);
      response.on('close', () => {
        open.delete(response);
        if (open.size === 0) onNone?.();
      });
    },
    none: (ms) =>
      new Promise((resolve) => {
        if (open.size === 0) return resolve();
        const timer = setTimeout(resolve, ms);
        onNone = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
  };
}
