import { TypedFact, type Agent, type Directory, type Entity, type Person } from '@countersign/core';
import type { Catalogue, Resource } from '@countersign/gate-api';
import type { Config, Reference } from './config/config.ts';

/** The directory as configured: people, agents and resources of one moment. */
export function createDirectory(config: Config): Directory {
  const agents = new Map(config.agents.map((entry) => [entry.id, agentOf(entry)]));
  const people = new Map(peopleOf(config).map((person) => [person.id, person]));
  const { all, agents: killed } = config.killSwitch;
  const stopped = new Set(killed);
  const entities = entitiesOf(config, people);
  return Object.freeze({
    agent: (id) => agents.get(id),
    person: (id) => people.get(id),
    members: (groups) =>
      [...people.values()].filter((person) =>
        groups.some((group) => person.groups.includes(group)),
      ),
    resource: (type, id) => entities(type, id),
    isKilled: (agent) => all || stopped.has(agent),
  } satisfies Directory);
}

/** What the api gate derives facts from. */
export function createCatalogue(config: Config): Catalogue {
  const resources = new Map<string, Resource>(
    config.resources.map((entry) => [keyOf(entry.type, entry.id), entry]),
  );
  return { resource: (type, id) => resources.get(keyOf(type, id)) };
}

const keyOf = (type: string, id: string): string => JSON.stringify([type, id]);

const agentOf = ({
  id,
  owner,
  ownerTeam,
  teams,
  trust,
  quarantined,
  actsFor,
  delegators,
}: Config['agents'][number]): Agent =>
  Object.freeze({
    id,
    owner,
    ...(ownerTeam === undefined ? {} : { ownerTeam }),
    teams,
    trust,
    quarantined,
    actsFor,
    delegators,
  });

/** Accounts with the human behind them: the end of the chain of links, which configuration proved to be one. */
function peopleOf({ people }: Config): readonly Person[] {
  const next = new Map(people.map(({ id, sameAs }) => [id, sameAs]));
  const humanOf = (id: string): string => {
    const other = next.get(id);
    return other === undefined ? id : humanOf(other);
  };
  return people.map(({ id, name, groups, active }) =>
    // a token in a file proves no more than `chat` (DESIGN §5)
    Object.freeze({ id, name, human: humanOf(id), groups, active, reach: 'chat' }),
  );
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
