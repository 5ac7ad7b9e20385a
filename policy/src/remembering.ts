import type { Asker } from './asker.ts';
import { uidText } from './cedar.ts';
import type { Call } from './encode.ts';
import { together, type Look } from './looks.ts';
import type { PolicySet } from './policy-set.ts';
import type { Answer } from './verdict.ts';

const MOST = 4_096;

type Value = Call['context'][string];

/**
 * An asker that gives the answer it had before where nothing differs that a policy could look at. Policy is a pure function of
 * the question, and of what no policy of the action looks at only the type counts, which the schema is held against. So an
 * answer is never a guess, and never old: another set is another asker.
 */
export function createRemembering(asker: Asker, set: Pick<PolicySet, 'policies' | 'index'>): Asker {
  const known = new Map<string, Answer>();
  const looks = new Map<string, Look>();
  const lookFor = (call: Call): Look => {
    const action = uidText(call.action);
    const before = looks.get(action);
    if (before) return before;
    const groups = set.index.actions[action]?.within;
    const reaching = set.policies.filter(
      ({ scope: { actions } }) =>
        !groups || !actions || actions.some((one) => groups.includes(one)),
    );
    const look = together(reaching.map((policy) => policy.look));
    if (groups) looks.set(action, look); // what the schema does not name is anybody's, and without bound
    return look;
  };
  return {
    ...asker,
    ask: async (call) => {
      const look = lookFor(call);
      if (look.isWhole === true) return asker.ask(call);
      const key = keyOf(call, look);
      const before = known.get(key);
      if (before) return before;
      const answer = await asker.ask(call);
      // what erred or trapped is asked anew: only an answer is one
      if (answer.type !== 'answered' || answer.erred.length > 0) return answer;
      known.set(key, answer);
      const [oldest] = known.keys();
      if (known.size > MOST && oldest !== undefined) known.delete(oldest);
      return answer;
    },
  };
}

const keyOf = ({ principal, action, resource, entities, context }: Call, look: Look): string =>
  JSON.stringify([
    principal.id,
    action.id,
    resource.type,
    resource.id,
    entities,
    seen(context, look),
  ]);

const UNSEEN: Look = {};

/** A value as policies see it: two that they cannot tell apart are equal, two of different types never. */
function seen(value: Value, look: Look): unknown {
  if (look.isWhole === true) return value;
  if (typeof value === 'string') return look.literals?.has(value) === true ? `=${value}` : 'string';
  if (typeof value === 'number') return look.literals ? standing(value, look.literals) : 'number';
  if (typeof value === 'boolean') return 'boolean';
  return Array.isArray(value) ? seenInSet(value, look) : seenInRecord(value, look);
}

type Literals = NonNullable<Look['literals']>;

/** How many literals are below a number, and whether one is it. */
function standing(value: number, literals: Literals): unknown {
  let below = 0;
  for (const one of literals) if (typeof one === 'number' && one < value) below += 1;
  return [below, literals.has(value)];
}

/** The types of its members, and those members that are looked for. */
function seenInSet(set: readonly Value[], { literals }: Look): unknown {
  const types = new Set<string>();
  const found: Value[] = [];
  for (const one of set) {
    types.add(typeof one === 'string' ? 'string' : JSON.stringify(seen(one, UNSEEN)));
    if (typeof one !== 'object' && typeof one !== 'boolean' && literals?.has(one) === true)
      found.push(one);
  }
  return [...types, found];
}

/** Entities and extension values count whole, since not every one of them is valid; a time, if it surely is, as one. */
function seenInRecord(record: { [name: string]: Value }, { members }: Look): unknown {
  if ('__entity' in record) return record;
  if ('__extn' in record) return isTime(record) ? 'datetime' : record;
  return Object.entries(record).map(([name, value]) => [
    name,
    seen(value, members?.get(name) ?? UNSEEN),
  ]);
}

function isTime({ __extn: extension }: { [name: string]: Value }): boolean {
  const { fn, arg } = extension as { readonly fn?: Value; readonly arg?: Value };
  if (fn !== 'datetime' || typeof arg !== 'string' || arg.length !== ISO_LENGTH) return false;
  const at = new Date(arg);
  return !Number.isNaN(at.getTime()) && at.toISOString() === arg;
}

const ISO_LENGTH = '2026-01-02T16:07:00.000Z'.length;
