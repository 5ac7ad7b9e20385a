import { written } from '../answer.ts';
import { modernCapabilities } from '../capabilities.ts';
import { isMembers } from '../read-message.ts';
import type { Caller, ServerSaid } from '../link.ts';
import type { Members, Received, Request, Response } from '../message.ts';
import { MODERN, type Sorted } from './era.ts';
import { checkParams } from './headers.ts';
import { unavailable, type Visit } from './http-legacy.ts';
import { isRequest } from './kinds.ts';
import { CODES } from './refusal.ts';
import type { Streams } from './streams.ts';

type Modern = Extract<Sorted, { is: 'modern' }>;

const SERVER_INFO = 'io.modelcontextprotocol/serverInfo';

/** Streamable HTTP of the versions without sessions (2026-07-28). A closed stream is a cancellation. */
export async function postModern(
  visit: Visit,
  { received: one, client }: Modern,
  streams: Streams,
): Promise<void> {
  const { agent, served, headers } = visit;
  if (!isRequest(one)) {
    const way = await served.open('modern', { agent, client });
    if (!('unavailable' in way) && 'method' in one.message) await way.notify(one.message);
    return visit.line().end(202);
  }
  const line = visit.line();
  const { message: request } = one;
  const wrong = wrongParams(request, visit);
  if (wrong) return line.refuse(wrong);
  const way = await served.open('modern', { agent, client });
  if ('unavailable' in way) return line.answer([unavailable(request.id, way.unavailable)]);
  if (request.method === 'server/discover')
    return line.answer([written({ jsonrpc: '2.0', id: request.id, result: saidOf(way.server) })]);
  const isStream = request.method === 'subscriptions/listen';
  const gone = line.leaving().signal;
  const open = isStream ? streams.open(agent, gone) : { signal: gone, close: NOTHING };
  if ('is' in open) return line.refuse(open);
  const { hold, event } = line;
  const { signal } = open;
  const caller: Caller = { agent, era: 'modern', transport: 'http', client, signal, hold, event };
  if (isStream) hold();
  const answered = await way.request(one, caller).finally(open.close);
  if (answered.is !== 'answered')
    return line.answer([unavailable(request.id, 'it ended the session')]);
  const response = stamped(request.method, answered.response);
  line.answer([response], { status: statusOf(response.message) });

  function wrongParams({ method, params }: Request, at: Visit): ReturnType<typeof checkParams> {
    const { name } = params ?? {};
    const definition =
      method === 'tools/call' && typeof name === 'string'
        ? at.served.definitionOf(name)
        : undefined;
    return definition && checkParams(request, headers, definition);
  }
}

const NOTHING = (): void => undefined;

/** What a server says of itself, here: the versions are this gate's, and what it lists depends on who asks. */
export function saidOf(said: ServerSaid): Members {
  const { result, serverInfo, instructions } = said;
  const { ttlMs, _meta } = result;
  return {
    resultType: 'complete',
    supportedVersions: MODERN,
    capabilities: modernCapabilities(said),
    ...(instructions === undefined ? {} : { instructions }),
    ttlMs: typeof ttlMs === 'number' ? ttlMs : 0,
    cacheScope: 'private',
    _meta: { ...(isMembers(_meta) ? _meta : {}), [SERVER_INFO]: serverInfo },
  };
}

/** Results that a client may keep: what is listed is filtered for one agent, so it is fresh only now. */
const LISTS: ReadonlySet<string> = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
]);

/** A response with what every modern result says; the very text where nothing is missing. */
export function stamped(method: string, response: Received<Response>): Received<Response> {
  const { message } = response;
  if (!('result' in message)) return response;
  const { result } = message;
  const isKept = LISTS.has(method) || method === 'resources/read' || 'cacheScope' in result;
  const stamps: Members = {
    ...(result['resultType'] === undefined && { resultType: 'complete' }),
    ...(isKept && result['cacheScope'] !== 'private' && { cacheScope: 'private' }),
    ...(isKept && staleAt(method, result['ttlMs']) && { ttlMs: 0 }),
  };
  if (Object.keys(stamps).length === 0) return response;
  return written({ ...message, result: { ...result, ...stamps } });
}

const staleAt = (method: string, ttlMs: unknown): boolean =>
  typeof ttlMs !== 'number' || (method === 'tools/list' && ttlMs !== 0);

/** What is wrong with the request as such is told by status too; what a server answers is not. */
const statusOf = (message: Response): number => {
  if (!('error' in message)) return 200;
  if (message.error.code === CODES.methodNotFound) return 404;
  return message.error.code === CODES.missingCapability ? 400 : 200;
};
