import type { Fact, Field, Json } from '@countersign/core';
import type { FactRule, Word } from './action-type.ts';
import { BROKEN } from './read-field.ts';
import { present, type Members, type Path, type Reading } from './reading.ts';

const KINDS = ['argument', 'value', 'sql', 'matches', 'lookup'] as const;
const GRADES = ['full', 'partial', 'none'] as const;
const SCALARS: ReadonlySet<Field['type']> = new Set(['string', 'integer', 'boolean']);

/** What a rule may refer to. */
type Scope = { readonly reading: Reading; readonly fields: Readonly<Record<string, Field>> };

/** One rule: exactly one of the kinds. */
export function readFact(scope: Scope, value: Json | undefined, path: Path): FactRule | undefined {
  const { reading } = scope;
  const given = reading.record(value, path, KINDS);
  if (!given) return undefined;
  const [kind, ...more] = KINDS.filter((one) => given[one] !== undefined);
  if (kind === undefined || more.length > 0)
    return reading.report({
      code: 'missing-key',
      path,
      message: `must have exactly one of ${KINDS.join(', ')}`,
    });
  const at = [...path, kind];
  switch (kind) {
    case 'argument': {
      const argument = argumentOf(
        scope,
        given[kind],
        at,
        isFactual,
        'text, integer, boolean or a list of these',
      );
      return argument === undefined ? undefined : { from: 'argument', argument };
    }
    case 'value': {
      const constant = readConstant(reading, given[kind], at);
      return constant === undefined ? undefined : { from: 'value', value: constant };
    }
    case 'sql':
      return readSql(scope, given[kind], at);
    case 'matches':
      return readMatches(scope, given[kind], at);
    case 'lookup':
      return readLookup(scope, given[kind], at);
  }
}

const isFactual = (field: Field): boolean =>
  SCALARS.has(field.type) ||
  (field.type === 'array' && field.items !== undefined && SCALARS.has(field.items.type));
const isText = (field: Field): boolean => field.type === 'string';
const isScalar = (one: Json | undefined): boolean =>
  typeof one === 'string' || typeof one === 'boolean' || Number.isSafeInteger(one);
const isListed = (field: Field): boolean => isText(field) && field.enum !== undefined;
const isWhere = ({ type }: Field): boolean => type === 'object' || type === 'string';
const isColumns = ({ type, items }: Field): boolean =>
  type === 'object' || (type === 'array' && items?.type === 'string');

/** The name of a declared argument that binds. Presentational ones are the agent's words: never a fact. */
export function argumentOf(
  { reading, fields }: Scope,
  value: Json | undefined,
  path: Path,
  fits: (field: Field) => boolean,
  want: string,
): string | undefined {
  const name = reading.text(value, path);
  if (name === undefined) return undefined;
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field)
    return reading.report({
      code: 'unknown-argument',
      path,
      message: `\`${name}\` is not a declared argument`,
      given: name,
      known: Object.keys(fields),
    });
  if (field === BROKEN) return name;
  if (field.presentational === true)
    return reading.report({
      code: 'bad-value',
      path,
      message: `\`${name}\` is presentational: the agent's words are never a fact`,
    });
  return fits(field)
    ? name
    : reading.report({
        code: 'bad-value',
        path,
        message: `\`${name}\` must be declared as ${want}`,
      });
}

function readConstant(reading: Reading, value: Json | undefined, path: Path): Fact | undefined {
  if (isScalar(value) || (Array.isArray(value) && value.every(isScalar))) return value as Fact;
  return reading.report({
    code: 'wrong-type',
    path,
    message: 'must be text, integer, boolean or a list of these',
  });
}

function readSql(scope: Scope, value: Json | undefined, path: Path): FactRule | undefined {
  const given = scope.reading.record(value, path, ['verb', 'table', 'columns', 'where', 'limit']);
  if (!given) return undefined;
  const named = (key: string, fits: (field: Field) => boolean, want: string): string | undefined =>
    given[key] === undefined
      ? undefined
      : argumentOf(scope, given[key], [...path, key], fits, want);
  const verb = readVerb(scope, given['verb'], [...path, 'verb']);
  const table = argumentOf(scope, given['table'], [...path, 'table'], isText, 'text');
  const rest = present<{ columns: string; where: string; limit: string }>({
    columns: named('columns', isColumns, 'a list of text or an object'),
    where: named('where', isWhere, 'an object'),
    limit: named('limit', ({ type }) => type === 'integer', 'integer'),
  });
  return verb === undefined || table === undefined
    ? undefined
    : { from: 'sql', verb, table, ...rest };
}

/** A verb is a word of the declaration, or an argument that can only be one of the words listed there. */
function readVerb(scope: Scope, value: Json | undefined, path: Path): Word | undefined {
  if (typeof value === 'string' || value === undefined) return scope.reading.text(value, path);
  const given = scope.reading.record(value, path, ['argument']);
  if (!given) return undefined;
  const argument = argumentOf(
    scope,
    given['argument'],
    [...path, 'argument'],
    isListed,
    'text with an enum',
  );
  return argument === undefined ? undefined : { argument };
}

function readMatches(scope: Scope, value: Json | undefined, path: Path): FactRule | undefined {
  const { reading } = scope;
  const given = reading.record(value, path, ['argument', 'ends_with', 'known']);
  if (!given) return undefined;
  const argument = argumentOf(scope, given['argument'], [...path, 'argument'], isText, 'text');
  const endsWith = reading.texts(given['ends_with'], [...path, 'ends_with']);
  const known =
    given['known'] === undefined ? [] : reading.texts(given['known'], [...path, 'known']);
  return argument === undefined || !endsWith || !known
    ? undefined
    : { from: 'matches', argument, endsWith, known };
}

const LOOKUP = ['list', 'key', 'member', 'otherwise', 'inspectable'];

function readLookup(scope: Scope, value: Json | undefined, path: Path): FactRule | undefined {
  const { reading } = scope;
  const given: Members | undefined = reading.record(value, path, LOOKUP);
  if (!given) return undefined;
  const list = reading.text(given['list'], [...path, 'list']);
  const key = argumentOf(scope, given['key'], [...path, 'key'], isText, 'text');
  const member = reading.text(given['member'], [...path, 'member']);
  const otherwise = readConstant(reading, given['otherwise'], [...path, 'otherwise']);
  const inspectable =
    given['inspectable'] === undefined
      ? 'partial'
      : reading.word(given['inspectable'], [...path, 'inspectable'], GRADES);
  if (list === undefined || key === undefined || member === undefined) return undefined;
  return otherwise === undefined || inspectable === undefined
    ? undefined
    : { from: 'lookup', list, key, member, otherwise, inspectable };
}
