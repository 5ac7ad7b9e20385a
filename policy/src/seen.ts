import type { Call } from './encode.ts';
import type { Look } from './looks.ts';

type Value = Call['context'][string];

const UNSEEN: Look = {};

/**
 * A value as policies see it: two that they cannot tell apart are equal, two of different types never. INVARIANT: each form
 * says by itself where it ends, so that what stands beside it cannot be read as part of it.
 */
export function seen(value: Value, look: Look): string {
  if (look.isWhole === true) return JSON.stringify(value);
  switch (typeof value) {
    case 'string':
      return look.literals?.has(value) === true ? JSON.stringify(value) : 's';
    case 'number':
      return look.literals ? standing(value, look.literals) : 'n';
    case 'boolean':
      return 'b';
    default:
      return Array.isArray(value) ? seenInSet(value, look) : seenInRecord(value, look);
  }
}

type Literals = NonNullable<Look['literals']>;

/** How many literals are below a number, and whether one is it. */
function standing(value: number, literals: Literals): string {
  let below = 0;
  for (const one of literals) if (typeof one === 'number' && one < value) below += 1;
  return `n${below}${literals.has(value) ? '=' : '.'}`;
}

/** The types of its members, and those members that are looked for. */
function seenInSet(set: readonly Value[], { literals }: Look): string {
  const types = new Set<string>();
  let found = '';
  for (const one of set) {
    types.add(seen(one, UNSEEN));
    if (typeof one !== 'object' && typeof one !== 'boolean' && literals?.has(one) === true)
      found += `${JSON.stringify(one)},`;
  }
  return `[${[...types].join()}:${found}]`;
}

/** Entities and extension values count whole, since not every one of them is valid; a time, if it surely is, as one. */
function seenInRecord(record: { [name: string]: Value }, { members }: Look): string {
  if ('__entity' in record) return JSON.stringify(record);
  if ('__extn' in record) return isTime(record) ? 't' : JSON.stringify(record);
  let out = '{';
  for (const name in record)
    out += `${name.length}:${name}${seen(record[name] as Value, members?.get(name) ?? UNSEEN)};`;
  return `${out}}`;
}

function isTime({ __extn: extension }: { [name: string]: Value }): boolean {
  const { fn, arg } = extension as { readonly fn?: Value; readonly arg?: Value };
  if (fn !== 'datetime' || typeof arg !== 'string' || arg.length !== ISO_LENGTH) return false;
  if (SURELY_TIME.test(arg)) return true;
  const at = new Date(arg);
  return !Number.isNaN(at.getTime()) && at.toISOString() === arg;
}

const ISO_LENGTH = '2026-01-02T16:07:00.000Z'.length;
/** Days that every month has. */
const SURELY_TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3])(?::[0-5]\d){2}\.\d{3}Z$/;
