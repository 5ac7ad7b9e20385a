import { TypedFact, type Clock, type Directory, type Entity, type Person } from '@countersign/core';
import type { Catalogue, Resource } from '@countersign/gate-api';
import {
  activeAt,
  isStopped,
  type Delegation,
  type Profiles,
  type RosterState,
} from '@countersign/identity';
import { agentsOf, type KnownAgent } from './agents.ts';
import type { Config, Reference } from './config/config.ts';
import { resourcesOf } from './resources.ts';
import { namingOf, peopleNow } from './people-now.ts';

/** A directory that can also tell which groups, people and agents there are. */
export type Peopled = Directory & {
  readonly groups: () => readonly string[];
  /** Ids of all accounts of people. */
  readonly people: () => Iterable<string>;
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
  /** Without one nobody stands for anybody. */
  clock?: Clock,
): () => Peopled {
  const { all, agents: killed } = config.killSwitch;
  const stopped = new Set(killed);
  const configured = new Map(config.people.map((entry) => [entry.id, entry]));
  const naming = namingOf(config);
  const at = (state: RosterState, active: readonly Delegation[]): Peopled => {
    const people = peopleNow({ config, configured, naming, state, profiles, active });
    const entities = entitiesOf(config, people.person);
    const agents = agentsOf(config, state);
    return Object.freeze({
      agent: (id) => agents.get(id),
      person: people.person,
      members: people.members,
      delegates: people.delegates,
      resource: (type, id) => entities(type, id),
      isKilled: (agent) => all || stopped.has(agent) || isStopped(state.agents, agent),
      groups: people.groups,
      people: people.ids,
      agents,
    } satisfies Peopled);
  };
  let made: Made | undefined;
  return () => {
    const state = roster();
    const versions = `${state.version} ${profiles?.version() ?? 0}`;
    const now = clock?.();
    if (made?.versions === versions && !isPast(made, now)) return made.directory;
    const { active, until } =
      now === undefined ? { active: [], until: Infinity } : activeAt(state.delegations, now);
    made = { versions, since: now ?? 0, until, directory: at(state, active) };
    return made.directory;
  };
}

/** A directory with the time in which nobody begins or ends to stand for anybody. */
type Made = {
  readonly versions: string;
  readonly since: number;
  readonly until: number;
  readonly directory: Peopled;
};

/** A clock that was set back says nothing of what was between. */
const isPast = ({ since, until }: Made, now: number | undefined): boolean =>
  now !== undefined && (now >= until || now < since);

/** What the api gate derives facts from. */
export function createCatalogue(config: Config): Catalogue {
  const resources = new Map<string, Resource>(
    resourcesOf(config).map((entry) => [keyOf(entry.type, entry.id), entry]),
  );
  return { resource: (type, id) => resources.get(keyOf(type, id)) };
}

const keyOf = (type: string, id: string): string => JSON.stringify([type, id]);

/** Resources with everything in reach of them that policy may look at: parents, owning teams, named people. */
function entitiesOf(
  config: Config,
  personOf: (id: string) => Person | undefined,
): (type: string, id: string) => readonly Entity[] | undefined {
  const listed = new Map(resourcesOf(config).map((entry) => [keyOf(entry.type, entry.id), entry]));
  const made = new Map<string, readonly Entity[]>();
  const gather = (entity: string, id: string, into: Map<string, Entity>): void => {
    const key = keyOf(entity, id);
    if (into.has(key)) return;
    const entry = listed.get(key);
    const person = entity === 'Person' ? personOf(id) : undefined;
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
