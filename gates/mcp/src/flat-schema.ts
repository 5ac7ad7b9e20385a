import type { Json } from '@countersign/core';
import { membersOf } from './members.ts';
import type { Members } from './message.ts';

/** How arguments stand to a schema. */
export type Checked = {
  /** They are proven to fit it. */
  readonly conforms: boolean;
  /** All of them are named in it, and all of it could be read. */
  readonly isUnderstood: boolean;
};

type Fits = (value: Json) => boolean;

const MOST = 256;
const NAME = /^[A-Za-z0-9_-]+$/;
const SAID_OF_ALL: ReadonlySet<string> = new Set([
  '$schema',
  'title',
  'description',
  'type',
  'properties',
  'required',
  'additionalProperties',
]);
const SAID_OF_ONE: ReadonlySet<string> = new Set(['title', 'description', 'type', 'enum']);
const TYPES: Readonly<Record<string, Fits>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  integer: (value) => typeof value === 'number' && value % 1 === 0,
};

const says = (schema: Members, known: ReadonlySet<string>): boolean =>
  Object.entries(schema).every(
    ([name, one]) =>
      known.has(name) &&
      ((name !== '$schema' && name !== 'title' && name !== 'description') ||
        typeof one === 'string'),
  );

/**
 * The check of a schema that names members of plain types and says no more, as nearly all do; undefined for any other.
 * INVARIANT: it finds what the evaluation of the same schema finds, only sooner.
 */
export function readFlat(schema: Members): ((given: Members) => Checked) | undefined {
  const { properties = {}, required = [], additionalProperties: more = true } = schema;
  const all = membersOf(properties);
  if (!says(schema, SAID_OF_ALL) || schema['type'] !== 'object') return undefined;
  if (!all || !isNames(required) || typeof more !== 'boolean') return undefined;
  const named = new Map<string, Fits>();
  for (const [name, one] of Object.entries(all)) {
    const fits = NAME.test(name) && name !== '__proto__' ? fitsOf(one) : undefined;
    if (!fits || named.size === MOST) return undefined;
    named.set(name, fits);
  }
  return (given) => {
    let isNamed = true;
    let conforms = required.every((name) => Object.hasOwn(given, name));
    for (const name of Object.keys(given)) {
      const fits = named.get(name);
      if (!fits) isNamed = false;
      else if (!fits(given[name] as Json)) conforms = false;
    }
    conforms &&= isNamed || more;
    return { conforms, isUnderstood: conforms && isNamed };
  };
}

const isNames = (value: Json): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

function fitsOf(schema: Json): Fits | undefined {
  const said = membersOf(schema);
  if (!said || !says(said, SAID_OF_ONE) || typeof said['type'] !== 'string') return undefined;
  const { type, enum: words } = said;
  const fits = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (words === undefined || !fits) return fits;
  if (!Array.isArray(words) || words.some((one) => typeof one === 'object')) return undefined;
  const known: readonly Json[] = words;
  return (value) => fits(value) && known.includes(value);
}
