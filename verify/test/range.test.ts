import { expect, test } from 'vitest';
import { verifyRange } from '../src/ledger/verify-range.ts';
import { nodePrimitives } from '../src/main.ts';
import { readTrust } from '../src/note/trust.ts';
import { createLedger, createSigner, makeEntries, sourceOf } from './write-ledger.ts';

const log = createSigner('example.com/ledger', Buffer.alloc(32, 1));
const read = await readTrust(`log ${log.vkey}\nquorum none\n`);
if (!read.ok) throw new Error(read.failure.message);
const trust = read.value;
const SIZE = 65_536 + 700;
const files = createLedger(makeEntries(SIZE), [log]);

const range = (from: number, to: number, from_: ReadonlyMap<string, Uint8Array> = files) =>
  verifyRange(sourceOf(from_), trust, { from, to, primitives: nodePrimitives });

test.each([
  [0, 1],
  [0, 700],
  [255, 257],
  [65_535, 65_537],
  [SIZE - 1, SIZE],
])('entries %i to %i verify', async (from, to) => {
  const result = await range(from, to);
  expect(result.ok && result.value.entries.map(({ at }) => at)).toEqual(
    Array.from({ length: to - from }, (_, i) => 1_700_000_000_000 + from + i),
  );
});

test('only the tiles on the way are read', async () => {
  const asked: string[] = [];
  const source = sourceOf(files);
  const spy = {
    read: (file: string) => {
      asked.push(file);
      return source.read(file);
    },
  };
  const options = { from: 300, to: 301, primitives: nodePrimitives };
  expect(await verifyRange(spy, trust, options)).toMatchObject({ ok: true });
  expect(asked.toSorted()).toEqual([
    'checkpoint',
    'tile/0/001',
    'tile/0/258.p/188',
    'tile/1/000',
    'tile/1/001.p/2',
    'tile/2/000.p/1',
    'tile/entries/001',
  ]);
});

test.each([
  ['tile/entries/001', 'tile-mismatch'],
  ['tile/0/001', 'tile-mismatch'],
  ['tile/1/000', 'tile-mismatch'],
  ['tile/1/001.p/2', 'root-mismatch'],
  ['tile/2/000.p/1', 'root-mismatch'],
])('a flipped byte of %s: %s', async (file, code) => {
  const bytes = new Uint8Array(files.get(file) ?? []);
  bytes[40 % bytes.length] = (bytes[40 % bytes.length] ?? 0) ^ 1;
  const flipped = new Map(files).set(file, bytes);
  expect(await range(257, 600, flipped)).toMatchObject({ failure: { code } });
});

test.each([
  [-1, 2],
  [3, 3],
  [4, 3],
  [0, SIZE + 1],
  [0.5, 1],
])('%d to %d is no range', async (from, to) => {
  expect(await range(from, to)).toMatchObject({ failure: { code: 'range-invalid' } });
});
