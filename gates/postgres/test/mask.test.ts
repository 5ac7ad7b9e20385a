import { expect, test } from 'vitest';
import { createMasker, type DataClasses } from '@countersign/core';
import type { Catalog, Holds, Relation } from '../src/catalog/catalog.ts';
import { createResultMasking } from '../src/mask/results.ts';
import type { StatementFacts } from '../src/sql/facts.ts';
import { readDataRow, readErrorFields } from '../src/wire/read-backend.ts';
import { message } from '../src/wire/write.ts';

const masker = createMasker({ key: new Uint8Array(32) });
const masking = (shown: readonly DataClasses[] = []): ReturnType<typeof createResultMasking> =>
  createResultMasking({
    masker: (unmasked) => createMasker({ key: new Uint8Array(32), unmasked }),
    shown: () => shown,
  });

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

const TABLE = 7777;
type Column = { readonly type: number; readonly holds?: Holds; readonly relation?: number };

const TEXT = 25;
const describe = (columns: readonly Column[], formats: readonly number[] = []): Buffer =>
  message(
    'T',
    int16(columns.length),
    ...columns.flatMap(({ type, relation = TABLE }, i) => [
      `c${i}`,
      int32(relation),
      int16(relation === 0 ? 0 : i + 1),
      int32(type),
      int16(-1),
      int32(-1),
      int16(formats[i] ?? 0),
    ]),
  );

const catalogOf = (columns: readonly Column[], isGuarded: boolean): Catalog => {
  const relation = {
    oid: TABLE,
    isGuarded,
    columns: columns.map(({ type, holds }, i) => ({ attnum: i + 1, name: `c${i}`, type, holds })),
  } as unknown as Relation;
  return { byOid: (oid: number) => (oid === TABLE ? relation : undefined) } as unknown as Catalog;
};

type Cell = string | Buffer | null;
const rowOf = (...values: readonly Cell[]): Buffer =>
  message(
    'D',
    int16(values.length),
    ...values.flatMap((value) =>
      value === null
        ? [int32(-1)]
        : [int32(Buffer.byteLength(value)), typeof value === 'string' ? Buffer.from(value) : value],
    ),
  );

const facts = (some: Partial<StatementFacts>): StatementFacts =>
  ({ kind: 'select', classes: [], isClean: false, ...some }) as StatementFacts;

/** One row through the mask of a result, as texts. */
function through(
  columns: readonly Column[],
  values: readonly Cell[],
  how: {
    readonly isGuarded?: boolean;
    readonly facts?: StatementFacts;
    readonly clear?: readonly string[];
    readonly shown?: readonly DataClasses[];
    readonly formats?: readonly number[];
    readonly described?: readonly number[];
  } = {},
): readonly (string | null)[] {
  const mask = masking(how.shown).rows({
    description: describe(columns, how.described),
    ...(how.formats && { formats: how.formats }),
    facts: how.facts,
    catalog: catalogOf(columns, how.isGuarded ?? true),
    clear: how.clear ?? [],
  });
  const row = Buffer.from(mask.row(rowOf(...values)));
  expect(row.readInt32BE(1)).toBe(row.length - 1);
  return readDataRow(row).map((value) => value?.toString() ?? null);
}

const email: Column = { type: TEXT, holds: 'pii.email' };
const ADA = 'ada@example.com';
const COVERED = masker.cover('pii.email', ADA);

test('MASK-16: a classified text becomes the placeholder every gate gives it, NULL stays, other types become NULL', () => {
  expect(through([email, { type: 23, holds: 'none' }], [ADA, '5'])).toEqual([COVERED, '5']);
  expect(through([email, { type: 1043, holds: 'none' }], [null, ''])).toEqual([null, '']);
  for (const type of [20, 17, 1009, 1082, 142, 2249, 90_001])
    expect(through([{ type, holds: 'pii.email' }], ['x'])).toEqual([null]);
});

