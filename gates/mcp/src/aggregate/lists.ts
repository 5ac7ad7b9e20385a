import type { Json } from '@countersign/core';
import { written } from '../answer.ts';
import type { Caller } from '../link.ts';
import type { Members, Received, Request, Response } from '../message.ts';
import { WAIT_TOOL } from '../names.ts';
import type { Story } from '../parts.ts';
import { isMembers } from '../read-message.ts';
import { aboutOf, soon, type Lane, type Lanes } from './lanes.ts';
import { joined } from './names.ts';

/** What is listed, by method: the member it stands in, and the capability of servers that have any. */
export const LISTS: Readonly<Record<string, readonly [member: string, capability: string]>> = {
  'tools/list': ['tools', 'tools'],
  'prompts/list': ['prompts', 'prompts'],
  'resources/list': ['resources', 'resources'],
  'resources/templates/list': ['resourceTemplates', 'resources'],
};
/** Whose entries are called by name, so that the name says the server. */
const NAMED: ReadonlySet<string> = new Set(['tools/list', 'prompts/list']);
/** A server that does not list in this time is left out of the page. */
const LIST_MS = 15_000;

/** One page of a list over all servers: each server's next page, as it comes. */
export async function listAll(
  request: Request,
  {
    caller,
    lanes,
    story,
  }: { readonly caller: Caller; readonly lanes: Lanes; readonly story: Story },
): Promise<Received<Response>> {
  const [member = '', capability = ''] = LISTS[request.method] ?? [];
  const cursors = cursorsIn(request.params?.['cursor']);
  const asked = [...lanes].filter(
    ([name, { link }]) =>
      isMembers(link.server.capabilities[capability]) && (!cursors || Object.hasOwn(cursors, name)),
  );
  const pages = await Promise.all(
    asked.map(async ([name, lane]) => {
      const one = withCursor(request, cursors?.[name]);
      return [name, await pageOf(one, { caller, lane, lanes, story })] as const;
    }),
  );
  const items: Json[] = [];
  const next: Record<string, Json> = {};
  let mayWait = false;
  for (const [name, page] of pages) {
    const listed = page?.[member];
    for (const item of Array.isArray(listed) ? (listed as readonly Json[]) : [])
      if (!NAMED.has(request.method)) items.push(item);
      else if (!isMembers(item) || typeof item['name'] !== 'string') continue;
      else if (item['name'] === WAIT_TOOL && request.method === 'tools/list') {
        if (!mayWait) items.push(item);
        mayWait = true;
      } else items.push({ ...item, name: joined(name, item['name']) });
    const cursor = page?.['nextCursor'];
    if (typeof cursor === 'string') next[name] = cursor;
  }
  const more = Object.keys(next).length > 0 && { nextCursor: cursorOf(next) };
  const { id } = request;
  const stamps = caller.era === 'modern' && {
    resultType: 'complete',
    ttlMs: 0,
    cacheScope: 'private',
  };
  return written({ jsonrpc: '2.0', id, result: { [member]: items, ...more, ...stamps } });
}

/** A server's page, or nothing where it fails: the others are listed all the same. */
async function pageOf(
  request: Received<Request>,
  about: {
    readonly caller: Caller;
    readonly lane: Lane;
    readonly lanes: Lanes;
    readonly story: Story;
  },
): Promise<Members | undefined> {
  const { caller, lane, lanes, story } = about;
  const quiet: Caller = { ...caller, hold: () => undefined, event: () => undefined };
  const answered = await soon(story.request(request, aboutOf(lane, quiet, lanes)), LIST_MS);
  if (answered?.is !== 'answered') return undefined;
  const { message } = answered.response;
  return 'result' in message ? message.result : undefined;
}

function withCursor(request: Request, cursor: Json | undefined): Received<Request> {
  const { cursor: _, ...params } = request.params ?? {};
  const given = typeof cursor === 'string' ? { ...params, cursor } : params;
  return written({ ...request, params: given });
}

const cursorOf = (next: Members): string => Buffer.from(JSON.stringify(next)).toString('base64url');

/** ATTACKER: a cursor is whatever the client sends; what each server makes of its own is its own affair. */
function cursorsIn(cursor: Json | undefined): Members | undefined {
  if (typeof cursor !== 'string') return undefined;
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return isMembers(read) ? read : {};
  } catch {
    return {};
  }
}
