import type { Lineage } from './action/action.ts';
import type { Agent, Directory, Person } from './directory.ts';
import { TypedFact, type Entity } from './judgement.ts';

type Told = {
  readonly agent: Agent;
  readonly owner: Person | undefined;
  readonly subject: Person | undefined;
  readonly there: readonly Entity[] | undefined;
};

const MOST_TOLD = 16;
const toldBefore = new WeakMap<Agent, (Told & { readonly entities: readonly Entity[] })[]>();

/**
 * What policy may look at of who asks, for whom, and of what: the same list for the same four, so that whoever is given it
 * can remember what was made of it. INVARIANT: only of frozen ones, which a directory replaces when they change.
 */
export function entitiesOf(
  { agent: id, owner, onBehalfOf }: Lineage,
  resource: { readonly type: string; readonly id: string },
  directory: Directory,
): readonly Entity[] {
  const agent = directory.agent(id);
  const told = {
    agent,
    owner: directory.person(owner),
    subject: onBehalfOf === undefined ? undefined : directory.person(onBehalfOf),
    there: directory.resource(resource.type, resource.id),
  };
  if (!isLasting(told)) return gathered(told);
  const before = toldBefore.get(told.agent) ?? [];
  const known = before.find((one) => isSame(one, told));
  if (known) return known.entities;
  const entities = Object.freeze(gathered(told));
  toldBefore.set(told.agent, [...before.slice(1 - MOST_TOLD), { ...told, entities }]);
  return entities;
}

type Looked = Omit<Told, 'agent'> & { readonly agent: Agent | undefined };

const isLasting = (told: Looked): told is Told =>
  told.agent !== undefined &&
  Object.isFrozen(told.agent) &&
  Object.isFrozen(told.owner) &&
  Object.isFrozen(told.subject) &&
  Object.isFrozen(told.there);

const isSame = (one: Told, other: Told): boolean =>
  one.owner === other.owner && one.subject === other.subject && one.there === other.there;

function gathered({ agent, owner, subject, there }: Looked): readonly Entity[] {
  const known = new Map<string, Entity>();
  const add = (entity: Entity): void => void known.set(`${entity.type} ${entity.id}`, entity);
  for (const person of [owner, subject]) {
    if (!person) continue;
    const parents = person.groups.map((group) => ({ type: 'Team', id: group }));
    add({ type: 'Person', id: person.id, attrs: { suspended: !person.active }, parents });
  }
  // a resource the directory does not know stays missing: policy that needs it errs and denies (H2)
  for (const entity of there ?? []) if (!isBareTeam(entity)) add(entity);
  if (agent)
    add({
      type: 'Agent',
      id: agent.id,
      attrs: {
        owner: TypedFact.entity('Person', agent.owner),
        trust: agent.trust,
        quarantined: agent.quarantined,
      },
      parents: agent.teams.map((team) => ({ type: 'Team', id: team })),
    });
  return [...known.values()];
}

/** Membership stands in the member's parents; a team without attributes or parents would only cost time. */
const isBareTeam = ({ type, attrs, parents }: Entity): boolean =>
  type === 'Team' && parents.length === 0 && Object.keys(attrs).length === 0;
