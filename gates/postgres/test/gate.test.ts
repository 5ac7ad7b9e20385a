import { describe, expect, test } from 'vitest';
import { createPostgresGate, type Classified, type QueryArguments } from '../src/index.ts';
import type { StatementFacts } from '../src/sql/facts.ts';

const plain: StatementFacts = {
  kind: 'select',
  verbs: ['select'],
  reads: ['public.customers'],
  writes: [],
  columns: { read: ['public.customers.plan'], set: [] },
  functions: [],
  risks: [],
  unbounded: false,
  hasWhere: true,
  rows: 1,
  export: false,
  classes: [],
  isClean: true,
  parameters: {},
  literalSensitive: false,
  changesCatalog: false,
  names: [],
};
const update: StatementFacts = {
  ...plain,
  kind: 'update',
  verbs: ['update'],
  reads: [],
  writes: ['public.customers'],
  columns: { read: ['public.customers.id'], set: ['public.customers.plan'] },
  rows: 3,
};

/** A gate whose classifier knows `a`, `b` … by what is given here. */
const gateOf = (texts: Readonly<Record<string, readonly StatementFacts[] | Classified>>) =>
  createPostgresGate({
    find: (name) =>
      name === 'crm'
        ? {
            owner: 'data-owners',
            executionMs: 70_000,
            classify: (text) => {
              const known = texts[text] ?? [];
              if ('is' in known) return known;
              return {
                is: 'understood',
                facts: { statements: known, inspectable: 'full', gaps: [] },
              };
            },
          }
        : undefined,
  });
const args: QueryArguments = { text: 'a', lane: 'read', transaction: 'own' };
const of = (
  texts: Parameters<typeof gateOf>[0],
  more: Readonly<Record<string, unknown>> = {},
  evidence?: unknown,
) =>
  gateOf(texts).understand({
    type: 'sql.query',
    resource: { type: 'Database', id: 'crm' },
    arguments: { ...args, ...more },
    ...(evidence === undefined ? {} : { evidence: evidence as never }),
  });
const must = (...how: Parameters<typeof of>) => {
  const got = of(...how);
  if (!got.ok) throw new Error(JSON.stringify(got.error));
  return got.value;
};

const execute = (name: string): StatementFacts => ({
  ...plain,
  kind: 'execute',
  rows: undefined,
  names: [{ does: 'execute', name }],
});
/** A text of these statements, names of which were said earlier. */
const asked = (statements: readonly StatementFacts[], ...names: readonly string[]) =>
  must({
    a: {
      is: 'understood',
      facts: {
        statements,
        inspectable: 'partial',
        gaps: names.map((name) => `what \`${name}\` is was said earlier`),
      },
    },
  });

