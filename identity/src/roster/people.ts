import type { Instant } from '@countersign/core';
import type { Attributed } from './event.ts';

/** Facts about accounts of people (L28). */
export type PersonEvent = Attributed &
  (
    | {
        readonly type: 'person.added';
        readonly person: string;
        /** The identity provider it came from, by its configured name. */
        readonly provider: string;
        /** Keyed digest of issuer and subject. */
        readonly subject: string;
      }
    | {
        /** The groups an identity provider says the person is in; replaces what the same source said before. */
        readonly type: 'person.groups-told';
        readonly person: string;
        readonly from: 'claim' | 'directory';
        readonly groups: readonly string[];
      }
    | ({ readonly type: 'person.deactivated'; readonly person: string } & Reasoned)
    | ({ readonly type: 'person.activated'; readonly person: string } & Reasoned)
    | {
        /** Both are accounts of one human from now on. */
        readonly type: 'person.linked';
        readonly person: string;
        readonly to: string;
      }
    | {
        /** Every session that was opened before is over. */
        readonly type: 'person.signed-out';
        readonly person: string;
      }
    | ({
        /** What a SCIM connection says of the person; replaces what it said before. */
        readonly type: 'person.provisioned';
        readonly person: string;
        /** The identity provider the connection belongs to. */
        readonly provider: string;
      } & Told)
    | {
        /** The connection has no such person any more. */
        readonly type: 'person.deprovisioned';
        readonly person: string;
      }
  );

/** Why an administrator did it: masked, made visible, at most 500 characters. */
type Reasoned = { readonly reason?: string };

/** What a SCIM connection says of a person, without what is private. */
type Told = {
  readonly connection: string;
  /** Keyed digests of connection and identifier. */
  readonly userName: string;
  readonly externalId?: string;
  readonly isActive: boolean;
  /** Number of the sealed resource in the person's own stream. */
  readonly record: number;
};

/** Who tells a person's groups, strongest first: what a stronger one says is all there is. SCIM is before them (`groups.ts`). */
const TOLD_BY = ['directory', 'claim'] as const;
export type GroupSource = 'scim' | (typeof TOLD_BY)[number];

/** A person as a SCIM connection knows them. */
export type Provisioned = Told & {
  /** The connection has no such person any more. */
  readonly isGone: boolean;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
  /** How often it was told. */
  readonly revision: number;
};

/** What the ledger says of one account. People of the configuration have one once something was said of them. */
export type Account = {
  readonly id: string;
  readonly provider?: string;
  readonly subject?: string;
  /** Neither an administrator nor a SCIM connection has taken them out. */
  readonly active: boolean;
  /** An administrator has taken them out. */
  readonly isBarred?: boolean;
  readonly provisioned?: Provisioned;
  readonly groups: Readonly<Partial<Record<(typeof TOLD_BY)[number], readonly string[]>>>;
  /** The account it is linked to; the end of the chain is the human. */
  readonly linkedTo?: string;
  /** Sessions opened before are over. */
  readonly signedOutAt?: Instant;
};

/** Accounts by id, and every way to one of them. */
export type People = {
  readonly accounts: Map<string, Account>;
  /** By the digest of issuer and subject. */
  readonly bySubject: Map<string, string>;
  /** By the digests of a SCIM connection's identifiers; who is gone stays findable until another takes the name. */
  readonly byUserName: Map<string, string>;
  readonly byExternalId: Map<string, string>;
  /** Whom each SCIM connection has, in the order they came. */
  readonly byConnection: Map<string, Set<string>>;
  /** Who was told to be in a group, by a claim or a directory, now or before. */
  readonly byGroup: Map<string, Set<string>>;
};

export const noPeople = (): People => ({
  accounts: new Map(),
  bySubject: new Map(),
  byUserName: new Map(),
  byExternalId: new Map(),
  byConnection: new Map(),
  byGroup: new Map(),
});

const unknown = (id: string): Account => ({ id, active: true, groups: {} });

