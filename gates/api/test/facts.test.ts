import type { Json } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { understood } from './fixture.ts';

const CRM = 'Database::crm';
const MAX = Number.MAX_SAFE_INTEGER;
const read = (args: { readonly [name: string]: Json }) =>
  understood('sql.select', CRM, { table: 'customers', columns: ['id'], ...args });
const write = (args: { readonly [name: string]: Json }) =>
  understood('sql.write', CRM, { table: 'customers', ...args });

describe('sql facts of reads', () => {
  test.each<readonly [string, { readonly [name: string]: Json }, Record<string, unknown>, string]>([
    [
      'plain',
      {},
      { verbs: ['select'], tables: ['customers'], pii: [], rows: 60_000, hasWhere: false },
      'full',
    ],
    ['a smaller limit bounds rows', { limit: 200 }, { rows: 200 }, 'full'],
    ['a larger one does not', { limit: 1e6 }, { rows: 60_000 }, 'full'],
    ['limit 0 means no limit to some', { limit: 0 }, { rows: 60_000 }, 'partial'],
    ['so does a negative one', { limit: -1 }, { rows: 60_000 }, 'partial'],
    [
      'personal data by class, sorted',
      { columns: ['phone', 'id', 'email'] },
      { pii: ['email', 'phone'] },
      'full',
    ],
    [
      'a filter reveals what it picks by',
      { where: { email: 'a@b.example' } },
      { pii: ['email'], hasWhere: true, rows: 60_000 },
      'full',
    ],
    ['a filter by several values', { where: { id: [1, 2] } }, { hasWhere: true, pii: [] }, 'full'],
    ['an empty filter is none', { where: {} }, { hasWhere: false }, 'full'],
    ['a filter with operators', { where: { id: { gt: 1 } } }, { hasWhere: true }, 'partial'],
    ['a filter by an unknown column', { where: { ssn: 1 } }, { pii: ['unknown'] }, 'partial'],
    ['all columns', { columns: ['*'] }, { pii: ['email', 'phone'] }, 'partial'],
    ['no columns', { columns: [] }, { pii: ['email', 'phone'] }, 'partial'],
    ['all among others', { columns: ['id', '*'] }, { pii: ['email', 'phone'] }, 'partial'],
    ['an unknown column', { columns: ['id', 'ssn'] }, { pii: ['unknown'] }, 'partial'],
    [
      'an unknown table',
      { table: 'orders' },
      { tables: ['orders'], pii: ['unknown'], rows: MAX },
      'partial',
    ],
    ['an unknown table, limited', { table: 'orders', limit: 5 }, { rows: 5 }, 'partial'],
    ['another spelling is another table', { table: 'Customers' }, { rows: MAX }, 'partial'],
    ['a schema in front', { table: 'public.customers' }, { rows: MAX }, 'partial'],
    [
      'SQL in place of a table',
      { table: 'customers; DROP TABLE customers' },
      { rows: MAX },
      'partial',
    ],
    ['SQL in place of a column', { columns: ['id, email'] }, { pii: ['unknown'] }, 'partial'],
    ['a function around a column', { columns: ['max(email)'] }, { pii: ['unknown'] }, 'partial'],
    ['a name every object has', { table: 'constructor' }, { rows: MAX }, 'partial'],
    ['such a column', { columns: ['toString'] }, { pii: ['unknown'] }, 'partial'],
    ['the prototype', { table: '__proto__' }, { rows: MAX }, 'partial'],
  ])('%s', (_, args, sql, grade) => {
    const { facts, inspectable } = read(args);
    expect(facts['sql']).toMatchObject(sql);
    expect(inspectable).toBe(grade);
  });

  test('what was not understood is said, without values', () => {
    const { details } = read({ columns: ['ssn-123'], where: { x: { y: 1 } } });
    const gaps = details
      .filter(({ label }) => label === 'not understood')
      .map(({ value }) => value);
    expect(gaps).toEqual([
      'the filter compares with something other than plain values',
      'a column is not in the catalogue',
    ]);
  });
});

