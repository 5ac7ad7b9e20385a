import type { IncomingMessage } from 'node:http';
import type { Caller, Link, Opening, Reply } from '../link.ts';
import type { Id, Message, Notification, Request, Response } from '../message.ts';
import { answerOf, readAnswer, readEvents } from './answer.ts';
import type { Wire } from './exchange.ts';
import type { Limits } from './limits.ts';
import { readAll } from './read-all.ts';
import { isRepeatable } from './repeatable.ts';
import { ofInitialize, type Session } from './server-said.ts';

/** What a link over HTTP works with. */
export type HttpParts = {
  readonly wire: Wire;
  /** What every request carries: the gate's own credentials for this server. */
  readonly headers: Readonly<Record<string, string>>;
  readonly limits: Limits;
};

const LATEST = '2025-11-25';
const NEVER = new AbortController().signal;
const SESSION_ID = /^[\x21-\x7e]{1,1024}$/;

/** Initializes a session for a client. */
export async function initialize(parts: HttpParts, opening: Opening): Promise<Session | Reply> {
  const { name, version, capabilities } = opening.client;
  const params = opening.initialize ?? {
    protocolVersion: LATEST,
    capabilities,
    clientInfo: { name, version },
  };
  const request: Request = { jsonrpc: '2.0', id: 0, method: 'initialize', params };
  let session: string | undefined;
  const reply = await exchange(parts, request, {
    headers: {},
    signal: NEVER,
    event: () => {},
    idleMs: parts.limits.idleMs,
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
  const headers = {
    ...(session.id === undefined ? {} : { 'mcp-session-id': session.id }),
    'mcp-protocol-version': session.server.protocolVersion,
  };
  const post = async (message: Message): Promise<number> => {
    const begun = await wire.begin({
      method: 'POST',
      headers: { ...parts.headers, ...COMMON, ...headers },
      body: JSON.stringify(message),
      headMs: limits.idleMs,
      isRepeatable: true,
    });
    if (begun.is === 'failed') return 0;
    begun.response.resume();
    endLater(begun.response);
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
      return reply;
    },
    notify: async (notification: Notification) => {
      await post(notification);
    },
    respond: async (response: Response) => {
      const status = await post(response);
      return status >= 200 && status < 300;
    },
    listen: (caller, options = {}) => listen(parts, headers, caller, options.lastEventId),
    close: async () => {
      if (session.id === undefined) return;
      const begun = await wire.begin({
        method: 'DELETE',
        headers: { ...parts.headers, ...headers },
        headMs: limits.connectMs,
        isRepeatable: true,
      });
      if (begun.is === 'response') begun.response.resume();
    },
  };
}

const COMMON = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

/** How one request is sent. */
export type Exchange = {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly event: Caller['event'];
  readonly idleMs: number;
  readonly hasSession?: boolean;
  readonly isResumable?: boolean;
  readonly onHead?: (response: IncomingMessage) => void;
};

/** Sends one request and reads what comes of it, by status and kind of body. */
export async function exchange(
  { wire, headers, limits }: HttpParts,
  request: Request,
  how: Exchange,
): Promise<Reply> {
  const begun = await wire.begin({
    method: 'POST',
    headers: { ...headers, ...COMMON, ...how.headers },
    body: JSON.stringify(request),
    signal: how.signal,
    headMs: how.idleMs,
    isRepeatable: isRepeatable(request.method),
  });
  if (begun.is === 'failed') return { is: begun.wasSent ? 'broken' : 'unsent', why: begun.why };
  const { response } = begun;
  how.onHead?.(response);
  const { event, idleMs, signal, isResumable = true } = how;
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300)
    return readAnswer(response, { id: request.id, signal, limits, idleMs, event, isResumable });
  return turnedAway(response, request.id, how.hasSession === true);
}

/** What an error status means: who answers 3xx or 4xx has not run anything; 5xx, nobody knows. */
async function turnedAway(response: IncomingMessage, id: Id, hasSession: boolean): Promise<Reply> {
  const status = response.statusCode ?? 0;
  const body = await readAll(response, { maxBytes: 65_536, idleMs: 5_000, totalMs: 10_000 });
  const answer = body.ok ? answerOf(body.value, id) : '';
  if (hasSession && isOver(status, typeof answer === 'string' ? undefined : answer.message))
    return { is: 'unsent', why: 'the session is over', isGone: true };
  if (typeof answer !== 'string' && 'error' in answer.message)
    return { is: 'answered', response: answer };
  if (status >= 300 && status < 400)
    return { is: 'unsent', why: 'the server redirects elsewhere, which is not followed' };
  if (status === 401 || status === 403)
    return { is: 'unsent', why: `the server does not take the gate's credentials (${status})` };
  return {
    is: status < 500 ? 'unsent' : 'broken',
    why: `the server answered with status ${status}`,
  };
}

/** 404 by the protocol; much copied example code answers 400 with this code instead. */
const isOver = (status: number, answer: Response | undefined): boolean =>
  status === 404 ||
  (status === 400 &&
    answer !== undefined &&
    'error' in answer &&
    (answer.error.code === -32000 || answer.error.code === -32001));

async function listen(
  { wire, headers: own, limits }: HttpParts,
  headers: Readonly<Record<string, string>>,
  caller: Caller,
  lastEventId: string | undefined,
): Promise<'ended' | 'unsupported' | 'gone'> {
  const begun = await wire.begin({
    method: 'GET',
    headers: {
      ...own,
      accept: 'text/event-stream',
      ...headers,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: caller.signal,
    headMs: limits.idleMs,
    isRepeatable: true,
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
    const forever = { ...limits, totalMs: Infinity, events: Infinity };
    readEvents(
      response,
      { signal: caller.signal, limits: forever, idleMs: limits.totalMs },
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

function endLater(response: IncomingMessage): void {
  const late = setTimeout(() => response.destroy(), 1_000).unref();
  response.once('close', () => clearTimeout(late));
}
