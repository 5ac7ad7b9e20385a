import { written } from '../answer.ts';
import { initialized } from '../capabilities.ts';
import type { Caller } from '../link.ts';
import { isId } from '../read-message.ts';
import type { Answered } from '../parts.ts';
import type { Id, Notification, Received, Request, Response } from '../message.ts';
import { clientSaid, LEGACY, type Sorted } from './era.ts';
import { headerOf, type Headers } from './headers.ts';
import type { InFlight } from './inflight.ts';
import { isNotification, isRequest, isResponse } from './kinds.ts';
import type { Line } from './line.ts';
import { CODES, refusal, type Refusal } from './refusal.ts';
import type { Served, Way } from './served.ts';
import type { Session, Sessions } from './sessions.ts';
import type { Streams } from './streams.ts';

/** One HTTP request of a client, as far as every method of it is the same. */
export type Visit = {
  readonly agent: string;
  readonly served: Served;
  readonly headers: Headers;
  /** Opens the line to answer on; further headers go with the answer. */
  readonly line: (headers?: readonly string[]) => Line;
};

export type LegacyParts = {
  readonly sessions: Sessions;
  readonly inFlight: InFlight;
  readonly streams: Streams;
};

type Joined = { readonly id: string; readonly session: Session; readonly way: Way };

/** Streamable HTTP of the versions with sessions (2025-03-26 to 2025-11-25). */
export type LegacyFront = {
  readonly post: (visit: Visit, sorted: Extract<Sorted, { is: 'legacy' }>) => Promise<void>;
  readonly get: (visit: Visit) => Promise<void>;
  readonly end: (visit: Visit) => Promise<void>;
};

const OPEN_MS = 500;

/** Makes the older front. */
export function createLegacyFront({ sessions, inFlight, streams }: LegacyParts): LegacyFront {
  /** The session a request names, with the way behind it. */
  async function join({ agent, served, headers }: Visit): Promise<Joined | Refusal> {
    const id = headerOf(headers, 'mcp-session-id');
    if (id === undefined)
      return refusal(400, CODES.transport, '`Mcp-Session-Id` is missing: initialize first');
    const version = headerOf(headers, 'mcp-protocol-version');
    if (version !== undefined && !LEGACY.includes(version))
      return refusal(400, CODES.transport, 'unsupported protocol version', {
        data: { supported: LEGACY, requested: version.slice(0, 64) },
      });
    const session = sessions.find(id, { agent, served: served.name });
    const opening = session && { agent, client: session.client };
    const way = session && opening && (await served.attach(session.ticket, opening));
    return way ? { id, session, way } : NO_SESSION;
  }

  async function initialize(visit: Visit, request: Received<Request>): Promise<void> {
    const { agent, served, line } = visit;
    const { id, params = {} } = request.message;
    const client = clientSaid(params['clientInfo'], params['capabilities']);
    const way = await served.open('legacy', { agent, client, initialize: params });
    if ('unavailable' in way) return line().answer([unavailable(id, way.unavailable)]);
    const { ticket, server } = way;
    const { protocolVersion: version } = server;
    const session = sessions.begin({ agent, served: served.name, ticket, version, client });
    if (session === undefined) {
      await way.close();
      const message = 'the session would not fit into a header: say less of your capabilities';
      return line().refuse(refusal(400, CODES.invalidParams, message, { id }));
    }
    line(['mcp-session-id', session]).answer([
      written({ jsonrpc: '2.0', id, result: initialized(server) }),
    ]);
  }

  async function told({ id, way }: Joined, { message }: Received<Notification>): Promise<void> {
    const cancelled = message.method === 'notifications/cancelled' && message.params?.['requestId'];
    if (isId(cancelled) && inFlight.cancel(id, cancelled)) return;
    await way.notify(message);
  }

  async function ask(
    { id, session, way }: Joined,
    request: Received<Request>,
    line: Line,
  ): Promise<Answered> {
    const cancelling = line.leaving();
    const leave = inFlight.enter(id, request.message.id, cancelling);
    if (!leave)
      return { is: 'answered', response: failed(request.message.id, 'this id is in use') };
    try {
      const caller = callerOf(session, sessions.nameOf(id), line, cancelling.signal);
      return await way.request(request, caller);
    } finally {
      leave();
    }
  }

  return {
    post: async (visit, { all, isBatch }) => {
      const [first] = all;
      if (first && isRequest(first) && first.message.method === 'initialize' && all.length === 1)
        return initialize(visit, first);
      if (all.some((one) => isRequest(one) && one.message.method === 'initialize'))
        return visit
          .line()
          .refuse(refusal(400, CODES.invalidRequest, 'initialize in a request of its own'));
      const joined = await join(visit);
      const line = visit.line();
      if ('is' in joined) return line.refuse(joined);
      for (const one of all)
        if (isNotification(one)) await told(joined, one);
        else if (isResponse(one)) await joined.way.respond(one.message);
      const requests = all.filter(isRequest);
      if (requests.length === 0) return line.end(202);
      const answers = await Promise.all(requests.map((one) => ask(joined, one, line)));
      if (answers.some(({ is }) => is === 'gone')) return line.refuse(NO_SESSION);
      const responses = answers.flatMap((one) => (one.is === 'answered' ? [one.response] : []));
      line.answer(responses, { isBatch });
    },
    get: async (visit) => {
      const joined = await join(visit);
      const line = visit.line();
      if ('is' in joined) return line.refuse(joined);
      const { id, session, way } = joined;
      const open = streams.open(visit.agent, line.leaving().signal);
      if ('is' in open) return line.refuse(open);
      const caller = callerOf(session, sessions.nameOf(id), line, open.signal);
      const lastEventId = headerOf(visit.headers, 'last-event-id');
      // whoever listens without saying so stands after a moment: a client waits for headers
      const opening = setTimeout(line.hold, OPEN_MS);
      const ended = await way
        .listen(caller, lastEventId === undefined ? {} : { lastEventId })
        .finally(() => {
          clearTimeout(opening);
          open.close();
        });
      if (ended === 'unsupported') return line.refuse(NO_STREAM);
      return ended === 'gone' ? line.refuse(NO_SESSION) : line.end();
    },
    end: async (visit) => {
      const joined = await join(visit);
      const line = visit.line();
      if ('is' in joined) return line.refuse(joined);
      sessions.end(joined.id);
      await joined.way.close();
      line.end(200);
    },
  };
}

const NO_SESSION = refusal(404, CODES.noSession, 'there is no such session: initialize again');
const NO_STREAM = refusal(405, CODES.transport, 'this server tells nothing unasked', {
  headers: ['allow', 'POST, DELETE'],
});

const callerOf = (
  { agent, client }: Session,
  session: string,
  { hold, event }: Pick<Line, 'hold' | 'event'>,
  signal: AbortSignal,
): Caller => ({ agent, era: 'legacy', transport: 'http', client, session, signal, hold, event });

const failed = (id: Id, message: string): Received<Response> =>
  written({ jsonrpc: '2.0', id, error: { code: CODES.invalidRequest, message } });

/** The server behind the gate cannot be reached; nothing ran. */
export const unavailable = (id: Id, why: string): Received<Response> =>
  written({
    jsonrpc: '2.0',
    id,
    error: {
      code: CODES.internal,
      message: `the server behind the gate is unavailable: ${why}`,
      data: { code: 'unavailable' },
    },
  });
