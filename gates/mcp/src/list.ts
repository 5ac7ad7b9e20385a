import type { Caller } from './link.ts';
import { listOf, membersOf, textOf } from './members.ts';
import type { Members, Received, Request, Response } from './message.ts';
import { WAIT_TOOL } from './names.ts';
import { paramHeadersOf } from './param-headers.ts';
import type { About, McpParts } from './parts.ts';
import type { Tool } from './tools.ts';
import { waitTool } from './wait-definition.ts';

type Parts = Pick<McpParts, 'tools' | 'callable' | 'mayAsk'>;

const MOST_PAGES = 100;
const MOST_TOOLS = 4_096;
let asked = 0;
const NEVER = new AbortController().signal;

/** One page of `tools/list` as this agent may see it. Every page is sighted before anything of it is passed on. */
export async function filtered(
  parts: Parts,
  about: About,
  { request, received }: { readonly request: Request; readonly received: Received<Response> },
): Promise<Received<Response>> {
  const { message } = received;
  const { caller, mounted } = about;
  if ('error' in message) return received;
  const { result } = message;
  const listed = definitionsOf(result);
  const { name } = mounted;
  // what comes with a later page would have appeared later
  const isPart = result['nextCursor'] !== undefined || request.params?.['cursor'] !== undefined;
  if (isPart && parts.tools.isKnown?.(name) === false) await sightAll(parts, about);
  const sighted = await parts.tools.sight(name, listed);
  const known = listed.flatMap((definition) => seen(sighted, definition));
  const accepted = known.filter(({ standing }) => standing === 'accepted');
  const callable = await parts.callable(caller.agent, name, accepted);
  const isModern = caller.era === 'modern';
  const shown = accepted.filter(
    (tool) =>
      callable.has(tool.name) && (!isModern || paramHeadersOf(tool.definition) !== undefined),
  );
  const ours = result['nextCursor'] === undefined && parts.mayAsk(name) ? [waitTool()] : [];
  const isWhole = shown.length === listOf(result['tools']).length && ours.length === 0;
  // what one agent may see is nobody else's to be shown from a cache
  const caching =
    isModern &&
    result['cacheScope'] !== undefined &&
    (!isWhole || result['cacheScope'] !== 'private')
      ? { cacheScope: 'private', ...(isWhole ? {} : { ttlMs: 0 }) }
      : undefined;
  if (isWhole && !caching) return received;
  const names = new Set(shown.map((tool) => tool.name));
  // as the server wrote them: only left out, never rewritten
  const tools = [...listed.filter((one) => names.has(textOf(one['name']) ?? '')), ...ours];
  const changed: Response = {
    jsonrpc: '2.0',
    id: request.id,
    result: { ...result, tools, ...caching },
  };
  return { message: changed, text: JSON.stringify(changed) };
}

const definitionsOf = (result: Members): readonly Members[] =>
  listOf(result['tools']).flatMap((one) => {
    const definition = membersOf(one);
    return definition ? [definition] : [];
  });

function seen(sighted: ReadonlyMap<string, Tool>, definition: Members): readonly Tool[] {
  const tool = sighted.get(textOf(definition['name']) ?? '');
  // the name is reserved: nobody reaches another's tool under it
  return tool && tool.name !== WAIT_TOOL ? [tool] : [];
}

/** What came of asking a server for its tools: it told them all, or not, or cannot be reached, or the session is over. */
export type Sighted = 'told' | 'untold' | 'unreachable' | 'gone';

const underWay = new WeakMap<McpParts['tools'], Map<string, Promise<Sighted>>>();

/** Asks the server for all its tools, so that they are known as they are now. Once at a time. */
export function sightAll({ tools }: Pick<McpParts, 'tools'>, about: About): Promise<Sighted> {
  const { name } = about.mounted;
  const running = underWay.get(tools) ?? new Map<string, Promise<Sighted>>();
  underWay.set(tools, running);
  const known = running.get(name);
  if (known) return known;
  const sighting = sightPages(tools, about).finally(() => running.delete(name));
  running.set(name, sighting);
  return sighting;
}

async function sightPages(tools: McpParts['tools'], about: About): Promise<Sighted> {
  const { link, mounted, caller } = about;
  let cursor: string | undefined;
  const listed: Members[] = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const reply = await link.request(listRequest(caller, cursor), quiet(caller));
    if (reply.is === 'unsent') return reply.isGone ? 'gone' : 'unreachable';
    if (reply.is !== 'answered' || 'error' in reply.response.message) return 'untold';
    const { result } = reply.response.message;
    listed.push(...definitionsOf(result));
    if (listed.length > MOST_TOOLS) return 'untold';
    cursor = textOf(result['nextCursor']);
    if (cursor !== undefined) continue;
    await tools.sight(mounted.name, listed);
    return 'told';
  }
  return 'untold';
}

/** A request of our own: what comes beside its answer is for nobody. */
const quiet = (caller: Caller): Caller => ({
  ...caller,
  // it is for all who wait for it, whoever of them leaves
  signal: NEVER,
  hold: () => undefined,
  event: () => undefined,
});

/** An id that no request of a client has: ours are the only ones with this beginning in one link. */
function listRequest({ client, era }: Caller, cursor: string | undefined): Request {
  asked += 1;
  return {
    jsonrpc: '2.0',
    id: `countersign-${asked}`,
    method: 'tools/list',
    params: {
      ...(cursor === undefined ? {} : { cursor }),
      ...(era === 'modern'
        ? {
            _meta: {
              'io.modelcontextprotocol/protocolVersion': '2026-07-28',
              'io.modelcontextprotocol/clientInfo': { name: client.name, version: client.version },
              'io.modelcontextprotocol/clientCapabilities': client.capabilities,
            },
          }
        : {}),
    },
  };
}