test('MASK-16: what is JSON stays JSON, in its binary form too', () => {
  const json = `{"mail":"${ADA}"}`;
  for (const type of [114, 3802]) {
    const [masked] = through([{ type, holds: 'pii.email' }], [json]);
    expect(JSON.parse(masked ?? '')).toBe(masker.cover('pii.email', json));
  }
  const [binary] = through([{ type: 3802, holds: 'pii.email' }], [`\u0001${json}`], {
    formats: [1],
  });
  expect(binary?.[0]).toBe('\u0001');
  expect(JSON.parse(binary?.slice(1) ?? '')).toMatch(/^‹pii\.email·fp:/);
});

test('MASK-14: a derived column is one constant, NULL too, so that it answers no question', () => {
  const derived = { type: TEXT, relation: 0 };
  const about = facts({ classes: ['pii.email'] });
  const answers = [ADA, 'a', null].map((value) => through([derived], [value], { facts: about })[0]);
  expect(answers).toEqual(['‹pii.email›', '‹pii.email›', '‹pii.email›']);
  expect(through([derived], ['x'])).toEqual(['‹custom.unclassified›']);
  expect(through([{ type: 3802, relation: 0 }], [null], { facts: about })).toEqual([
    '"‹pii.email›"',
  ]);
  expect(through([{ type: 23, relation: 0 }], ['4'], { facts: about })).toEqual([null]);
  expect(through([derived], ['x'], { facts: facts({ isClean: true }) })).toEqual(['x']);
  for (const kind of ['execute', 'fetch', 'other', 'unknown'] as const)
    expect(through([derived], ['x'], { facts: facts({ isClean: true, kind }) })).toEqual([
      '‹custom.unclassified›',
    ]);
});

test('MASK-13: what nobody looked at is masked beside what is classified, and only there', () => {
  expect(through([{ type: TEXT }], ['x'])[0]).toMatch(/^‹custom\.unclassified·fp:/);
  expect(through([{ type: TEXT }], ['x'], { isGuarded: false })).toEqual(['x']);
  expect(through([{ type: TEXT, holds: 'none', relation: 8888 }], ['x'])[0]).toMatch(/^‹custom/);
});

test('MASK-15: classes that people cleared, or that policy shows, pass; a secret by policy never', () => {
  const secret: Column = { type: TEXT, holds: 'secret.token' };
  const values = [ADA, 'abcdef'];
  expect(through([email, secret], values, { clear: ['pii.email'] })[0]).toBe(ADA);
  expect(through([email, secret], values, { shown: ['pii', 'secret'] })).toEqual([
    ADA,
    masker.cover('secret.token', 'abcdef'),
  ]);
  expect(through([secret], ['abcdef'], { clear: ['secret.token'] })).toEqual(['abcdef']);
  // a family says nothing of what nobody looked at
  expect(through([{ type: TEXT }], ['x'], { clear: ['custom'] })[0]).toMatch(/^‹custom/);
  const derived = { type: TEXT, relation: 0 };
  const about = facts({ classes: ['pii.email'] });
  const unclassified = 'custom.unclassified';
  expect(through([derived], ['x'], { facts: about, clear: ['pii.email'] })).toEqual([
    '‹pii.email›',
  ]);
  expect(through([derived], ['x'], { facts: about, clear: ['pii', unclassified] })).toEqual(['x']);
  expect(through([derived], ['x'], { facts: about, clear: ['pci', unclassified] })).toEqual([
    '‹pii.email›',
  ]);
});

test('MASK-15: what policy no longer shows is masked at once, by masks that stand too', () => {
  let shown: readonly DataClasses[] = ['pii'];
  const columns = [email, { type: 23, holds: 'pii.age' } as const];
  const mask = createResultMasking({ masker: () => masker, shown: () => shown }).rows({
    description: describe(columns),
    facts: undefined,
    catalog: catalogOf(columns, true),
    clear: [],
  });
  const values = (): readonly (string | undefined)[] =>
    readDataRow(Buffer.from(mask.row(rowOf('ada', '7')))).map((value) => value?.toString());
  expect(values()).toEqual(['ada', '7']);
  shown = ['pci'];
  expect(values()).toEqual([masker.cover('pii.email', 'ada'), undefined]);
});