describe('POL-22: what a statement is judged as', () => {
  test.each([
    ['a read', {}, 'sql.select'],
    ['the plan of something', { kind: 'explain', risks: ['explain'] }, 'sql.select'],
    ['a transaction', { kind: 'tx', verbs: ['begin'] }, 'sql.select'],
    ['everything of a relation', { export: true, risks: ['export'] }, 'sql.export'],
    ['COPY out', { kind: 'copy-out', risks: ['copy-out'] }, 'sql.export'],
    ['a change', update, 'sql.write'],
    ['a write in a WITH', { risks: ['cte-write'], writes: ['public.customers'] }, 'sql.write'],
    ['a read that locks', { risks: ['row-lock'] }, 'sql.write'],
    ['a read that calls what may write', { risks: ['user-function'] }, 'sql.write'],
    ['a right', { kind: 'ddl', risks: ['privilege'] }, 'sql.ddl'],
    ['a setting of the server', { kind: 'set', risks: ['server-config'] }, 'sql.ddl'],
    ['a kind nobody knows', { kind: 'unknown', risks: [] }, 'sql.ddl'],
    ['a risk nobody knows', { risks: ['brand-new'] }, 'sql.ddl'],
  ] as const)('%s', (_, facts, judgedAs) => {
    const { judgedAs: got, facts: told } = must({ a: [{ ...plain, ...facts }] });
    expect(got).toBe(judgedAs);
    expect('destination' in told).toBe(judgedAs === 'sql.export');
  });

  test('of several the strictest, and the union of what they say', () => {
    const understood = must({
      a: [
        { ...plain, classes: ['pii.email'], rows: 10 },
        { ...update, hasWhere: false, unbounded: true, risks: ['trigger'] },
        { ...plain, kind: 'ddl', verbs: ['drop'], risks: ['drop'], rows: 0 },
      ],
    });
    expect(understood.judgedAs).toBe('sql.ddl');
    expect(understood.facts['sql']).toEqual({
      verbs: ['drop', 'select', 'update'],
      tables: ['public.customers'],
      pii: ['pii.email'],
      rows: 13,
      hasWhere: false,
      risks: ['drop', 'trigger'],
      functions: [],
      columns: ['public.customers.id', 'public.customers.plan'],
      unbounded: true,
      statements: 3,
      masked: true,
      clear: [],
      inTransaction: false,
    });
    expect(understood.headline).toBe(
      '3 statements: reads public.customers; unbounded UPDATE on public.customers; DROP',
    );
  });

  test('R2: rows nobody knows are more than any limit; the planner’s guess stands in for them', () => {
    const unknown = { a: [{ ...plain, rows: undefined }] };
    expect(must(unknown).facts).toMatchObject({ sql: { rows: 1_000_000_000 } });
    const guessed = must(unknown, {}, { rows: 119.2, cost: 3_500.5 });
    expect(guessed.facts).toMatchObject({ sql: { rows: 120 } });
    expect(guessed.headline).toBe('reads public.customers: about 120 rows');
    expect(guessed.details).toContainEqual({
      label: 'Rows',
      value: 'at most 120; the planner guesses 120 at a cost of 3501',
    });
    for (const evidence of ['many', { rows: -1, cost: 1 }, { rows: 1 }, null, [1]])
      expect(must(unknown, {}, evidence).facts).toMatchObject({ sql: { rows: 1_000_000_000 } });
    // what the catalog says for certain is not made smaller by a guess
    expect(must({ a: [plain] }, {}, { rows: 0, cost: 0 }).facts).toMatchObject({
      sql: { rows: 1 },
    });
  });

  test('R2: an EXECUTE is what the text prepared before it, else nobody knows what it is', () => {
    const prepare: StatementFacts = {
      ...update,
      kind: 'prepare',
      names: [{ does: 'prepare', name: 'p' }],
    };
    const blind = { judgedAs: 'sql.ddl', inspectable: 'none' };
    expect(asked([execute('p')], 'p')).toMatchObject(blind);
    expect(asked([prepare, execute('q')], 'q')).toMatchObject(blind);
    expect(asked([execute('p'), prepare], 'p')).toMatchObject(blind);
    const twice = asked([prepare, execute('p'), execute('p')], 'p');
    expect(twice).toMatchObject({
      judgedAs: 'sql.write',
      inspectable: 'full',
      facts: { sql: { rows: 6 } },
    });
    expect(asked([prepare, execute('p')], 'p', 'c')).toMatchObject({ inspectable: 'partial' });
    // what was prepared before says for itself which name it is of
    const texts = { a: [execute('p')], b: [prepare], c: [update] };
    const before = (text: string) => must(texts, { prepared: [{ name: 'p', text }] });
    expect(before('b')).toMatchObject({ judgedAs: 'sql.write', facts: { sql: { rows: 3 } } });
    expect(before('c')).toMatchObject(blind);
  });

  test('R2: what cannot be read is of the strictest class, so that a stop can say no on record', () => {
    const refused = { is: 'refused', risk: 'unparseable', message: 'syntax' } as const;
    expect(must({ a: refused })).toMatchObject({
      judgedAs: 'sql.ddl',
      inspectable: 'none',
      facts: { sql: { risks: ['unparseable'], rows: 1_000_000_000, unbounded: true } },
      headline: 'SQL that is not understood: syntax',
    });
  });
});

