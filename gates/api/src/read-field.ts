import { validateArguments, type Field, type Json } from '@countersign/core';
import { present, type Path, type Reading } from './reading.ts';

const TYPES = ['string', 'integer', 'number', 'boolean', 'array', 'object', 'json'] as const;
const KEYS = [
  'type',
  'description',
  'optional',
  'default',
  'enum',
  'max_length',
  'minimum',
  'maximum',
  'items',
  'fields',
  'presentational',
  'private',
];
/** What an argument may be called. */
const NAME = /^[a-zA-Z][a-zA-Z0-9_]{0,63}$/;

/** Stands for an argument whose declaration was reported: what refers to it is not reported again. */
export const BROKEN: Field = Object.freeze({ type: 'json' });

/** One declared argument. Marks that only mean something at the top are refused below it. */
function readField(
  reading: Reading,
  value: Json | undefined,
  path: Path,
  isTop: boolean,
): Field | undefined {
  const given = reading.record(value, path, KEYS);
  if (!given) return undefined;
  const type = reading.word(given['type'], [...path, 'type'], TYPES);
  if (!type) return undefined;
  const at = <T>(key: string, read: (value: Json, path: Path) => T | undefined): T | undefined => {
    const member = given[key];
    return member === undefined ? undefined : read(member, [...path, key]);
  };
  for (const mark of ['presentational', 'private'])
    if (!isTop && given[mark] !== undefined)
      reading.report({
        code: 'bad-value',
        path: [...path, mark],
        message: `\`${mark}\` may only stand at a top-level argument`,
      });
  const field: Field = {
    type,
    ...present<Field>({
      description: at('description', reading.text),
      optional: at('optional', reading.flag),
      enum: at('enum', (list, where) => readEnum(reading, list, where)),
      maxLength: at('max_length', (n, where) => reading.count(n, where, 0)),
      minimum: at('minimum', (n, where) => bound(reading, n, where)),
      maximum: at('maximum', (n, where) => bound(reading, n, where)),
      items: at('items', (item, where) => readField(reading, item, where, false)),
      fields: at('fields', (fields, where) => readFields(reading, fields, where, false)),
      presentational: at('presentational', reading.flag),
      private: at('private', reading.flag),
      default: given['default'],
    }),
  };
  checkFit(reading, field, path);
  return field;
}

/** Declared arguments by name. */
export function readFields(
  reading: Reading,
  value: Json | undefined,
  path: Path,
  isTop = true,
): Readonly<Record<string, Field>> | undefined {
  const given = reading.map(value, path, NAME);
  if (!given) return undefined;
  const out: Record<string, Field> = {};
  for (const [name, member] of Object.entries(given)) {
    const field = readField(reading, member, [...path, name], isTop);
    out[name] = field ?? BROKEN;
  }
  return out;
}

function readEnum(
  reading: Reading,
  value: Json,
  path: Path,
): readonly (string | number)[] | undefined {
  const isList = Array.isArray(value) && value.length > 0;
  if (isList && value.every((one: Json) => typeof one === 'string' || typeof one === 'number'))
    return value;
  return reading.report({
    code: 'wrong-type',
    path,
    message: 'must be a list of at least one text or number',
  });
}

const bound = (reading: Reading, value: Json, path: Path): number | undefined =>
  typeof value === 'number'
    ? value
    : reading.report({ code: 'wrong-type', path, message: 'must be a number' });

function checkFit(reading: Reading, field: Field, path: Path): void {
  const refuse = (key: string, message: string): undefined =>
    reading.report({ code: 'bad-value', path: [...path, key], message });
  if (field.items && field.type !== 'array') refuse('items', 'only an array has items');
  if (field.fields && field.type !== 'object') refuse('fields', 'only an object has fields');
  if (field.minimum !== undefined && field.maximum !== undefined && field.minimum > field.maximum)
    refuse('minimum', 'is above the maximum');
  if (field.default === undefined) return;
  const type = { name: 'default', version: 1, resource: '', arguments: { default: field } };
  const valid = validateArguments(type, { default: structuredClone(field.default) });
  if (!valid.ok) refuse('default', `${valid.error.message}, as any other value of this argument`);
}
