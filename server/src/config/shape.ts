import type { Path, Report } from './problem.ts';
import { nearest } from './nearest.ts';

/** What a value is read with: where relative paths start and how a secret's reference becomes its digest. */
export type Reading = {
  readonly report: Report;
  readonly baseDir: string;
  readonly secret: (ref: string, prefix: string, path: Path) => string | undefined;
  /** A reference's value itself, for a secret that must be used and not only recognized. */
  readonly reveal: (ref: string, path: Path) => string | undefined;
};

/** A JSON Schema (2020-12) fragment. */
export type JsonSchema = { readonly [name: string]: unknown };

/** One form a value may take: reads it, and describes itself for the guide and the JSON Schema. */
export type Shape<T> = {
  /** The value, or undefined after reporting why not. */
  readonly read: (value: unknown, path: Path, reading: Reading) => T | undefined;
  /** In the words of the guide. */
  readonly form: string;
  readonly schema: JsonSchema;
  /** How an environment variable becomes such a value; absent: it cannot. */
  readonly variable?: 'text' | 'integer' | 'boolean';
  /** Members, where the value is a record, or the items or members of the value are. */
  readonly members?: Members;
};

/** Keys of a record in order of declaration, under the name of their type. */
type Members = {
  readonly type: string;
  readonly keys: readonly (Key<unknown> & { readonly property: string })[];
};

/** One key of a record. */
export type Key<T> = {
  /** As written in the file. */
  readonly name: string;
  readonly shape: Shape<T>;
  readonly isRequired: boolean;
  /** As written in the file. */
  readonly fallback?: unknown;
};

/** A key that must be there. */
export const required = <T>(name: string, shape: Shape<T>): Key<T> => ({
  name,
  shape,
  isRequired: true,
});
/** A key that may be left out; with a fallback it is read as if that were written. */
export const optional = <T>(name: string, shape: Shape<T>, fallback?: unknown): Key<T> => ({
  name,
  shape,
  isRequired: false,
  ...(fallback === undefined ? {} : { fallback }),
});

type Keys<T> = { readonly [K in keyof T]-?: Key<Exclude<T[K], undefined>> };

/** A closed record: unknown keys are refused with the nearest known one. */
export function record<T extends object>(type: string, keys: Keys<T>): Shape<T> {
  const entries = Object.entries(keys) as [string, Key<unknown>][];
  const known = entries.map(([, { name }]) => name);
  return {
    form: 'record',
    members: { type, keys: entries.map(([property, key]) => ({ ...key, property })) },
    schema: recordSchema(type, entries),
    read: (value, path, reading) => {
      if (!isRecord(value))
        return wrongType(reading.report, path, `a record with ${known.join(', ')}`);
      let isGood = reportUnknown(value, known, path, reading.report);
      const out: Record<string, unknown> = {};
      for (const [property, key] of entries) {
        const at = [...path, key.name];
        const given = Object.hasOwn(value, key.name) ? value[key.name] : key.fallback;
        if (given === undefined) {
          if (key.isRequired) isGood = reportMissing(key.name, path, reading.report);
          continue;
        }
        const read = key.shape.read(given, at, reading);
        if (read === undefined) isGood = false;
        else out[property] = read;
      }
      return isGood ? (out as T) : undefined;
    },
  };
}

/** Each property names the comment that describes it, for whoever writes the schema down. */
const recordSchema = (
  type: string,
  entries: readonly (readonly [string, Key<unknown>])[],
): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(
    entries.map(([property, { name, shape, fallback }]) => [
      name,
      {
        $comment: `${type}.${property}`,
        ...shape.schema,
        ...(fallback === undefined ? {} : { default: fallback }),
      },
    ]),
  ),
  required: entries.filter(([, key]) => key.isRequired).map(([, { name }]) => name),
});

function reportUnknown(
  value: Readonly<Record<string, unknown>>,
  known: readonly string[],
  path: Path,
  report: Report,
): boolean {
  const unknown = Object.keys(value).filter((name) => !known.includes(name));
  for (const name of unknown) {
    const meant = nearest(name, known);
    report({
      code: 'unknown-key',
      path: [...path, name],
      isKey: true,
      message: `unknown key \`${name}\``,
      hint: meant === undefined ? `known here: ${known.join(', ')}` : `did you mean \`${meant}\`?`,
    });
  }
  return unknown.length === 0;
}

function reportMissing(name: string, path: Path, report: Report): false {
  report({ code: 'missing-key', path, message: `\`${name}\` is missing`, hint: `add \`${name}\`` });
  return false;
}

/** Reports that a value is of another type; the value itself is not repeated, it may be a secret. */
export function wrongType(report: Report, path: Path, want: string): undefined {
  return report({
    code: 'wrong-type',
    path,
    message: `must be ${want}`,
    hint: want.startsWith('text') ? 'put it in quotes if it looks like a number' : `write ${want}`,
  });
}

/** A list of one shape. */
export const listOf = <T>(item: Shape<T>): Shape<readonly T[]> => ({
  form: `list of ${item.form}`,
  ...(item.members ? { members: item.members } : {}),
  schema: { type: 'array', items: item.schema },
  read: (value, path, reading) => {
    if (!Array.isArray(value)) return wrongType(reading.report, path, 'a list');
    const read = value.map((one: unknown, i) => item.read(one, [...path, i], reading));
    return read.every((one) => one !== undefined) ? read : undefined;
  },
});

const NAME = /^[A-Za-z_][A-Za-z0-9_.:@+/-]*$/;
const RESERVED = new Set(['__proto__', '__entity', '__extn', '__expr', 'constructor']);

/** A record whose keys are the operator's own names. */
export const mapOf = <T>(
  item: Shape<T>,
  name: RegExp = NAME,
  hint = 'use letters, digits and _ . : @ + / -',
): Shape<Readonly<Record<string, T>>> => ({
  form: `record of ${item.form}`,
  ...(item.members ? { members: item.members } : {}),
  schema: { type: 'object', additionalProperties: item.schema },
  read: (value, path, reading) => {
    if (!isRecord(value)) return wrongType(reading.report, path, 'a record');
    let isGood = true;
    const out: Record<string, T> = {};
    for (const [key, one] of Object.entries(value)) {
      const at = [...path, key];
      const isName = name.test(key) && !RESERVED.has(key);
      if (!isName)
        reading.report({
          code: 'bad-name',
          path: at,
          isKey: true,
          message: `\`${key}\` is not a name allowed here`,
          hint,
        });
      const read = isName ? item.read(one, at, reading) : undefined;
      if (read === undefined) isGood = false;
      else out[key] = read;
    }
    return isGood ? out : undefined;
  },
});

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