/** Takes one more fact in. Total: what is unknown changes nothing. */
export function tellPeople(people: People, event: PersonEvent): void {
  const before = people.accounts.get(event.person) ?? unknown(event.person);
  const told = accountAfter(before, event);
  const active = isActive(told);
  const isOut = before.active && !active;
  const after = { ...told, active, ...(isOut && { signedOutAt: event.at }) };
  people.accounts.set(event.person, after);
  if (event.type === 'person.added') people.bySubject.set(event.subject, event.person);
  if (event.type === 'person.groups-told')
    for (const group of event.groups) setOf(people.byGroup, group).add(event.person);
  if (before.provisioned !== after.provisioned) findAs(people, before, after);
}

const isActive = ({ isBarred, provisioned }: Account): boolean =>
  isBarred !== true && (provisioned === undefined || (provisioned.isActive && !provisioned.isGone));

function accountAfter(account: Account, event: PersonEvent): Account {
  switch (event.type) {
    case 'person.added':
      return { ...account, provider: event.provider, subject: event.subject };
    case 'person.groups-told':
      return { ...account, groups: { ...account.groups, [event.from]: event.groups } };
    case 'person.deactivated':
      return { ...account, isBarred: true };
    case 'person.activated':
      return { ...account, isBarred: false };
    case 'person.linked':
      return { ...account, linkedTo: event.to };
    case 'person.signed-out':
      return { ...account, signedOutAt: event.at };
    case 'person.provisioned':
      return { ...account, provider: event.provider, provisioned: toldOf(account, event) };
    case 'person.deprovisioned':
      return account.provisioned
        ? { ...account, provisioned: { ...account.provisioned, isGone: true } }
        : account;
  }
}

function toldOf(
  { provisioned: before }: Account,
  {
    connection,
    userName,
    externalId,
    isActive: isOn,
    record,
    at,
  }: Extract<PersonEvent, { readonly type: 'person.provisioned' }>,
): Provisioned {
  return {
    connection,
    userName,
    ...(externalId === undefined ? {} : { externalId }),
    isActive: isOn,
    record,
    isGone: false,
    createdAt: before && !before.isGone ? before.createdAt : at,
    changedAt: at,
    revision: (before?.revision ?? 0) + 1,
  };
}

function findAs(people: People, before: Account, { id, provisioned }: Account): void {
  const old = before.provisioned;
  if (old && people.byUserName.get(old.userName) === id && old.userName !== provisioned?.userName)
    people.byUserName.delete(old.userName);
  if (old?.externalId !== undefined && people.byExternalId.get(old.externalId) === id)
    people.byExternalId.delete(old.externalId);
  if (!provisioned) return;
  const { connection, userName, externalId, isGone } = provisioned;
  people.byUserName.set(userName, id);
  if (externalId !== undefined) people.byExternalId.set(externalId, id);
  if (isGone) people.byConnection.get(connection)?.delete(id);
  else setOf(people.byConnection, connection).add(id);
}

/** The set under a key, made where there is none. */
export function setOf<K, V>(sets: Map<K, Set<V>>, key: K): Set<V> {
  const found = sets.get(key) ?? new Set<V>();
  sets.set(key, found);
  return found;
}

/** The groups that were told, and by whom: the strongest that says anything. */
export function groupsOf({ groups }: Account): {
  readonly groups: readonly string[];
  readonly from?: GroupSource;
} {
  const from = TOLD_BY.find((source) => groups[source] !== undefined);
  return from === undefined ? { groups: [] } : { groups: groups[from] ?? [], from };
}

/** The end of the chain of links. A circle ends where it began: linking twice makes nobody another human. */
export function humanOf({ accounts }: Pick<People, 'accounts'>, id: string): string {
  const seen = new Set<string>();
  for (let at = id; ;) {
    const next = accounts.get(at)?.linkedTo;
    if (next === undefined || seen.has(at)) return at;
    seen.add(at);
    at = next;
  }
}
