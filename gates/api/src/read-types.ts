import { err, ok, parseDuration, type Field, type Json, type Result } from '@countersign/core';
import type { ApiActionType, FactRule, TypeProblem } from './action-type.ts';
import { placeholdersOf } from './headline.ts';
import { argumentOf, readFact } from './read-fact.ts';
import { readFields } from './read-field.ts';
import { createReading, present, type Members, type Path, type Reading } from './reading.ts';

const KEYS = [
  'version',
  'resource',
  'arguments',
  'judged_as',
  'executor',
  'credential',
  'execution_timeout',
  'subject',
  'headline',
  'inspectable',
  'facts',
];
const TYPE_NAME = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*$/;
const FACT_NAME = /^[a-zA-Z][a-zA-Z0-9]*$/;
const RESOURCE_NAME = /^[A-Z][A-Za-z0-9]*$/;
const SQL_MEMBERS = ['verbs', 'tables', 'pii', 'rows', 'hasWhere'];

/** Declared action types from plain data, or every problem with them at once. */
export function readActionTypes(
  json: Json,
): Result<readonly ApiActionType[], readonly TypeProblem[]> {
  const reading = createReading();
  const given = reading.map(json, [], TYPE_NAME);
  const types = Object.entries(given ?? {}).map(([name, value]) => readType(reading, name, value));
  if (reading.problems.length > 0) return err(reading.problems);
  return ok(Object.freeze(types.filter((type) => type !== undefined)));
}

function readType(reading: Reading, name: string, value: Json): ApiActionType | undefined {
  const path = [name];
  const given = reading.record(value, path, KEYS);
  if (!given) return undefined;
  const fields = readFields(reading, given['arguments'] ?? {}, [name, 'arguments']);
  const version = reading.count(given['version'], [name, 'version'], 1);
  const resource = matching(reading, given['resource'], [name, 'resource'], RESOURCE_NAME);
  const headline = reading.text(given['headline'], [name, 'headline']);
  if (!fields) return undefined;
  refuseReserved(reading, fields, path);
  const facts = readFacts(reading, fields, given['facts'] ?? {}, [name, 'facts']);
  const optional = readOptional(reading, given, fields, name);
  if (headline !== undefined)
    checkHeadline(reading, headline, { fields, facts, path: [name, 'headline'] });
  if (version === undefined || resource === undefined || headline === undefined) return undefined;
  return Object.freeze({
    judgedAs: name,
    inspectable: 'full',
    ...optional,
    name,
    version,
    resource,
    headline,
    facts,
    arguments: fields,
  });
}

function matching(
  reading: Reading,
  value: Json | undefined,
  path: Path,
  form: RegExp,
): string | undefined {
  const text = reading.text(value, path);
  if (text === undefined || form.test(text)) return text;
  return reading.report({
    code: 'bad-value',
    path,
    message: `\`${text}\` is not a name allowed here`,
  });
}

/** `{resource}` in a headline means the resource's id. */
function refuseReserved(
  reading: Reading,
  fields: Readonly<Record<string, Field>>,
  path: Path,
): void {
  if (Object.hasOwn(fields, 'resource'))
    reading.report({
      code: 'bad-name',
      path: [...path, 'arguments', 'resource'],
      message:
        '`resource` is the name of what the action acts on; call the argument something else',
    });
}

function readOptional(
  reading: Reading,
  given: Members,
  fields: Readonly<Record<string, Field>>,
  name: string,
): Partial<ApiActionType> {
  const at = <T>(key: string, read: (value: Json, path: Path) => T | undefined): T | undefined => {
    const member = given[key];
    return member === undefined ? undefined : read(member, [name, key]);
  };
  return present<ApiActionType>({
    judgedAs: at('judged_as', (value, path) => matching(reading, value, path, TYPE_NAME)),
    executor: at('executor', reading.text),
    credential: at('credential', reading.text),
    executionMs: at('execution_timeout', (value, path) => readDuration(reading, value, path)),
    subject: at('subject', (value, path) =>
      argumentOf({ reading, fields }, value, path, ({ type }) => type === 'string', 'text'),
    ),
    inspectable: at('inspectable', (value, path) =>
      reading.word(value, path, ['full', 'partial', 'none']),
    ),
  });
}

function readDuration(reading: Reading, value: Json, path: Path): number | undefined {
  const ms = typeof value === 'string' ? parseDuration(value) : undefined;
  return (
    ms ??
    reading.report({
      code: 'bad-value',
      path,
      message: 'must be a duration such as 30s, 15m, 2h, 1d',
    })
  );
}

function readFacts(
  reading: Reading,
  fields: Readonly<Record<string, Field>>,
  value: Json,
  path: Path,
): Readonly<Record<string, FactRule>> {
  const out: Record<string, FactRule> = {};
  for (const [name, rule] of Object.entries(reading.map(value, path, FACT_NAME) ?? {})) {
    if (name === 'base')
      reading.report({
        code: 'bad-name',
        path: [...path, name],
        message: '`base` is filled in by the gateway',
      });
    const read = readFact({ reading, fields }, rule, [...path, name]);
    if (read) out[name] = read;
  }
  return out;
}

type Declared = {
  readonly fields: Readonly<Record<string, Field>>;
  readonly facts: Readonly<Record<string, FactRule>>;
  readonly path: Path;
};

/** A headline is facts only: no private value, none of the agent's words. */
function checkHeadline(
  reading: Reading,
  headline: string,
  { fields, facts, path }: Declared,
): void {
  const factNames = Object.entries(facts).flatMap(([name, { from }]) =>
    from === 'sql' ? SQL_MEMBERS.map((member) => `${name}.${member}`) : [name],
  );
  const shown = Object.entries(fields).filter(
    ([, field]) => !field.private && !field.presentational,
  );
  const known = ['resource', ...shown.map(([name]) => name), ...factNames];
  for (const name of placeholdersOf(headline)) {
    const isHidden = Object.hasOwn(fields, name) && !known.includes(name);
    if (isHidden || isPrivateFact(name, fields, facts))
      reading.report({
        code: 'bad-value',
        path,
        message: `\`{${name}}\` is private or presentational and may not stand in a headline`,
      });
    else if (!known.includes(name))
      reading.report({
        code: 'unknown-argument',
        path,
        message: `\`{${name}}\` is neither an argument nor a fact`,
        given: name,
        known,
      });
  }
}

function isPrivateFact(
  name: string,
  fields: Declared['fields'],
  facts: Declared['facts'],
): boolean {
  const rule = Object.hasOwn(facts, name) ? facts[name] : undefined;
  return rule?.from === 'argument' && fields[rule.argument]?.private === true;
}
