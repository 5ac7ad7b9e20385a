import { err, ok, type Result } from '@countersign/core';
import type { RosterState } from '../roster/state.ts';
import { nameKey } from '../roster/groups.ts';
import { externalIdOf, userNameOf } from './connection.ts';
import { equalIn, matcherOf, readFilter, type Filter } from './filter.ts';
import { refusal, type ScimRefusal } from './refusal.ts';
import type { Scene } from './scene.ts';
import { pick, showGroup, type Resource, type Wanted } from './show.ts';
import type { Users } from './users.ts';

/** What a client asks of a list (RFC 7644 §3.4.2), as text. */
export type Asked = {
  readonly filter?: string | undefined;
  readonly startIndex?: string | undefined;
  readonly count?: string | undefined;
};

/** Most resources of one answer. */
export const MAX_RESULTS = 200;
/** Most resources that a filter without an index looks at. */
const MAX_SCANNED = 20_000;
const CHUNK = 200;

type Page = { readonly start: number; readonly count: number };
type Listed = Result<object, ScimRefusal>;

/** Lists the people of a connection: by an index where the filter allows it, one after the other where not. */
export async function listUsers(
  { connection, roster, key }: Scene,
  users: Users,
  asked: Asked,
  wants: Wanted,
): Promise<Listed> {
  const { people } = await roster.current();
  const read = readAsked(asked);
  if (!read.ok) return read;
  const { filter, page } = read.value;
  const all = people.byConnection.get(connection.id) ?? new Set<string>();
  if (!filter) {
    const shown = await showAll(users, sliced(all, page));
    return ok(answer(all.size, page, shown, wants));
  }
  const indexed = equalIn(filter, ['userName', 'externalId', 'id']);
  const candidateUsers = ({ name, value }: { name: string; value: string }): readonly string[] => {
    if (name === 'id') return [value];
    const id =
      name === 'userName'
        ? people.byUserName.get(userNameOf(key, connection.id, value))
        : people.byExternalId.get(externalIdOf(key, connection.id, value));
    return id === undefined ? [] : [id];
  };
  const candidates = indexed ? candidateUsers(indexed) : all;
  return found(candidates, filter, page, wants, (ids) => showAll(users, ids));
}

/** Lists the groups of a connection. */
export async function listGroups(
  { connection, roster }: Scene,
  asked: Asked,
  wants: Wanted,
): Promise<Listed> {
  const { groups } = await roster.current();
  const read = readAsked(asked);
  if (!read.ok) return read;
  const { filter, page } = read.value;
  const all = groups.byConnection.get(connection.id) ?? new Set<string>();
  const show = (ids: readonly string[], wanted: Wanted): readonly Resource[] =>
    ids.flatMap((id) => {
      const group = groups.byId.get(id);
      return group?.connection === connection.id ? [showGroup(group, wanted)] : [];
    });
  if (!filter) return ok(answer(all.size, page, show(sliced(all, page), wants), wants));
  const candidates = candidateGroups({ groups }, connection.id, filter) ?? all;
  // members are only built where they are looked at
  const looksAt: Wanted = (name) =>
    name !== 'members' || /member/i.test(asked.filter ?? '') || wants(name);
  return found(candidates, filter, page, wants, async (ids) => show(ids, looksAt));
}

function candidateGroups(
  { groups }: Pick<RosterState, 'groups'>,
  connection: string,
  filter: Filter,
): readonly string[] | undefined {
  const indexed = equalIn(filter, ['id', 'displayName', 'members.value']);
  if (!indexed) return undefined;
  const { name, value } = indexed;
  if (name === 'id') return [value];
  if (name !== 'displayName') return [...(groups.byMember.get(value) ?? [])];
  const id = groups.byName.get(nameKey(connection, value));
  return id === undefined ? [] : [id];
}

/** What fits, page by page; nothing is built of what is not on the page. */
async function found(
  candidates: ReadonlySet<string> | readonly string[],
  filter: Filter,
  page: Page,
  wants: Wanted,
  show: (ids: readonly string[]) => Promise<readonly Resource[]>,
): Promise<Listed> {
  const ids = [...candidates];
  if (ids.length > MAX_SCANNED)
    return err(refusal(400, 'filter by userName, externalId, displayName or id', 'tooMany'));
  const fits = matcherOf(filter);
  const onPage: Resource[] = [];
  let total = 0;
  for (let at = 0; at < ids.length; at += CHUNK)
    for (const resource of await show(ids.slice(at, at + CHUNK))) {
      if (!fits(resource)) continue;
      total++;
      if (total >= page.start && onPage.length < page.count) onPage.push(resource);
    }
  return ok(answer(total, page, onPage, wants));
}

const answer = (
  totalResults: number,
  { start }: Page,
  resources: readonly Resource[],
  wants: Wanted,
): object => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
  totalResults,
  startIndex: start,
  itemsPerPage: resources.length,
  Resources: resources.map((one) => pick(one, wants)),
});

function readAsked(asked: Asked): Result<{ filter?: Filter; page: Page }, ScimRefusal> {
  const start = numberOf(asked.startIndex, 1);
  const count = numberOf(asked.count, 100);
  if (start === undefined || count === undefined)
    return err(refusal(400, '`startIndex` and `count` are whole numbers', 'invalidValue'));
  // less than they can be is taken as the least (RFC 7644 §3.4.2.4)
  const page = { start: Math.max(1, start), count: Math.min(MAX_RESULTS, Math.max(0, count)) };
  if (asked.filter === undefined) return ok({ page });
  const filter = readFilter(asked.filter);
  return filter.ok ? ok({ filter: filter.value, page }) : filter;
}

function numberOf(text: string | undefined, otherwise: number): number | undefined {
  if (text === undefined) return otherwise;
  return /^-?\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function sliced(ids: ReadonlySet<string>, { start, count }: Page): readonly string[] {
  const out: string[] = [];
  let at = 0;
  for (const id of ids) {
    if (out.length === count) break;
    if (++at >= start) out.push(id);
  }
  return out;
}

const showAll = async (users: Users, ids: readonly string[]): Promise<readonly Resource[]> =>
  (await Promise.all(ids.map(users.show))).filter((one) => one !== undefined);
