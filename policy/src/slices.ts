import type { Call } from './encode.ts';
import { uidText, type Uid } from './cedar.ts';
import type { SchemaIndex } from './schema-index.ts';
import type { Reach, Scope } from './scope.ts';

/** Below this a slice is so small that cutting finer costs more than it saves. */
const SMALL = 24;

type Scoped = { readonly id: string; readonly scope: Scope };
type Sliceable = { readonly policies: readonly Scoped[]; readonly index: SchemaIndex };
type Coarse = { readonly policies: readonly Scoped[]; readonly named: ReadonlySet<string> };

/** Picks, for a call, policies that could match or err; what it leaves out has a false scope. */
export type Slices = {
  /** Ids of the slice, the same array for the same slice; undefined for an action or type the schema has not. */
  readonly sliceFor: (call: Call) => readonly string[] | undefined;
};

/**
 * Slices a set by scope. Sound because a scope test cannot err and short-circuits (reference policy §5):
 * first by what types and action make false for every request, then, in large slices, by the entities
 * named in scopes that principal and resource neither are nor are in.
 * `budget` bounds how many policies finer slices may hold in all; beyond it the coarse slice serves.
 */
export function createSlices(
  { policies, index }: Sliceable,
  budget: number = 4 * policies.length + 4_096,
): Slices {
  const coarse = new Map<string, Coarse>();
  const fine = new Map<string, readonly string[]>();
  const shared = new Map<string, readonly string[]>();
  let left = budget;
  const share = (found: readonly Scoped[]): readonly string[] => {
    const ids = found.map(({ id }) => id);
    const key = ids.join(' ');
    const held = shared.get(key) ?? ids;
    shared.set(key, held);
    return held;
  };
  return {
    sliceFor(call) {
      const action = uidText(call.action);
      if (!index.actions[action] || !index.types[call.resource.type]) return undefined;
      const key = `${action} ${call.principal.type} ${call.resource.type}`;
      const wide = coarse.get(key) ?? cutByType(policies, index, call);
      coarse.set(key, wide);
      const reached = wide.policies.length > SMALL ? reachedBy(call) : undefined;
      const names = reached?.filter((name) => wide.named.has(name)).toSorted() ?? [];
      const fineKey = reached ? `${key} ${JSON.stringify(names)}` : key;
      const known = fine.get(fineKey);
      if (known) return known;
      if (reached && left <= 0) return share(wide.policies);
      const cut = reached ? cutByName(wide.policies, new Set(names)) : wide.policies;
      const slice = share(cut);
      left -= reached ? slice.length + 1 : 0;
      fine.set(fineKey, slice);
      return slice;
    },
  };
}

function cutByType(policies: readonly Scoped[], index: SchemaIndex, call: Call): Coarse {
  const groups = index.actions[uidText(call.action)]?.within ?? [];
  const mayReach = ({ is, equals, within }: Reach, type: string): boolean => {
    const above = index.types[type];
    return (
      (is === undefined || is === type) &&
      (equals === undefined || equals.type === type) &&
      (within === undefined || !above || above.includes(within.type))
    );
  };
  const kept = policies.filter(
    ({ scope: { principal, actions, resource } }) =>
      (!actions || actions.some((one) => groups.includes(one))) &&
      mayReach(principal, call.principal.type) &&
      mayReach(resource, call.resource.type),
  );
  const named = new Set(
    kept.flatMap(({ scope: { principal, resource } }) => [
      ...namesOf('p', principal),
      ...namesOf('r', resource),
    ]),
  );
  return { policies: kept.map(({ id, scope }) => ({ id, scope })), named };
}

type Side = 'p' | 'r';
const nameOf = (side: Side, how: '=' | '<', uid: Uid): string => `${side}${how}${uidText(uid)}`;

function namesOf(side: Side, { equals, within }: Reach): readonly string[] {
  if (equals) return [nameOf(side, '=', equals)];
  return within ? [nameOf(side, '<', within)] : [];
}

const cutByName = (policies: readonly Scoped[], names: ReadonlySet<string>): readonly Scoped[] =>
  policies.filter(
    ({ scope: { principal, resource } }) =>
      namesOf('p', principal).every((name) => names.has(name)) &&
      namesOf('r', resource).every((name) => names.has(name)),
  );

/** Everything principal and resource are, or are in, by the entities sent along: what the engine itself will see. */
function reachedBy(call: Call): readonly string[] {
  const parents = new Map<string, readonly Uid[]>();
  for (const entity of call.entities) {
    const text = uidText(entity.uid);
    parents.set(text, [...(parents.get(text) ?? []), ...entity.parents]);
  }
  return [...reachFrom('p', call.principal, parents), ...reachFrom('r', call.resource, parents)];
}

function reachFrom(
  side: Side,
  start: Uid,
  parents: ReadonlyMap<string, readonly Uid[]>,
): readonly string[] {
  const names = [nameOf(side, '=', start)];
  const seen = new Map([[uidText(start), start]]);
  for (const [text, uid] of seen) {
    names.push(nameOf(side, '<', uid));
    for (const parent of parents.get(text) ?? []) seen.set(uidText(parent), parent);
  }
  return names;
}
