import type { Json } from '@countersign/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createApiGate } from '../src/index.ts';
import { CATALOGUE, propose, TYPES, typesOf, understood } from './fixture.ts';

const CRM = 'Database::crm';
const ARGS = { table: 'customers', columns: ['id'] };

test('an action is complete: type, version, resource, who runs it, under what, how long', () => {
  expect(understood('sql.select', CRM, { ...ARGS, note: 'hi' })).toEqual({
    type: 'sql.select',
    schemaVersion: 3,
    resource: { type: 'Database', id: 'crm' },
    bound: ARGS,
    presentational: { note: 'hi' },
    judgedAs: 'sql.select',
    facts: {
      sql: { verbs: ['select'], tables: ['customers'], pii: [], rows: 60_000, hasWhere: false },
    },
    inspectable: 'full',
    headline: 'Read id of crm.customers',
    details: [
      { label: 'table', value: 'customers' },
      { label: 'verb', value: 'select' },
      { label: 'rows at most', value: '60,000' },
      { label: 'personal data', value: '(none)' },
      { label: 'filtered', value: 'no' },
    ],
    privateArguments: [],
    audience: 'crm-runner',
    credential: 'crm-reader',
    executionMs: 30_000,
  });
});

test('R3 what is understood is frozen, and not what the caller holds', () => {
  const args = { table: 'customers', columns: ['id'] };
  const answer = understood('sql.select', CRM, args);
  args.table = 'other';
  expect(answer.bound['table']).toBe('customers');
  for (const part of [
    answer,
    answer.bound,
    answer.bound['columns'],
    answer.facts,
    answer.facts['sql'],
  ])
    expect(Object.isFrozen(part)).toBe(true);
});

describe('refusals', () => {
  test.each<readonly [string, string, string, Json, string, string]>([
    ['an undeclared type', 'sql.drop', CRM, {}, 'unknown-action-type', '$.type'],
    ['a type every object has', 'constructor', CRM, {}, 'unknown-action-type', '$.type'],
    [
      'an unlisted resource',
      'sql.select',
      'Database::hr',
      ARGS,
      'unknown-resource',
      '$.resource.id',
    ],
    [
      'a resource of another type',
      'sql.select',
      'Service::shop',
      ARGS,
      'unknown-resource',
      '$.resource.type',
    ],
    [
      'an undeclared argument',
      'sql.select',
      CRM,
      { ...ARGS, force: true },
      'invalid-arguments',
      '$.arguments.force',
    ],
    [
      'a missing one',
      'sql.select',
      CRM,
      { table: 'x' },
      'invalid-arguments',
      '$.arguments.columns',
    ],
    [
      'H4 an entity in place of text',
      'sql.select',
      CRM,
      { ...ARGS, table: { __entity: { type: 'X', id: 'y' } } },
      'invalid-arguments',
      '$.arguments.table',
    ],
    [
      'H4 an extension inside a list',
      'sql.select',
      CRM,
      { ...ARGS, columns: [{ __extn: { fn: 'unknown', arg: 'x' } }] },
      'invalid-arguments',
      '$.arguments.columns[0]',
    ],
    ['null', 'sql.select', CRM, null, 'invalid-arguments', '$.arguments'],
    ['a list', 'sql.select', CRM, [], 'invalid-arguments', '$.arguments'],
    [
      'a number for text',
      'sql.select',
      CRM,
      { ...ARGS, table: 1 },
      'invalid-arguments',
      '$.arguments.table',
    ],
    [
      'a fraction for an integer',
      'sql.select',
      CRM,
      { ...ARGS, limit: 1.5 },
      'invalid-arguments',
      '$.arguments.limit',
    ],
    [
      'H7 an integer beyond 2^53-1',
      'sql.select',
      CRM,
      { ...ARGS, limit: 2 ** 53 },
      'invalid-arguments',
      '$.arguments.limit',
    ],
    [
      'a verb that is not listed',
      'sql.write',
      CRM,
      { verb: 'grant', table: 'x' },
      'invalid-arguments',
      '$.arguments.verb',
    ],
    [
      'a blank where policy asks for a ticket',
      'mfa.reset',
      'Account::dave@idp',
      { subject: 'dave', ticket: ' \u00a0' },
      'invalid-arguments',
      '$.arguments.ticket',
    ],
    [
      'R5 another subject than the holder',
      'mfa.reset',
      'Account::dave@idp',
      { subject: 'zoe' },
      'invalid-arguments',
      '$.arguments.subject',
    ],
  ])('%s', (_, type, on, args, code, path) => {
    expect(propose(type, on, args)).toMatchObject({ ok: false, error: { code, path } });
  });
});

