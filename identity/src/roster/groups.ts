import type { Instant } from '@countersign/core';
import type { Attributed } from './event.ts';
import { setOf } from './people.ts';

/** Facts about groups that a SCIM connection has. Their names are those of the connection. */
export type GroupEvent = Attributed & { readonly group: string } & (
    | {
        readonly type: 'group.added';
        readonly connection: string;
        readonly name: string;
        readonly externalId?: string;
      }
    | {
        /** Replaces name and identifier. */
        readonly type: 'group.renamed';
        readonly name: string;
        readonly externalId?: string;
      }
    | {
        /** At most 500 of both together; more are further events of the same unit. */
        readonly type: 'group.members-changed';
        readonly added: readonly string[];
        readonly removed: readonly string[];
      }
    | { readonly type: 'group.removed' }
  );

/** A group of a SCIM connection. */
export type Group = {
  readonly id: string;
  readonly connection: string;
  readonly name: string;
  /** What the connection calls it; a group is nobody's private value. */
  readonly externalId?: string;
  readonly members: Set<string>;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
  /** How often it changed. */
  readonly revision: number;
};

/** Groups by id, and every way to one of them. */
export type Groups = {
  readonly byId: Map<string, Group>;
  /** By connection and name, in any letter case. */
  readonly byName: Map<string, string>;
  readonly byConnection: Map<string, Set<string>>;
  readonly byMember: Map<string, Set<string>>;
};

export const noGroups = (): Groups => ({
  byId: new Map(),
  byName: new Map(),
  byConnection: new Map(),
  byMember: new Map(),
});

/** The name of a group among those of its connection, whatever its letter case. */
export const nameKey = (connection: string, name: string): string =>
  `${connection} ${name.toLowerCase()}`;

/** Takes one more fact in. Total: what is unknown changes nothing. */
export function tellGroups(groups: Groups, event: GroupEvent): void {
  if (event.type === 'group.added') return add(groups, event);
  const group = groups.byId.get(event.group);
  if (!group) return;
  const changed = { ...group, changedAt: event.at, revision: group.revision + 1 };
  switch (event.type) {
    case 'group.renamed': {
      const { externalId: _, ...rest } = changed;
      const { name, externalId } = event;
      groups.byName.delete(nameKey(group.connection, group.name));
      return put(groups, { ...rest, name, ...(externalId === undefined ? {} : { externalId }) });
    }
    case 'group.members-changed':
      for (const person of event.removed) leave(groups, group, person);
      for (const person of event.added) {
        group.members.add(person);
        setOf(groups.byMember, person).add(group.id);
      }
      return put(groups, changed);
    case 'group.removed':
      for (const person of group.members) leave(groups, group, person);
      groups.byName.delete(nameKey(group.connection, group.name));
      groups.byConnection.get(group.connection)?.delete(group.id);
      groups.byId.delete(group.id);
  }
}

/** Who is gone is in no group any more. */
export function leaveAll(groups: Groups, person: string): void {
  for (const id of groups.byMember.get(person) ?? []) {
    const group = groups.byId.get(id);
    if (!group) continue;
    leave(groups, group, person);
    groups.byId.set(id, { ...group, revision: group.revision + 1 });
  }
}

function add(
  groups: Groups,
  { group: id, connection, name, externalId, at }: Extract<GroupEvent, { type: 'group.added' }>,
): void {
  const times = { createdAt: at, changedAt: at, revision: 1 };
  const more = externalId === undefined ? {} : { externalId };
  put(groups, { id, connection, name, ...more, members: new Set(), ...times });
  setOf(groups.byConnection, connection).add(id);
}

function put(groups: Groups, group: Group): void {
  groups.byId.set(group.id, group);
  groups.byName.set(nameKey(group.connection, group.name), group.id);
}

function leave(groups: Groups, { id, members }: Group, person: string): void {
  members.delete(person);
  groups.byMember.get(person)?.delete(id);
}
