import { TypedFact, type Directory, type Entity, type Person } from '@countersign/core';
import type { Catalogue, Resource } from '@countersign/gate-api';
import {
  groupsOf,
  humanOf,
  isStopped,
  type Profiles,
  type RosterState,
} from '@countersign/identity';
import { agentsOf, type KnownAgent } from './agents.ts';
import type { Config, Reference } from './config/config.ts';

/** A directory that can also tell which groups and which agents there are. */
export type Peopled = Directory & {
  readonly groups: () => readonly string[];
  readonly agents: ReadonlyMap<string, KnownAgent>;
};

/**
 * The directory of a moment: resources as configured, people and agents as configured and as the ledger tells.
 * What the ledger says of an account stands beside what the configuration says; either can take a person out.
 */
export function createDirectory(
  config: Config,
  roster: () => RosterState,
  profiles?: Pick<Profiles, 'of' | 'version'>,
): () => Peopled {
  const { all, agents: killed } = config.killSwitch;
  const stopped = new Set(killed);
  const configured = new Map(config.people.map((entry) => [entry.id, entry]));
  const at = (state: RosterState): Peopled => {
    const people = peopleOf(config, configured, state, profiles);
    const byGroup = Map.groupBy(
      [...people.values()].flatMap((person) => person.groups.map((group) => ({ group, person }))),
      ({ group }) => group,
    );
    const entities = entitiesOf(config, people);
    const agents = agentsOf(config, state);
    return Object.freeze({
      agent: (id) => agents.get(id),
      person: (id) => people.get(id),
      members: (groups) => [
        ...new Set(groups.flatMap((group) => byGroup.get(group) ?? []).map(({ person }) => person)),
      ],
      resource: (type, id) => entities(type, id),
      isKilled: (agent) => all || stopped.has(agent) || isStopped(state.agents, agent),
      groups: () => [...byGroup.keys()],
      agents,
    } satisfies Peopled);
  };
  let made: { readonly versions: string; readonly directory: Peopled } | undefined;
  return () => {
    const state = roster();
    const versions = `${state.version} ${profiles?.version() ?? 0}`;
    if (made?.versions !== versions) made = { versions, directory: at(state) };
    return made.directory;
  };
}

/** What the api gate derives facts from. */
export function createCatalogue(config: Config): Catalogue {
  const resources = new Map<string, Resource>(
    config.resources.map((entry) => [keyOf(entry.type, entry.id), entry]),
  );
  return { resource: (type, id) => resources.get(keyOf(type, id)) };
}

const keyOf = (type: string, id: string): string => JSON.stringify([type, id]);

/** Every account, of the configuration and of the ledger, with the human behind it. */
function peopleOf(
  { signIn }: Config,
  configured: ReadonlyMap<string, Config['people'][number]>,
  state: RosterState,
  profiles?: Pick<Profiles, 'of'>,
): ReadonlyMap<string, Person> {
  const { accounts } = state.people;
  // links of the configuration end at one account, which was proved; links of the ledger go on from there
  const sameAs = (id: string): string => {
    const other = configured.get(id)?.sameAs;
    return other === undefined ? id : sameAs(other);
  };
  const human = (id: string): string => {
    const seen = new Set<string>();
    for (let at = sameAs(id); ;) {
      const next = sameAs(humanOf(state.people, at));
      if (next === at || seen.has(next)) return next;
      seen.add(next);
      at = next;
    }
  };
  // whose provider is not configured any more cannot sign in
  const isKnown = (provider: string | undefined): boolean =>
    signIn.providers.some(({ id }) => id === provider);
  const people = new Map<string, Person>();
  for (const { id, name, groups, active, identities } of configured.values()) {
    const account = accounts.get(id);
    people.set(
      id,
      Object.freeze({
        id,
        name,
        human: human(id),
        groups: [...new Set([...groups, ...(account ? groupsOf(account).groups : [])])],
        active: active && account?.active !== false,
        // a token in a file proves no more than `chat` (DESIGN §5)
        reach: signIn.development || identities.length > 0 ? 'session' : 'chat',
      }),
    );
  }
  for (const account of accounts.values()) {
    const { id, active } = account;
    if (configured.has(id)) continue;
    const { groups } = groupsOf(account);
    const name = profiles?.of(id)?.name ?? id;
    const reach = isKnown(account.provider) ? 'session' : 'chat';
    people.set(id, Object.freeze({ id, name, human: human(id), groups, active, reach }));
  }
  return people;
}

/** Resources with everything in reach of them that policy may look at: parents, owning teams, named people. */
function entitiesOf(
  { resources }: Config,
  people: ReadonlyMap<string, Person>,
): (type: string, id: string) => readonly Entity[] | undefined {
  const listed = new Map(resources.map((entry) => [keyOf(entry.type, entry.id), entry]));
  const made = new Map<string, readonly Entity[]>();
  const gather = (entity: string, id: string, into: Map<string, Entity>): void => {
    const key = keyOf(entity, id);
    if (into.has(key)) return;
    const entry = listed.get(key);
    const person = entity === 'Person' ? people.get(id) : undefined;
    if (entry) {
      const parents = entry.parents.map(({ entity: type, id: of }) => ({ type, id: of }));
      into.set(key, { type: entity, id, attrs: entry.attrs, parents });
      for (const one of [...entry.parents, ...namedIn(entry.attrs)])
        gather(one.entity, one.id, into);
    } else if (person) {
      const parents = person.groups.map((group) => ({ type: 'Team', id: group }));
      into.set(key, { type: 'Person', id, attrs: { suspended: !person.active }, parents });
      for (const group of person.groups) gather('Team', group, into);
    } else if (entity === 'Team') into.set(key, { type: 'Team', id, attrs: {}, parents: [] });
  };
  return (type, id) => {
    const key = keyOf(type, id);
    if (!listed.has(key)) return undefined;
    const into = new Map<string, Entity>();
    const found = made.get(key) ?? (gather(type, id, into), Object.freeze([...into.values()]));
    made.set(key, found);
    return found;
  };
}

/** Entities that attributes name; enumerated ones (`Env`) are no entries and fall away by being unknown. */
const namedIn = (attrs: Entity['attrs']): readonly Reference[] =>
  Object.values(attrs).flatMap((fact) =>
    fact instanceof TypedFact && fact.kind === 'entity'
      ? [{ entity: fact.type, id: fact.value }]
      : [],
  );
