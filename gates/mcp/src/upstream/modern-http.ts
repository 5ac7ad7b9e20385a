import type { Caller, Link, Opening, Reply, ServerSaid } from '../link.ts';
import type { Notification, Request } from '../message.ts';
import { isMembers } from '../read-message.ts';
import { endSoon } from './answer.ts';
import { COMMON, exchange, type HttpParts } from './exchange.ts';
import { enveloped, modernHeaders } from './modern-headers.ts';
import { listenModern } from './modern-listen.ts';
import { isModern, MODERN, ofDiscover } from './server-said.ts';

/** What came of asking a server for its modern versions: what it said, that it has none, or why it could not be asked. */
export type Discovered = ServerSaid | 'none' | { readonly unavailable: string };

const NEVER = new AbortController().signal;
const DISCOVER_MS = 30_000;
const UNSUPPORTED_VERSION = -32022;
/** Who the gate is where it asks for itself. */
export const GATE: Opening['client'] = { name: 'countersign', version: '0.1.0', capabilities: {} };

/** Asks a server which modern versions it speaks, and what it is. */
export async function discover(parts: HttpParts, version: string = MODERN): Promise<Discovered> {
  const reply = await ask(parts, {
    request: { jsonrpc: '2.0', id: 0, method: 'server/discover' },
    version,
    client: GATE,
    caller: { signal: NEVER, event: () => {} },
    idleMs: Math.min(parts.limits.idleMs, DISCOVER_MS),
  });
  if (reply.is === 'answered') {
    const { message } = reply.response;
    if ('result' in message) return ofDiscover(message.result) ?? 'none';
    const other = message.error.code === UNSUPPORTED_VERSION && otherVersion(message.error.data);
    return typeof other === 'string' && other !== version ? discover(parts, other) : 'none';
  }
  // a server without this method may answer with any status but those of a closed door
  if (reply.status !== undefined && ![401, 403, 502, 503, 504].includes(reply.status))
    return 'none';
  return { unavailable: 'why' in reply ? reply.why : 'the server ended the stream' };
}

/** A modern version that the server offers instead. */
export function otherVersion(data: unknown): string | undefined {
  const supported: unknown = isMembers(data) ? data['supported'] : undefined;
  return Array.isArray(supported) ? supported.find(isModern) : undefined;
}

/** One modern request as it is sent. */
type Asked = {
  readonly request: Request;
  readonly version: string;
  readonly client: Opening['client'];
  readonly caller: Pick<Caller, 'signal' | 'event'>;
  readonly idleMs: number;
  readonly params?: Readonly<Record<string, string>> | undefined;
};

function ask(
  parts: HttpParts,
  { request, version, client, caller, idleMs, params }: Asked,
): Promise<Reply & { readonly status?: number }> {
  const whole = { ...request, params: enveloped(request.params, client, version) };
  return exchange(parts, whole, {
    headers: { ...parts.headers, ...COMMON, ...modernHeaders(whole, params) },
    signal: caller.signal,
    // ATTACKER: a modern server asks nothing on its own (it answers `input_required`); such a message is nobody's
    event: (event) => {
      if (event.message === undefined || 'id' in event.message.message) return;
      caller.event({ message: event.message });
    },
    idleMs,
    isResumable: false,
    isLong: request.method === 'subscriptions/listen',
  });
}

/**
 * The way to a server without sessions (from 2026-07-28). Cancelling closes the response stream. `onStranger` is told when the
 * server answers as if it had never heard of this protocol.
 */
export function createModernHttpLink(
  parts: HttpParts,
  server: ServerSaid,
  { client, onStranger }: { readonly client: Opening['client']; readonly onStranger: () => void },
): Link {
  const { limits, wire } = parts;
  const request: Link['request'] = async (asked, caller, { timeoutMs, params } = {}) => {
    const { status, ...reply } = await ask(parts, {
      request: asked,
      version: server.protocolVersion,
      client,
      caller,
      idleMs: timeoutMs ?? limits.idleMs,
      params,
    });
    if (isStranger(status, reply)) onStranger();
    return reply;
  };
  return {
    era: 'modern',
    server,
    ticket: 'modern',
    request,
    notify: async (notification: Notification) => {
      const params = enveloped(notification.params, client, server.protocolVersion);
      const whole = { ...notification, params };
      const begun = await wire.begin({
        method: 'POST',
        headers: { ...parts.headers, ...COMMON, ...modernHeaders(whole) },
        body: JSON.stringify(whole),
        headMs: limits.connectMs,
        isRepeatable: true,
      });
      if (begun.is === 'response') endSoon(begun.response);
    },
    respond: async () => false,
    listen: (caller) => listenModern(request, server, caller),
    close: async () => {},
  };
}

/** Whether a server that spoke this protocol does not any more: 4xx without one of its own errors. */
function isStranger(status: number | undefined, reply: Reply): boolean {
  if (status === undefined || ![400, 404, 405, 406].includes(status)) return false;
  if (reply.is !== 'answered' || 'result' in reply.response.message) return true;
  const { code } = reply.response.message.error;
  return code === UNSUPPORTED_VERSION || (code <= -32000 && code > -32020);
}
