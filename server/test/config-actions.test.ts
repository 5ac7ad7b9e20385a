import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadActionTypes } from '../src/config/actions.ts';
import { makeFolder, put } from './config-fixture.ts';

const GOOD = `crm.export:
  version: 1
  resource: Database
  headline: Export {columns} of {resource}.{table} to {destination}
  executor: runner
  arguments:
    table: { type: string }
    columns: { type: array, items: { type: string } }
    destination: { type: string, default: disk }
    note: { type: string, optional: true, presentational: true }
    key: { type: string, optional: true, private: true }
    options: { type: object, optional: true }
  facts:
    sql: { sql: { verb: select, table: table, columns: columns } }
    destination: { argument: destination }
`;

const EXECUTORS = { executors: [{ id: 'runner', tokenDigest: 'sha256:0' }] } as const;
const load = (text: string) => loadActionTypes(put(makeFolder(), 'actions.yaml', text), EXECUTORS);

test('the shipped types load', async () => {
  const path = fileURLToPath(new URL('../../policies/actions.yaml', import.meta.url));
  const types = await loadActionTypes(path, { executors: [] });
  expect(types.ok ? types.value.map(({ name }) => name) : types.error).toEqual([
    'sql.select',
    'sql.export',
    'sql.write',
    'sql.ddl',
    'aws.iam.attach',
    'terraform.apply',
    'deploy.release',
    'idp.mfa.reset',
  ]);
});

test('a type is complete, and frozen to the bottom', async () => {
  const types = await load(GOOD);
  if (!types.ok) throw new Error(JSON.stringify(types.error));
  const [type] = types.value;
  expect(type).toMatchObject({ judgedAs: 'crm.export', inspectable: 'full', executor: 'runner' });
  expect(Object.isFrozen(type?.arguments['columns']?.items)).toBe(true);
});

const BAD: readonly (readonly [string, string, string, Record<string, unknown>])[] = [
  [
    'unknown key',
    'version: 1',
    'version: 1\n  hedline: x',
    {
      code: 'unknown-key',
      line: 3,
      column: 3,
      path: '"crm.export".hedline',
      hint: 'did you mean `headline`?',
    },
  ],
  [
    'unknown key of an argument',
    '{ type: string }',
    '{ typ: string }',
    { code: 'unknown-key', line: 7, column: 14, hint: 'did you mean `type`?' },
  ],
  ['version zero', 'version: 1', 'version: 0', { code: 'wrong-type', line: 2, column: 12 }],
  [
    'no headline',
    '  headline: Export {columns} of {resource}.{table} to {destination}\n',
    '',
    { code: 'missing-key', line: 2, path: '"crm.export".headline' },
  ],
  [
    'a resource that is no type',
    'resource: Database',
    'resource: crm',
    { code: 'bad-value', line: 3, column: 13 },
  ],
  [
    'a type that is no name',
    'crm.export:',
    'Crm Export:',
    { code: 'bad-name', line: 1, column: 1 },
  ],
  [
    'an unknown argument type',
    '{ type: string }',
    '{ type: strng }',
    { code: 'bad-value', line: 7, column: 20, hint: 'did you mean `string`?' },
  ],
  [
    'an argument called resource',
    'table: { type: string }',
    'table: { type: string }\n    resource: { type: string }',
    { code: 'bad-name', line: 8, column: 5 },
  ],
  [
    'a default that would be refused',
    'default: disk',
    'default: 7',
    { code: 'bad-value', line: 9, path: '"crm.export".arguments.destination.default' },
  ],
  [
    'presentational below the top',
    'items: { type: string }',
    'items: { type: string, presentational: true }',
    { code: 'bad-value', line: 8 },
  ],
  [
    'a fact of an unknown argument',
    '{ argument: destination }',
    '{ argument: destinatoin }',
    { code: 'unknown-argument', line: 15, column: 30, hint: 'did you mean `destination`?' },
  ],
  [
    "R8 a fact of the agent's words",
    '{ argument: destination }',
    '{ argument: note }',
    { code: 'bad-value', line: 15, message: expect.stringContaining('presentational') },
  ],
  [
    'a fact of an open argument',
    '{ argument: destination }',
    '{ argument: options }',
    { code: 'bad-value', line: 15 },
  ],
  [
    'two kinds of one fact',
    '{ argument: destination }',
    '{ argument: destination, value: 1 }',
    { code: 'missing-key', line: 15 },
  ],
  [
    'the fact the gateway fills in',
    'destination: { argument',
    'base: { argument',
    { code: 'bad-name', line: 15, column: 5 },
  ],
  [
    'a fraction as constant',
    '{ argument: destination }',
    '{ value: 1.5 }',
    { code: 'wrong-type', line: 15, column: 27 },
  ],
  [
    'a verb the agent may write freely',
    'verb: select',
    'verb: { argument: table }',
    { code: 'bad-value', line: 14 },
  ],
  [
    'a limit that is text',
    'columns: columns }',
    'columns: columns, limit: table }',
    { code: 'bad-value', line: 14 },
  ],
  [
    'an unknown placeholder',
    '{destination}',
    '{destinatio}',
    { code: 'unknown-argument', line: 4, column: 13, hint: 'did you mean `destination`?' },
  ],
  [
    'R9 a private value in the headline',
    '{destination}',
    '{key}',
    { code: 'bad-value', line: 4, message: expect.stringContaining('private') },
  ],
  [
    "R8 the agent's words in the headline",
    '{destination}',
    '{note}',
    { code: 'bad-value', line: 4 },
  ],
  [
    'an executor nobody is',
    'executor: runner',
    'executor: runer',
    { code: 'unknown-executor', line: 5, column: 13, hint: 'did you mean `runner`?' },
  ],
  [
    'a subject that is no argument',
    'executor: runner',
    'subject: who',
    { code: 'unknown-argument', line: 5, column: 12 },
  ],
  [
    'a duration that is none',
    'executor: runner',
    'execution_timeout: soon',
    { code: 'bad-value', line: 5, column: 22 },
  ],
  [
    'the prototype as argument',
    'table: { type: string }',
    '__proto__: { type: string }',
    { code: 'bad-name', line: 7, column: 5 },
  ],
  [
    'a key twice',
    'version: 1',
    'version: 1\n  version: 2',
    { code: 'duplicate-key', line: 3, column: 3 },
  ],
];

describe('a bad declaration is refused with its place and a hint', () => {
  test.each(BAD)('%s', async (_, from, to, problem) => {
    expect(GOOD).toContain(from);
    const types = await load(GOOD.replace(from, () => to));
    expect(types.ok ? [] : types.error).toContainEqual(
      expect.objectContaining({ severity: 'error', ...problem }),
    );
    for (const { hint, line, column } of types.ok ? [] : types.error) {
      expect(hint).not.toBe('');
      expect(Math.min(line, column)).toBeGreaterThan(0);
    }
  });

  test('all problems at once', async () => {
    const types = await load(
      GOOD.replace('version: 1', 'version: x').replace('{ argument: destination }', '{}'),
    );
    expect(types.ok ? [] : types.error.map(({ line }) => line)).toEqual([2, 15]);
  });
});