const clear = (type: number): readonly Column[] => [{ type, holds: 'none' }];

test('MASK-16: what passes is looked through: free text, JSON, lists; what has no place for a placeholder is NULL', () => {
  const note = `write to ${ADA} today`;
  expect(through(clear(TEXT), [note])[0]).not.toContain('ada');
  expect(through(clear(1009), [`{"${note}",b}`])[0]).not.toContain('ada');
  expect(through(clear(90_001), [note])[0]).not.toContain('ada');
  expect(through(clear(1009), [note], { formats: [1] })).toEqual([null]);
  expect(through(clear(1009), ['nothing here'], { formats: [1] })).toEqual(['nothing here']);
  const big = 12345678901234567890n;
  const [json] = through(clear(3802), [
    `{"n": ${big}, "password": "hunter2hunter2", "to": "${ADA}"}`,
  ]);
  expect(json).toContain(`"n":${big}`);
  expect(json).not.toMatch(/hunter2|ada/);
  expect(JSON.parse(json ?? '')).toHaveProperty('password');
  expect(through(clear(3802), [`{"${ADA}": 1}`])[0]).not.toContain('ada@');
  expect(through(clear(3802), [`{"a":  1}`])).toEqual([`{"a":  1}`]);
  expect(through(clear(TEXT), [note], { clear: ['pii.email'] })).toEqual([note]);
});

