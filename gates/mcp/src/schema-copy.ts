import type { Json } from '@countersign/core';
import { membersOf, textOf } from './members.ts';
import { isPlainPattern } from './plain-pattern.ts';

/** What a copy is made for: to find what breaks the schema, or also what the schema says nothing of. */
export type CopyFor = { readonly isClosed: boolean; readonly hasPatterns: boolean };

/** A copy of a schema that can be evaluated within limits, and whether all of its meaning is in it. */
export type Copy = { readonly schema: object; readonly isWhole: boolean };

const MAPS: ReadonlySet<string> = new Set([
  '$defs',
  'definitions',
  'properties',
  'patternProperties',
  'dependentSchemas',
]);
const VALUES: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'examples', 'required']);
const UNREAD: ReadonlySet<string> = new Set(['$dynamicRef', '$dynamicAnchor', '$recursiveRef']);
const DEEPEST = 64;

/** Thrown where a schema cannot be evaluated within its limits. */
export class SchemaFailure extends Error {
  readonly code = 'schema-unfit';
}

/**
 * Copies a schema for evaluation. Reading `type` of any part costs one unit of `burn`, which throws when it has none left: a
 * schema whose parts refer to each other may otherwise cost more than anybody has.
 */
export function copySchema(
  source: Json,
  burn: () => void,
  { isClosed, hasPatterns }: CopyFor,
): Copy {
  let isWhole = true;
  const pass = (value: Json, depth: number, place: 'shape' | 'part'): Json => {
    if (depth > DEEPEST) throw new SchemaFailure('too deep');
    if (Array.isArray(value)) return value.map((one: Json) => pass(one, depth + 1, 'part'));
    const given = membersOf(value);
    if (!given) return value;
    const out: Record<string, Json> = {};
    for (const [name, member] of Object.entries(given)) {
      if (UNREAD.has(name)) isWhole = false;
      else if (name === 'pattern') keepPattern(out, member);
      else if (name === 'type' || name === 'format') continue;
      else if (VALUES.has(name)) out[name] = member;
      else if (MAPS.has(name)) out[name] = passMap(name, member, depth);
      else out[name] = pass(member, depth + 1, name === 'items' ? 'shape' : 'part');
    }
    if (isClosed && place === 'shape') close(out);
    Object.defineProperty(out, 'type', {
      get: () => {
        burn();
        return given['type'];
      },
    });
    return out;
  };
  const keepPattern = (out: Record<string, Json>, pattern: Json): void => {
    if (hasPatterns && isPlainPattern(textOf(pattern) ?? '')) out['pattern'] = pattern;
    else isWhole = false;
  };
  const passMap = (name: string, map: Json, depth: number): Json => {
    const out: Record<string, Json> = Object.create(null) as Record<string, Json>;
    for (const [key, one] of Object.entries(membersOf(map) ?? {})) {
      if (name === 'patternProperties' && !(hasPatterns && isPlainPattern(key)))
        throw new SchemaFailure('a name pattern that cannot be tried');
      out[key] = pass(one, depth + 1, name === 'properties' ? 'shape' : 'part');
    }
    return out;
  };
  const copied = pass(source, 0, 'shape');
  if (typeof copied !== 'object' || copied === null) throw new SchemaFailure('no schema');
  return { schema: copied, isWhole };
}

/** What is not named is not understood: `true` as an answer to "what else" says nothing of it. */
function close(schema: Record<string, Json>): void {
  const { additionalProperties: more } = schema;
  if (more === true || isEmpty(more)) delete schema['additionalProperties'];
  schema['unevaluatedProperties'] = false;
}

const isEmpty = (value: Json | undefined): boolean => {
  const members = membersOf(value);
  return members !== undefined && Object.keys(members).length === 0;
};
