import type { Caller, Link, Opening, Reply } from '../link.ts';
import type { Id, Members, Message, Notification, Request, Response } from '../message.ts';
import { endSoon, readEvents } from './answer.ts';
import { COMMON, exchange, type HttpParts } from './exchange.ts';
import { ofInitialize, type Session } from './server-said.ts';

const OPENING_MS = 60_000;
const LATEST = '2025-11-25';
const NEVER = new AbortController().signal;
const SESSION_ID = /^[\x21-\x7e]{1,1024}$/;

/** What a session begins with: the client's own words where it said some. */
export function initializeParams({ client, initialize: said }: Opening): Members {
  const { name, version, capabilities } = client;
  return said ?? { protocolVersion: LATEST, capabilities, clientInfo: { name, version } };
}

/** Initializes a session for a client. */
export async function initialize(parts: HttpParts, opening: Opening): Promise<Session | Reply> {
  const params = initializeParams(opening);
  const request: Request = { jsonrpc: '2.0', id: 0, method: 'initialize', params };
  let session: string | undefined;
  const reply = await exchange(parts, request, {
    headers: { ...parts.headers, ...COMMON },
    signal: NEVER,
    event: () => {},
    idleMs: Math.min(parts.limits.idleMs, OPENING_MS),
    onHead: (head) => (session = String(head.headers['mcp-session-id'] ?? '')),
  });
  if (reply.is !== 'answered' || 'error' in reply.response.message) return reply;
  const server = ofInitialize(reply.response.message.result);
  if (server === undefined)
    return { is: 'broken', why: 'the answer to `initialize` is not one of the protocol' };
  if (session === '' || session === undefined) return { server };
  return SESSION_ID.test(session)
    ? { id: session, server }
    : { is: 'broken', why: 'the server gave a session id that no header may carry' };
}

/** The way to a session over Streamable HTTP (to 2025-11-25). It keeps nothing, so any replica makes it from its ticket. */
export function createLegacyHttpLink(parts: HttpParts, session: Session, ticket: string): Link {
  const { wire, limits } = parts;
  const own = {
    ...parts.headers,
    ...(session.id === undefined ? {} : { 'mcp-session-id': session.id }),
    'mcp-protocol-version': session.server.protocolVersion,
  };
  const headers = { ...own, ...COMMON };
  const post = async (message: Message): Promise<number> => {
    const begun = await wire.begin({
      method: 'POST',
      headers,
      body: JSON.stringify(message),
      headMs: limits.idleMs,
      isRepeatable: true,
    });
    if (begun.is === 'failed') return 0;
    endSoon(begun.response);
    return begun.response.statusCode ?? 0;
  };
  const cancel = (requestId: Id): void => {
    const params = { requestId, reason: 'the caller is gone or cancelled' };
    void post({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
  };
  return {
    era: 'legacy',
    server: session.server,
    ticket,
    request: async (request, caller, options = {}) => {
      let wasBegun = false;
      const reply = await exchange(parts, request, {
        headers,
        signal: caller.signal,
        event: caller.event,
        idleMs: options.timeoutMs ?? limits.idleMs,
        hasSession: session.id !== undefined,
        onHead: () => (wasBegun = true),
      });
      // legacy servers take a closed connection for an accident, not for a wish
      if (caller.signal.aborted && reply.is === 'broken' && (wasBegun || reply.why === 'cancelled'))
        cancel(request.id);
      return withoutStatus(reply);
    },
    notify: async (notification: Notification) => {
      await post(notification);
    },
    respond: async (response: Response) => {
      const status = await post(response);
      return status >= 200 && status < 300;
    },
    listen: (caller, options = {}) => listen(parts, own, caller, options.lastEventId),
    close: async () => {
      if (session.id === undefined) return;
      const begun = await wire.begin({
        method: 'DELETE',
        headers: own,
        headMs: limits.connectMs,
        isRepeatable: true,
      });
      if (begun.is === 'response') begun.response.resume();
    },
  };
}

/** What a link tells of a reply; most came with a status that says nothing. */
function withoutStatus(reply: Reply & { readonly status?: number }): Reply {
  if (reply.status === undefined) return reply;
  const { status: _, ...rest } = reply;
  return rest;
}

async function listen(
  { wire, limits }: HttpParts,
  headers: Readonly<Record<string, string>>,
  caller: Caller,
  lastEventId: string | undefined,
): Promise<'ended' | 'unsupported' | 'gone'> {
  const begun = await wire.begin({
    method: 'GET',
    headers: {
      ...headers,
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: caller.signal,
    headMs: limits.idleMs,
    isRepeatable: true,
    isLong: true,
  });
  if (begun.is === 'failed') return 'ended';
  const { response, end } = begun;
  const { statusCode = 0, headers: head } = response;
  const isStream = head['content-type']?.startsWith('text/event-stream') === true;
  if (statusCode !== 200 || !isStream) {
    end();
    if (statusCode === 404) return 'gone';
    return statusCode >= 500 ? 'ended' : 'unsupported';
  }
  caller.hold();
  return new Promise((done) => {
    readEvents(
      response,
      { signal: caller.signal, limits, idleMs: limits.totalMs, isLong: true },
      {
        take: ({ received, id, retry }) => {
          // ATTACKER: answers come here only where a stream is resumed
          if (received && !('method' in received.message) && lastEventId === undefined) return true;
          caller.event({
            ...(received === undefined ? {} : { message: received }),
            ...(id === undefined ? {} : { id }),
            ...(retry === undefined ? {} : { retry }),
          });
          return true;
        },
        end: () => done('ended'),
      },
    );
  });
}