describe('what people see', () => {
  test('a change: where, how many, what it sets, whose data it is', () => {
    const seen = must({ a: [update] }, { lane: 'write' });
    expect(seen.headline).toBe('UPDATE on public.customers: at most 3 rows, sets plan');
    expect(Object.fromEntries(seen.details.map(({ label, value }) => [label, value]))).toEqual({
      Statement: 'a',
      Writes: 'public.customers',
      'Columns read': 'public.customers.id',
      'Columns set': 'public.customers.plan',
      Rows: 'at most 3',
      Bounded: 'yes',
      'Owner of the data': 'data-owners',
      'Runs as': 'the role that writes',
      Transaction: 'its own',
    });
  });

  test('R9: of a bound value that is private only its class is shown', () => {
    const values = [
      { type: 25, format: 'text', value: 'Ana Lima' },
      { type: 23, format: 'text', value: '7' },
      { type: 17, format: 'binary', value: 'AQI=' },
      { type: 0, format: 'text', value: null },
    ];
    const seen = must({ a: [{ ...update, parameters: { 1: 'pii.name' } }] }, { values });
    expect(seen.privateArguments).toEqual(['values']);
    const shown = seen.details.filter(({ label }) => label.startsWith('$'));
    expect(shown.map(({ value }) => value)).toEqual([
      '‹pii.name›',
      '7',
      'binary, base64 AQI=',
      'NULL',
    ]);
    expect(JSON.stringify(seen.details)).not.toContain('Ana');
    expect(must({ a: [update] }, { values }).privateArguments).toEqual([]);
  });

  test('what is asked for in clear, and that a permission would repeat', () => {
    const shape = `sha256:${'0'.repeat(64)}`;
    const seen = must(
      { a: [plain] },
      { clear: ['pii.email'], transaction: 'block', repeats: { shape, ms: 1_000 } },
    );
    expect(seen.facts).toMatchObject({
      sql: { masked: false, clear: ['pii.email'], inTransaction: true },
    });
    const labels = seen.details.map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(['Asked for in clear', 'Repeats']));
    expect(seen.executionMs).toBe(70_000);
    expect(seen.audience).toBe('gate:postgres');
  });
});

describe('arguments are closed, and all of them are bound', () => {
  const value = { type: 25, format: 'text', value: 'x' };
  test.each([
    ['an argument nobody knows', { estimate: { rows: 1, cost: 1 } }, '$.arguments.estimate'],
    ['a lane of its own', { lane: 'admin' }, '$.arguments.lane'],
    [
      'a value that is no text',
      { values: [{ ...value, value: 7 }] },
      '$.arguments.values[0].value',
    ],
    ['a value with more in it', { values: [{ ...value, x: 1 }] }, '$.arguments.values[0].x'],
    ['a format nobody knows', { formats: [2] }, '$.arguments.formats[0]'],
    ['rows below nothing', { maxRows: -1 }, '$.arguments.maxRows'],
    ['a NUL', { text: 'a\0b' }, '$.arguments.text'],
    ['a longer permission', { repeats: { shape: 'x', ms: 60_000 } }, '$.arguments.repeats.ms'],
    ['a shape that is none', { repeats: { shape: 'x', ms: 1 } }, '$.arguments.repeats.shape'],
  ])('%s is refused', (_, more, path) => {
    expect(of({ a: [plain] }, more)).toMatchObject({
      ok: false,
      error: { code: 'invalid-arguments', path },
    });
  });

  test('a database that is not mounted is none', () => {
    const gate = gateOf({});
    const ask = (type: string, id: string) =>
      gate.understand({ type: 'sql.query', resource: { type, id }, arguments: { ...args } });
    expect(ask('Database', 'other')).toMatchObject({ error: { code: 'unknown-resource' } });
    expect(ask('Host', 'crm')).toMatchObject({ error: { code: 'unknown-resource' } });
  });

  test('R3: everything that decides what runs is in what is bound', () => {
    const all = {
      values: [value],
      formats: [1],
      maxRows: 5,
      prepared: [{ name: 'p', text: 'b' }],
      clear: ['pii.email'],
    };
    const { bound, presentational } = must({ a: [plain], b: [plain] }, all);
    expect(bound).toEqual({ ...args, ...all });
    expect(presentational).toEqual({});
  });
});