test('formats are those of Bind where it names any', () => {
  const jsonb: readonly Column[] = [email, { type: 3802, holds: 'pii.email' }];
  const values = [ADA, '\u0001{}'];
  const head = (how: Parameters<typeof through>[2]): string | undefined =>
    through(jsonb, values, how)[1]?.slice(0, 3);
  for (const formats of [[0, 1], [1]]) expect(head({ formats })).toBe('\u0001"‹');
  expect(head({ described: [0, 1] })).toBe('\u0001"‹');
  expect(through(jsonb, values, { described: [0, 1], formats: [0] })[1]).toMatch(/^"‹/);
});

test('a row in which nothing changes is the same bytes; columns that need no look make rows pass unread', () => {
  const columns: readonly Column[] = [
    { type: 23, holds: 'none' },
    { type: 1184, holds: 'none' },
  ];
  const about = { facts: undefined, catalog: catalogOf(columns, true), clear: [] };
  const mask = masking().rows({ description: describe(columns), ...about });
  expect(mask.isClear).toBe(true);
  const texts: readonly Column[] = [{ type: TEXT, holds: 'none' }];
  const looked = masking().rows({
    description: describe(texts),
    ...about,
    catalog: catalogOf(texts, true),
  });
  expect(looked.isClear).toBe(false);
  const row = rowOf('nothing');
  expect(looked.row(row)).toBe(row);
  expect(looked.row(row)).toBe(row);
});

test('R2: rows that are not as described are not passed on; without a description every value is NULL', () => {
  const columns = [email];
  const about = { facts: undefined, catalog: catalogOf(columns, true), clear: [] };
  const mask = masking().rows({ description: describe(columns), ...about });
  const whole = rowOf(ADA);
  for (const row of [
    rowOf(),
    rowOf(ADA, ADA),
    whole.subarray(0, -1),
    whole.subarray(0, 8),
    Buffer.alloc(0),
  ])
    expect(() => mask.row(row)).toThrow();
  const blind = masking().rows({ description: undefined, ...about });
  expect(readDataRow(Buffer.from(blind.row(rowOf(ADA, '1', null))))).toEqual([null, null, null]);
  expect(readDataRow(Buffer.from(mask.row(rowOf('ü'.repeat(60_000))))).map(String)).toEqual([
    masker.cover('pii.email', 'ü'.repeat(60_000)),
  ]);
});

const report = (type: 'E' | 'N', fields: Readonly<Record<string, string>>): Buffer =>
  message(
    type,
    ...Object.entries(fields).flatMap(([letter, text]) => [Buffer.from(letter), text]),
    Buffer.of(0),
  );
const reported = (
  fields: Readonly<Record<string, string>>,
  about?: StatementFacts,
): Record<string, string> =>
  Object.fromEntries(readErrorFields(Buffer.from(masking().report(report('E', fields), about))));

const UNIQUE = {
  S: 'ERROR',
  V: 'ERROR',
  C: '23505',
  M: `duplicate key ${ADA}`,
  D: `Key (email)=(${ADA}) already exists.`,
  H: ADA,
  q: ADA,
  s: 'public',
  t: 'customers',
  n: 'customers_email_key',
  F: 'nbtinsert.c',
  L: '664',
  R: '_bt_check_unique',
};

test('MASK-17: an error keeps severity, code, place and names; its sentence is ours', () => {
  expect(reported({ ...UNIQUE, P: '8' })).toEqual({
    S: 'ERROR',
    V: 'ERROR',
    C: '23505',
    M: 'a unique constraint is violated (details withheld: they may hold private values)',
    P: '8',
    s: 'public',
    t: 'customers',
    n: 'customers_email_key',
  });
  expect(reported(UNIQUE, facts({ kind: 'insert' }))['M']).toMatch(/withheld/);
  const { q, ...plain } = UNIQUE;
  expect(q).toBe(ADA);
  const clean = facts({ kind: 'insert', isClean: true });
  expect(reported(plain, clean)).toEqual(plain);
  // a cascade reaches what the statement does not name
  for (const within of [{ q }, { W: 'SQL statement' }])
    expect(reported({ ...plain, ...within }, clean)['M']).toMatch(/withheld/);
  // what waited for the end of a transaction fails in a statement that touches nothing
  expect(reported(UNIQUE, facts({ kind: 'tx', isClean: true }))['M']).toMatch(/withheld/);
  expect(reported(UNIQUE, facts({ kind: 'set', isClean: true }))['M']).toMatch(/withheld/);
  expect(masking().report(report('N', UNIQUE), undefined)[0]).toBe('N'.charCodeAt(0));
});

test('MASK-17: a function names nothing: neither names, nor a code of its own', () => {
  const raised = {
    ...UNIQUE,
    C: 'ADA42',
    W: 'PL/pgSQL function f() line 1 at RAISE',
    t: ADA,
    n: ADA,
  };
  expect(reported(raised)).toMatchObject({ C: 'P0001' });
  expect(Object.keys(reported(raised)).toSorted()).toEqual(['C', 'M', 'S', 'V']);
  expect(JSON.stringify(reported(raised))).not.toMatch(/ada/i);
});

test('MASK-17: what is wrong with the text itself is told in full, not what a function ran', () => {
  const missing = {
    S: 'ERROR',
    V: 'ERROR',
    C: '42703',
    M: 'column "emial" does not exist',
    H: 'Perhaps you meant to reference the column "customers.email".',
    P: '8',
    F: 'parse_relation.c',
  };
  const { F, ...told } = missing;
  expect(F).toBe('parse_relation.c');
  expect(reported(missing)).toEqual(told);
  for (const inner of [
    { W: 'SQL statement' },
    { q: 'select x' },
    { p: '3' },
    { F: 'parse_type.c' },
    { F: 'namespace.c' },
  ])
    expect(reported({ ...missing, ...inner })['M']).toMatch(/withheld/);
  const { P, ...placeless } = missing;
  expect(P).toBe('8');
  expect(reported(placeless)['M']).toMatch(/withheld/);
});

test('MASK-17: a notification keeps its channel and loses its payload', () => {
  const masked = Buffer.from(masking().notification(message('A', int32(7), 'news', ADA)));
  expect(masked).toEqual(message('A', int32(7), 'news', ''));
  expect(Buffer.from(masking().notification(Buffer.from('A')))).toEqual(
    message('A', int32(0), '', ''),
  );
});