describe('R5 the subject', () => {
  test('is the person the resource belongs to', () => {
    expect(understood('mfa.reset', 'Account::dave@idp', { subject: 'dave' })).toMatchObject({
      subject: 'dave',
      inspectable: 'full',
      judgedAs: 'idp.mfa.reset',
    });
  });
  test('is only partially understood where nobody but the agent says who', () => {
    expect(understood('mfa.reset', 'Account::unclaimed', { subject: 'zoe' })).toMatchObject({
      subject: 'zoe',
      inspectable: 'partial',
    });
  });
});

const headline = (table: string): string =>
  understood('sql.select', CRM, { table, columns: ['id'] }).headline;

describe('R8 the headline', () => {
  test.each([
    ['customers', 'Read id of crm.customers'],
    ['x (approved by security)', 'Read id of crm."x (approved by security)"'],
    ['a\nb', String.raw`Read id of crm."a\nb"`],
    ['{resource}', 'Read id of crm."{resource}"'],
    ['$&', 'Read id of crm."$&"'],
    ['"', String.raw`Read id of crm."\""`],
    ['', 'Read id of crm.(none)'],
  ])('shows %j so that it cannot be mistaken for ours', (table, line) => {
    expect(headline(table)).toBe(line);
  });
  test('stays short and well-formed', () => {
    const long = headline('😀'.repeat(500));
    expect(long.length).toBeLessThan(110);
    expect(long.isWellFormed()).toBe(true);
    const many = understood('sql.select', CRM, {
      table: 'customers',
      columns: Array.from({ length: 99 }, () => 'id'),
    });
    expect(many.headline).toBe('Read id, id, id, id, id, id, id, id and 91 more of crm.customers');
  });
});

test('R9 private arguments are named as such and stay out of headline and details', () => {
  const answer = understood('iam.attach', 'AwsAccount::1', {
    policyArn: 'arn:x',
    secret: 'hush-hush',
  });
  expect(answer.privateArguments).toEqual(['secret']);
  expect(JSON.stringify([answer.headline, answer.details, answer.facts])).not.toContain('hush');
});

type Sql = { readonly pii: readonly string[]; readonly rows: number };
const sqlOf = (args: object): Sql =>
  understood('sql.select', CRM, args as Json).facts['sql'] as unknown as Sql;

describe('properties', () => {
  const gate = createApiGate(typesOf(TYPES), CATALOGUE);
  const on = { type: 'Database', id: 'crm' };
  const args = fc.record(
    {
      table: fc.constantFrom('customers', 'orders', '__proto__'),
      columns: fc.array(fc.constantFrom('id', 'email', '*', 'x', 'toString')),
      where: fc.dictionary(
        fc.constantFrom('id', 'email', 'x'),
        fc.jsonValue() as fc.Arbitrary<Json>,
      ),
      limit: fc.integer(),
    },
    { requiredKeys: ['table', 'columns'] },
  );

  test("facts, grade, headline and details never depend on presentational fields or the agent's claim", () => {
    fc.assert(
      fc.property(args, fc.jsonValue(), fc.string(), (given, note, claim) => {
        const proposal = { type: 'sql.select', resource: on, arguments: given as Json };
        const said = {
          ...proposal,
          arguments: { ...given, note } as Json,
          claim,
          onBehalfOf: claim,
        };
        const plain = gate.understand(proposal);
        const dressed = gate.understand(said);
        if (!plain.ok || !dressed.ok) throw new Error('both are understood');
        const { presentational, ...rest } = dressed.value;
        expect(presentational).toEqual({ note });
        expect({ ...rest, presentational: {} }).toEqual(plain.value);
      }),
    );
  });

  test('more columns never mean less personal data; a limit never more rows', () => {
    fc.assert(
      fc.property(args, fc.constantFrom('id', 'email', '*', 'x'), (given, column) => {
        const columns = given.columns.length === 0 ? ['id'] : given.columns;
        const few = sqlOf({ ...given, columns });
        const more = sqlOf({ ...given, columns: [...columns, column] });
        if (column === '*' || columns.includes('*')) return;
        for (const one of few.pii) expect(more.pii).toContain(one);
        const { limit: _, ...unlimited } = given;
        expect(few.rows).toBeLessThanOrEqual(sqlOf(unlimited).rows);
        expect(few.rows).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('any proposal gets a value or a refusal, never an exception', () => {
    const id = fc.oneof(fc.string(), fc.constantFrom('crm', 'shop', '1', 'dave@idp'));
    const type = fc.oneof(fc.string(), fc.constantFrom(...Object.keys(TYPES)));
    const kind = fc.oneof(
      fc.string(),
      fc.constantFrom('Database', 'Service', 'AwsAccount', 'Account'),
    );
    fc.assert(
      fc.property(type, kind, id, fc.oneof(fc.jsonValue(), args), (name, resource, of, given) => {
        const answer = gate.understand({
          type: name,
          resource: { type: resource, id: of },
          arguments: given as Json,
        });
        expect(answer.ok ? answer.value.type : answer.error.message).toBeTruthy();
      }),
      { numRuns: 500 },
    );
  });
});
