import type { Caller } from '../link.ts';
import type { Json } from '@countersign/core';
import type { Members } from '../message.ts';
import { isMembers } from '../read-message.ts';
import type { Story } from '../parts.ts';
import { listAll } from './lists.ts';
import type { Lane, Lanes } from './lanes.ts';

/** Which server has a resource: `ambiguous` where two list it, `unknown` where none does. */
type Whose = readonly [server: string, lane: Lane] | 'ambiguous' | 'unknown';

const KEPT_MS = 30_000;
const MOST = 1_000;
const MOST_PAGES = 20;
let asked = 0;

type Index = {
  readonly until: number;
  readonly uris: ReadonlyMap<string, ReadonlySet<string>>;
  readonly prefixes: readonly (readonly [prefix: string, server: string])[];
};

/** Finds the server of a resource by what the servers list, without asking any for what may be another's. */
export type FindResource = (uri: string, about: Finding) => Promise<Whose>;

/** For whom it is looked for. `meta`: the envelope of a modern request, which ours repeat. */
type Finding = {
  readonly caller: Caller;
  readonly lanes: Lanes;
  readonly story: Story;
  readonly meta: Members;
};

/** Makes the function; what was listed is remembered for a moment, for each agent and session apart. */
export function createFindResource(now: () => number): FindResource {
  const kept = new Map<string, Promise<Index>>();
  const indexOf = async (about: Finding): Promise<Index> => {
    const { agent, session, client } = about.caller;
    const key = JSON.stringify([agent, session ?? client.name, [...about.lanes.keys()]]);
    const before = await kept.get(key);
    if (before && before.until > now()) return before;
    const made = indexed(about, now() + KEPT_MS);
    kept.delete(key);
    kept.set(key, made);
    const [oldest] = kept.keys();
    if (kept.size > MOST && oldest !== undefined) kept.delete(oldest);
    return made;
  };
  return async (uri, about) => {
    const { lanes } = about;
    const having = [...lanes].filter(([, { link }]) =>
      isMembers(link.server.capabilities['resources']),
    );
    const [only] = having;
    if (having.length === 1 && only) return only;
    const { uris, prefixes } = await indexOf(about);
    const listed = uris.get(uri);
    const found = new Set(
      listed ?? prefixes.filter(([prefix]) => uri.startsWith(prefix)).map(([, server]) => server),
    );
    const [server] = found;
    const lane = server === undefined ? undefined : lanes.get(server);
    if (found.size > 1) return 'ambiguous';
    return server !== undefined && lane ? [server, lane] : 'unknown';
  };
}

async function indexed({ caller, lanes, story, meta }: Finding, until: number): Promise<Index> {
  const uris = new Map<string, Set<string>>();
  const prefixes: (readonly [string, string])[] = [];
  // one server at a time: the merged list does not say whose an entry is
  await Promise.all(
    [...lanes].map(async ([name, lane]) => {
      const alone = { caller, lanes: new Map([[name, lane]]), story, meta };
      for (const uri of await allOf('resources/list', 'uri', alone))
        uris.set(uri, (uris.get(uri) ?? new Set()).add(name));
      for (const template of await allOf('resources/templates/list', 'uriTemplate', alone)) {
        const prefix = template.split('{')[0] ?? '';
        if (prefix.includes(':')) prefixes.push([prefix, name]);
      }
    }),
  );
  return { until, uris, prefixes };
}

async function allOf(
  method: 'resources/list' | 'resources/templates/list',
  member: string,
  about: Finding,
): Promise<readonly string[]> {
  const all: string[] = [];
  let cursor: Json | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    asked += 1;
    const params = { ...(cursor !== undefined && { cursor }), _meta: about.meta };
    const id = `countersign-find-${asked}`;
    const { message } = await listAll({ jsonrpc: '2.0', id, method, params }, about);
    if (!('result' in message)) break;
    const listed = message.result[method === 'resources/list' ? 'resources' : 'resourceTemplates'];
    for (const one of Array.isArray(listed) ? (listed as readonly Json[]) : [])
      if (isMembers(one) && typeof one[member] === 'string') all.push(one[member]);
    cursor = message.result['nextCursor'];
    if (cursor === undefined) break;
  }
  return all;
}
