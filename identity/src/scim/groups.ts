import { base64url, err, ok, type Instant, type Json, type Result } from '@countersign/core';
import type { DirectoryEvent } from '../roster/event.ts';
import { nameKey, type Group } from '../roster/groups.ts';
import type { RosterState } from '../roster/state.ts';
import { knownTo } from './connection.ts';
import { readOperations } from './operations.ts';
import { badText, isText, memberIds, patchGroup, type WantedGroup } from './patch-group.ts';
import { isRecord } from './read.ts';
import { refusal, type ScimRefusal } from './refusal.ts';
import type { Scene } from './scene.ts';
import { attributeOf, EXTERNAL_ID, GROUP, GROUP_URN, unqualified } from './schema.ts';
import { showGroup, tagOf, type Resource, type Wanted } from './show.ts';
import { isMatch, scenedBody } from './users.ts';

type Done<T = Resource> = Result<T, ScimRefusal>;

/** What a connection does with its groups. */
export type Groups = {
  readonly get: (id: string, wants: Wanted) => Done;
  readonly add: (body: Json, wants: Wanted) => Promise<Done>;
  readonly replace: (id: string, body: Json, wants: Wanted, ifMatch?: string) => Promise<Done>;
  /** Undefined where the group is as wanted and there is nothing to tell. */
  readonly patch: (id: string, body: Json, ifMatch?: string) => Promise<Done<undefined>>;
  readonly remove: (id: string, ifMatch?: string) => Promise<Done<undefined>>;
};

const GONE = refusal(404, 'there is no such group');
/** Of one event: an entry of the ledger has a ceiling. */
const PER_EVENT = 500;
/** Most members of a group. */
const MAX_MEMBERS = 50_000;

/** Makes the groups of one connection. */
export function createGroups({ connection, roster, random, busy }: Scene): Groups {
  const by = `scim:${connection.id}`;

  function find({ groups }: RosterState, id: string, ifMatch?: string): Done<Group> {
    const group = groups.byId.get(id);
    if (group?.connection !== connection.id) return err(GONE);
    return ifMatch === undefined || isMatch(ifMatch, tagOf(group.revision))
      ? ok(group)
      : err(refusal(412, 'it has changed meanwhile'));
  }
  const get = (id: string, wants: Wanted): Done => {
    const found = find(roster.now(), id);
    return found.ok ? ok(showGroup(found.value, wants)) : found;
  };

  /** Names are one group's, and members are people of this connection. */
  function whyNot(
    { people, groups }: RosterState,
    id: string,
    { name, members }: WantedGroup,
    before: ReadonlySet<string>,
  ): ScimRefusal | undefined {
    const holder = groups.byName.get(nameKey(connection.id, name));
    if (holder !== undefined && holder !== id)
      return refusal(409, 'another group has this `displayName`', 'uniqueness');
    if (members.size > MAX_MEMBERS)
      return refusal(400, `a group has at most ${MAX_MEMBERS} members`, 'tooMany');
    for (const member of members)
      if (!before.has(member) && !knownTo(people, connection.id, member))
        return refusal(400, 'a member is no user of this connection', 'invalidValue');
    return undefined;
  }

  async function change(
    id: string,
    ifMatch: string | undefined,
    next: (group: WantedGroup) => Done<WantedGroup>,
  ): Promise<Done<undefined>> {
    const changed = await roster.change<ScimRefusal>((state, at) => {
      const found = find(state, id, ifMatch);
      if (!found.ok) return found;
      const wanted = next(found.value);
      if (!wanted.ok) return wanted;
      const refused = whyNot(state, id, wanted.value, found.value.members);
      return refused ? err(refused) : ok({ events: eventsOf(found.value, wanted.value, at) });
    });
    return settled(changed);
  }

  function eventsOf(group: Group, wanted: WantedGroup, at: Instant): readonly DirectoryEvent[] {
    const { name, externalId } = wanted;
    const isRenamed = name !== group.name || externalId !== group.externalId;
    const more = externalId === undefined ? {} : { externalId };
    return [
      ...(isRenamed
        ? [{ type: 'group.renamed', at, by, group: group.id, name, ...more } as const]
        : []),
      ...membersChanged(group.id, group.members, wanted.members, at),
    ];
  }

  function membersChanged(
    group: string,
    before: ReadonlySet<string>,
    after: ReadonlySet<string>,
    at: Instant,
  ): readonly DirectoryEvent[] {
    const added = [...after].filter((id) => !before.has(id));
    const removed = [...before].filter((id) => !after.has(id));
    const parts = [
      ...chunks(removed).map((some) => ({ added: [], removed: some })),
      ...chunks(added).map((some) => ({ added: some, removed: [] })),
    ];
    return parts.map((part) => ({ type: 'group.members-changed', at, by, group, ...part }));
  }

  const settled = (
    changed: Result<unknown, ScimRefusal | 'busy' | 'overloaded'>,
  ): Done<undefined> => {
    if (changed.ok) return ok(undefined);
    return err(typeof changed.error === 'object' ? changed.error : busy);
  };

  return {
    get,
    add: async (body, wants) => {
      const wanted = readGroup(body);
      if (!wanted.ok) return wanted;
      const { name, externalId, members } = wanted.value;
      const id = `grp_${base64url(random(15))}`;
      const more = externalId === undefined ? {} : { externalId };
      const added = await roster.change<ScimRefusal>((state, at) => {
        const refused = whyNot(state, id, wanted.value, new Set());
        if (refused) return err(refused);
        const event = { type: 'group.added', at, by, group: id } as const;
        return ok({
          events: [
            { ...event, connection: connection.id, name, ...more },
            ...membersChanged(id, new Set(), members, at),
          ],
        });
      });
      const done = settled(added);
      return done.ok ? get(id, wants) : done;
    },
    replace: async (id, body, wants, ifMatch) => {
      const wanted = readGroup(body);
      if (!wanted.ok) return wanted;
      const done = await change(id, ifMatch, () => wanted);
      return done.ok ? get(id, wants) : done;
    },
    patch: async (id, body, ifMatch) => {
      const attributes = [...GROUP, EXTERNAL_ID];
      const operations = readOperations(body, { attributes, id });
      return operations.ok
        ? change(id, ifMatch, (group) => patchGroup(group, operations.value))
        : operations;
    },
    remove: async (id, ifMatch) => {
      const removed = await roster.change<ScimRefusal>((state, at) => {
        const found = find(state, id, ifMatch);
        return found.ok ? ok({ events: [{ type: 'group.removed', at, by, group: id }] }) : found;
      });
      return settled(removed);
    },
  };
}

const chunks = (ids: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / PER_EVENT) }, (_, i) =>
    ids.slice(i * PER_EVENT, (i + 1) * PER_EVENT),
  );

/** A group as a client sends it whole. */
function readGroup(body: Json): Done<WantedGroup> {
  const strange = scenedBody(body, GROUP_URN);
  if (strange || !isRecord(body)) return strange ?? badText('displayName');
  const given: Record<string, Json> = {};
  for (const [key, value] of Object.entries(body)) {
    const attribute = attributeOf([...GROUP, EXTERNAL_ID], unqualified(key));
    if (attribute && value !== null) given[attribute.name] = value;
  }
  const { displayName: name, externalId, members = [] } = given;
  if (!isText(name)) return badText('displayName');
  if (externalId !== undefined && !isText(externalId)) return badText('externalId');
  const ids = memberIds(members);
  if (!ids.ok) return ids;
  return ok({
    name,
    ...(externalId === undefined ? {} : { externalId }),
    members: new Set(ids.value),
  });
}
