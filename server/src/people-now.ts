import type { Person } from '@countersign/core';
import {
  groupsOf,
  humanOf,
  levelOf,
  nameKey,
  standing,
  siteOf,
  type Account,
  type Delegation,
  type Profiles,
  type RosterState,
} from '@countersign/identity';
import type { Config } from './config/config.ts';
import { publicUrlOf } from './settings.ts';

/** Everybody there is at one moment. Looked up one by one: nothing is built of those nobody asks for. */
export type PeopleNow = {
  readonly person: (id: string) => Person | undefined;
  /** Every account that is in at least one of the groups. */
  readonly members: (groups: readonly string[]) => readonly Person[];
  /** Every account that stands for somebody in at least one of the groups. */
  readonly delegates: (groups: readonly string[]) => readonly Person[];
  /** Every group somebody may be in. */
  readonly groups: () => readonly string[];
  /** Ids of all accounts, those of the configuration first. */
  readonly ids: () => Iterable<string>;
};

type Entry = Config['people'][number];

/** What groups of SCIM connections are called here. */
type Naming = {
  readonly nameOf: (connection: string, name: string) => string | undefined;
  /** Whether a connection tells groups at all. */
  readonly isTold: (connection: string) => boolean;
  /** Connection and name there of everything that may be called so here. */
  readonly calledSo: (group: string) => readonly (readonly [connection: string, name: string])[];
};

/** People as configured and as the ledger tells; `namingOf` and the map of entries are made once per configuration. */
export function peopleNow(parts: {
  readonly config: Config;
  readonly configured: ReadonlyMap<string, Entry>;
  readonly naming: Naming;
  readonly state: RosterState;
  readonly profiles?: Pick<Profiles, 'of'> | undefined;
  /** Those that count now. */
  readonly active: readonly Delegation[];
}): PeopleNow {
  const { config, configured, naming, state, profiles, active } = parts;
  const { accounts } = state.people;
  const made = new Map<string, Person | undefined>();
  const alone = new Map<string, Person | undefined>();
  const site = siteOf(publicUrlOf(config));
  const humanBehind = humans(configured, state);
  // whose provider is not configured any more cannot sign in
  const isKnown = (provider: string | undefined): boolean =>
    config.signIn.providers.some(({ id }) => id === provider);

  function toldGroups(account: Account): ReturnType<typeof groupsOf> {
    const { id, provisioned } = account;
    if (!provisioned || !naming.isTold(provisioned.connection)) return groupsOf(account);
    const { byId, byMember } = state.groups;
    const names = [...(byMember.get(id) ?? [])].flatMap((group) => {
      const { connection = '', name = '' } = byId.get(group) ?? {};
      return naming.nameOf(connection, name) ?? [];
    });
    return { groups: [...new Set(names)], from: 'scim' };
  }

  function make(id: string): Person | undefined {
    const entry = configured.get(id);
    const account = accounts.get(id);
    if (!entry && !account) return undefined;
    const told: ReturnType<typeof groupsOf> = account ? toldGroups(account) : { groups: [] };
    const canSignIn = entry
      ? config.signIn.development || entry.identities.length > 0
      : isKnown(account?.provider);
    return Object.freeze({
      id,
      name: entry?.name ?? profiles?.of(id)?.name ?? id,
      human: humanBehind(id),
      groups: [...new Set([...(entry?.groups ?? []), ...told.groups])],
      // either can take a person out
      active: entry?.active !== false && account?.active !== false,
      // a token in a file proves no more than `chat` (DESIGN §5)
      reach: canSignIn ? ((site && levelOf(state.passkeys, id, site)) ?? 'session') : 'chat',
      known: {
        ...(account?.provider === undefined ? {} : { provider: account.provider }),
        ...((told.from ?? entry) && { groupsFrom: told.from ?? 'configuration' }),
        directoryVersion: state.version,
      },
    } satisfies Person);
  }

  function byThemselves(id: string): Person | undefined {
    if (!alone.has(id)) alone.set(id, make(id));
    return alone.get(id);
  }
  const seats = standing(active, byThemselves);

  function person(id: string): Person | undefined {
    if (active.length === 0) return byThemselves(id);
    if (!made.has(id)) made.set(id, withSeats(byThemselves(id)));
    return made.get(id);
  }

  function withSeats(one: Person | undefined): Person | undefined {
    const standsFor = one ? seats.of(one) : [];
    return one && standsFor.length > 0 ? Object.freeze({ ...one, standsFor }) : one;
  }

  function* candidates(group: string): Iterable<string> {
    for (const { id, groups } of configured.values()) if (groups.includes(group)) yield id;
    yield* state.people.byGroup.get(group) ?? [];
    for (const [connection, name] of naming.calledSo(group)) {
      const id = state.groups.byName.get(nameKey(connection, name));
      yield* (id === undefined ? undefined : state.groups.byId.get(id)?.members) ?? [];
    }
  }

  return {
    person,
    members: (groups) => {
      const found = new Set<Person>();
      for (const group of groups)
        for (const id of candidates(group)) {
          const one = person(id);
          if (one?.groups.includes(group)) found.add(one);
        }
      return [...found];
    },
    delegates: (groups) =>
      seats.delegates.flatMap((id) => {
        const one = person(id);
        const isStanding = one?.standsFor?.some((seat) =>
          groups.some((group) => seat.groups.includes(group)),
        );
        return one && isStanding ? [one] : [];
      }),
    groups: () => [
      ...new Set([
        ...[...configured.values()].flatMap(({ groups }) => groups),
        ...state.people.byGroup.keys(),
        ...[...state.groups.byId.values()].flatMap(
          ({ connection, name }) => naming.nameOf(connection, name) ?? [],
        ),
      ]),
    ],
    ids: function* () {
      yield* configured.keys();
      for (const id of accounts.keys()) if (!configured.has(id)) yield id;
    },
  };
}