describe('sql facts of writes', () => {
  test.each<readonly [string, { readonly [name: string]: Json }, Record<string, unknown>, string]>([
    [
      'insert touches one row',
      { verb: 'insert', values: { id: 1, email: 'x' } },
      { verbs: ['insert'], rows: 1, pii: ['email'] },
      'full',
    ],
    [
      'update touches up to all',
      { verb: 'update', values: { plan: 'x' }, where: { id: 1 } },
      { rows: 60_000, hasWhere: true, pii: [] },
      'full',
    ],
    [
      'update, limited',
      { verb: 'update', values: { plan: 'x' }, limit: 3 },
      { rows: 3, hasWhere: false },
      'full',
    ],
    [
      'delete takes whole rows',
      { verb: 'delete', where: { id: 1 } },
      { rows: 60_000, pii: ['email', 'phone'] },
      'full',
    ],
    [
      'delete with columns',
      { verb: 'delete', values: { id: 1 } },
      { pii: ['email', 'phone'] },
      'partial',
    ],
    [
      'drop',
      { verb: 'drop' },
      { verbs: ['drop'], rows: 60_000, pii: ['email', 'phone'], hasWhere: false },
      'full',
    ],
    ['drop with a limit', { verb: 'drop', limit: 1 }, { rows: 60_000 }, 'partial'],
    ['drop with a filter', { verb: 'drop', where: { id: 1 } }, { rows: 60_000 }, 'partial'],
    [
      'insert of many rows in one',
      { verb: 'insert', values: { id: [1, 2, 3] } },
      { rows: 60_000 },
      'partial',
    ],
    ['update to an expression', { verb: 'update', values: { plan: { raw: 'x' } } }, {}, 'partial'],
    ['update of nothing', { verb: 'update' }, { pii: ['email', 'phone'] }, 'partial'],
  ])('%s', (_, args, sql, grade) => {
    const { facts, inspectable } = write(args);
    expect(facts['sql']).toMatchObject(sql);
    expect(inspectable).toBe(grade);
  });
});

test.each([
  ['arn:aws:iam::aws:policy/ReadOnlyAccess', false],
  ['arn:aws:iam::aws:policy/AdministratorAccess', true],
  ['arn:aws:iam::aws:policy/job/ADMINISTRATORACCESS', true],
  ['arn:aws:iam::aws:policy/AdministratorAccess ', true],
  ['arn:aws:iam::aws:policy/Administrator\u200bAccess', true],
  ['arn:aws:iam::aws:policy/AdministratorАccess', true],
  ['arn:aws:iam::1234:policy/harmless', true],
  [' arn:aws:iam::aws:policy/ReadOnlyAccess', true],
])('%j is admin-like: %s', (policyArn, adminLike) => {
  expect(understood('iam.attach', 'AwsAccount::1', { policyArn }).facts).toEqual({
    policyArn,
    adminLike,
  });
});

test.each<readonly [string, Record<string, unknown>, string]>([
  ['v1', { testsGreen: true, size: 3, kind: 'rollout' }, 'full'],
  ['v9', { testsGreen: false, size: 99, kind: 'rollout' }, 'partial'],
  ['odd', { testsGreen: false, size: 99, kind: 'rollout' }, 'partial'],
  ['constructor', { testsGreen: false, size: 99, kind: 'rollout' }, 'partial'],
])('release %s is what is registered, not what is said', (release, facts, grade) => {
  const answer = understood('deploy.release', 'Service::shop', { release });
  expect(answer.facts).toEqual(facts);
  expect(answer.inspectable).toBe(grade);
});

test('an optional argument that is left out is no fact', () => {
  expect(understood('mfa.reset', 'Account::dave@idp', { subject: 'dave' }).facts).toEqual({});
  expect(
    understood('mfa.reset', 'Account::dave@idp', { subject: 'dave', ticket: 'T-1' }).facts,
  ).toEqual({ ticket: 'T-1' });
});

test('an open argument that no rule reads makes the action partially understood', () => {
  const plain = understood('deploy.release', 'Service::shop', { release: 'v1' });
  const open = understood('deploy.release', 'Service::shop', { release: 'v1', extra: {} });
  expect([plain.inspectable, open.inspectable]).toEqual(['full', 'partial']);
});

test('a type can be declared unreadable', () => {
  expect(understood('script.run', 'Service::shop', { code: 'x' }).inspectable).toBe('none');
});
