import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRuleTree } from '../src/catalog/rule-tree.ts';
import { createRowMask } from '../src/mask/row.ts';
import type { ColumnMask } from '../src/mask/column.ts';
import { NOTHING } from '../src/mask/scan.ts';
import { readDataRow } from '../src/wire/read-backend.ts';
import { WireFailure } from '../src/wire/failure.ts';

const TREE =
  '({QUERY :commandType 1 :rtable ({RANGETBLENTRY :rtekind 0 :relid 16390 :relkind r}) :rteperminfos ({RTEPERMISSIONINFO ' +
  ':relid 16390 :selectedCols (b 8 10)}) :targetList ({TARGETENTRY :expr {VAR :varno 1 :varattno 3} :resno 1 :resname ' +
  ':relid :resorigtbl 16390 :resorigcol 3 :resjunk false} {TARGETENTRY :expr {FUNCEXPR :funcid 870 :args ({CONST ' +
  ':constvalue 4 [ 1 0 0 0 ]})} :resno 2 :resname a\\ \\{b :resorigtbl 0 :resorigcol 0 :resjunk false}) :returningList <>})';

test('MASK-12: a rule is read by its grammar, whatever its names are', () => {
  expect(readRuleTree(TREE)).toEqual({
    reads: [
      { oid: 16390, attnums: [1, 3] },
      { oid: 16390, attnums: [] },
    ],
    functions: [870],
    origins: [{ oid: 16390, attnum: 3 }, undefined],
  });
});

test('MASK-12: a rule that does not read as one is unknown, never an exception', () => {
  const part = fc.constantFrom(
    '{',
    '}',
    '(',
    ')',
    ' ',
    ':relid',
    '\\',
    '5',
    '<>',
    'QUERY',
    ':targetList',
  );
  fc.assert(
    fc.property(
      fc.nat(TREE.length),
      fc.nat(TREE.length),
      fc.array(part, { maxLength: 6 }),
      (a, b, put) => {
        const broken = TREE.slice(0, Math.min(a, b)) + put.join('') + TREE.slice(Math.max(a, b));
        const read = readRuleTree(broken);
        expect(read === undefined || Array.isArray(read.origins)).toBe(true);
      },
    ),
    { numRuns: 2_000 },
  );
  expect(readRuleTree('('.repeat(100_000))).toBeUndefined();
});

const MASKS: readonly ColumnMask[] = [
  { does: 'clear' },
  {
    does: 'cover',
    size: 3,
    write: (_from, _start, _end, to, at) => void to.fill(0x78, at, at + 3),
  },
  { does: 'constant', bytes: Buffer.from('gone') },
  { does: 'constant', bytes: NOTHING },
  {
    does: 'scan',
    scan: (bytes, from, to) => (to - from > 4 ? Buffer.from(`${to - from}`) : undefined),
  },
];

function expected(mask: ColumnMask, value: string | null): string | null {
  if (mask.does === 'constant') return mask.bytes.length > 0 ? 'gone' : null;
  if (value === null || mask.does === 'clear') return value;
  if (mask.does === 'cover') return 'xxx';
  const size = Buffer.byteLength(value);
  return size > 4 ? String(size) : value;
}

const CELL = fc.tuple(
  fc.constantFrom(...MASKS),
  fc.option(fc.string({ unit: 'grapheme', maxLength: 90 })),
);

function rowOf(values: readonly (string | null)[]): Buffer {
  const parts = values.map((value) => {
    const bytes = Buffer.from(value ?? '');
    const size = Buffer.alloc(4);
    size.writeInt32BE(value === null ? -1 : bytes.length);
    return Buffer.concat([size, bytes]);
  });
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(7);
  head.write('D');
  head.writeInt32BE(body.length + 6, 1);
  head.writeUInt16BE(values.length, 5);
  return Buffer.concat([head, body]);
}

test('a row is what its columns say, whatever stands beside what; nothing else passes', () => {
  fc.assert(
    fc.property(fc.array(CELL, { maxLength: 12 }), fc.nat(), (cells, cut) => {
      const mask = createRowMask(cells.map(([one]) => one));
      const row = rowOf(cells.map(([, value]) => value));
      const read = readDataRow(mask(row)).map((value) => value?.toString() ?? null);
      expect(read).toEqual(cells.map(([one, value]) => expected(one, value)));
      expect(() => mask(row.subarray(0, cut % row.length))).toThrow(WireFailure);
      expect(() => mask(rowOf([...cells.map(([, value]) => value), 'more']))).toThrow(WireFailure);
    }),
    { numRuns: 400 },
  );
});