/** Links of the configuration end at one account, which was proved; links of the ledger go on from there. */
function humans(
  configured: ReadonlyMap<string, Entry>,
  { people }: RosterState,
): (id: string) => string {
  const sameAs = (id: string): string => {
    const other = configured.get(id)?.sameAs;
    return other === undefined ? id : sameAs(other);
  };
  return (id) => {
    const seen = new Set<string>();
    for (let at = sameAs(id); ;) {
      const next = sameAs(humanOf(people, at));
      if (next === at || seen.has(next)) return next;
      seen.add(next);
      at = next;
    }
  };
}

/** What groups of SCIM connections are called here: what is mapped, and the others only where that is configured. */
export function namingOf({ scim, access }: Config): Naming {
  const byConnection = new Map(
    scim.flatMap(({ id, groups }) =>
      groups
        ? [
            [
              id,
              {
                isOpen: groups.others,
                here: new Map(Object.entries(groups.map).map(([k, v]) => [k.toLowerCase(), v])),
              },
            ] as const,
          ]
        : [],
    ),
  );
  // ATTACKER: whoever names groups there must not make administrators here; that takes a line of the configuration
  const reserved = new Set([...access.administrators, ...access.auditors]);
  const isOwnName = (name: string): boolean => ID.test(name) && !reserved.has(name);
  return {
    isTold: (connection) => byConnection.has(connection),
    nameOf: (connection, name) => {
      const { isOpen, here } = byConnection.get(connection) ?? {};
      return here?.get(name.toLowerCase()) ?? (isOpen && isOwnName(name) ? name : undefined);
    },
    calledSo: (group) =>
      [...byConnection].flatMap(([id, { isOpen, here }]) => [
        ...[...here].filter(([, name]) => name === group).map(([there]) => [id, there] as const),
        ...(isOpen && isOwnName(group) ? [[id, group] as const] : []),
      ]),
  };
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._@+:-]{0,127}$/;
