import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBundle, encodeBundle } from '../src/ledger/bundle.ts';
import { fromBase64, fromBytes, hashLeaf, toBase64, toBytes } from '../src/ledger/hash.ts';
import {
  isConsistent,
  isIncluded,
  proveConsistency,
  proveInclusion,
  rootAt,
  type TileReader,
} from '../src/ledger/proof.ts';
import { parseTilePath, tilePath, type TilePath } from '../src/ledger/tile-path.ts';
import { createTree, levelsOf, partialWidth, type Edge } from '../src/ledger/tree.ts';

type Vectors = {
  trees: { size: number; root: string }[];
  leaves: { entry: string; hash: string }[];
  inclusion: { index: number; size: number; proof: string[] }[];
  consistency: { from: number; to: number; proof: string[] }[];
  tiles: {
    paths: (TilePath & { path: string })[];
    invalid: string[];
    layout: { size: number; levels: { level: number; full: number; partial: number }[] }[];
    digests: { size: number; path: string; sha256: string }[];
  };
  bundles: { entries: string[]; bytes: string }[];
};
const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../docs/spec/vectors/ledger.json', import.meta.url), 'utf8'),
);

const bytes = (text: string): Uint8Array => fromBase64(text) ?? new Uint8Array(0);

/** A log of `size` entries, kept as rows of hashes; reads any tile of it. */
function logOf(size: number): TileReader & { root: string; edge: Edge; tiles: number } {
  const rows: string[][] = [[]];
  let tiles = 0;
  const tree = createTree(({ level, root }) => {
    tiles++;
    (rows[level + 1] ??= []).push(root);
  });
  for (let i = 0; i < size; i++) {
    const leaf = hashLeaf(Buffer.from(String(i)));
    rows[0]?.push(leaf);
    tree.push(leaf);
  }
  const levels = Array.from({ length: levelsOf(size) }, (_, level) => {
    const row = rows[level] ?? [];
    return row.slice(row.length - partialWidth(level, size));
  });
  return {
    root: tree.root(),
    edge: { size, levels },
    tiles,
    tile: async (level, index, width) => {
      const hashes = (rows[level] ?? []).slice(index * 256, index * 256 + width);
      return hashes.length === width ? Buffer.from(hashes.join(''), 'latin1') : undefined;
    },
  };
}

const big = logOf(70_000);

describe('tree', () => {
  test.each(vectors.trees)('root of $size entries', async ({ size, root }) => {
    expect(toBase64(await rootAt(big, size))).toBe(root);
    expect(toBase64(toBytes(logOf(size).root))).toBe(root);
  });
  test.each(vectors.leaves)('leaf of $entry', ({ entry, hash }) => {
    expect(toBase64(toBytes(hashLeaf(Buffer.from(entry))))).toBe(hash);
  });
  test.each([0, 1, 2, 255, 256, 257, 511, 65_535, 65_536, 65_537])(
    'goes on from the edge at %i as if it had never stopped',
    (size) => {
      const before = logOf(size);
      const tiles: string[] = [];
      const resumed = createTree(({ level, index, data }) => {
        tiles.push(`${level}/${index}/${createHash('sha256').update(data).digest('hex')}`);
      }, before.edge);
      expect(resumed.root()).toBe(before.root);
      for (let i = size; i < size + 300; i++) resumed.push(hashLeaf(Buffer.from(String(i))));
      const after = logOf(size + 300);
      expect(resumed.root()).toBe(after.root);
      expect(tiles).toHaveLength(after.tiles - before.tiles);
    },
  );
  test('refuses an edge that does not fit its size', () => {
    expect(() => createTree(undefined, { size: 3, levels: [['a', 'b']] })).toThrow('edge');
  });
  test('counts above 2^31 without 32-bit arithmetic', () => {
    const size = 2 ** 40 + 5;
    expect(partialWidth(0, size)).toBe(5);
    expect(partialWidth(5, size)).toBe(1);
    const hash = hashLeaf(Buffer.from('x'));
    const tree = createTree(undefined, {
      size,
      levels: Array.from({ length: 6 }, (_, l) =>
        Array.from({ length: partialWidth(l, size) }, () => hash),
      ),
    });
    tree.push(hash);
    expect(tree.size()).toBe(2 ** 40 + 6);
  });
});

describe('tiles', () => {
  test.each(vectors.tiles.paths)('$path', ({ path, ...tile }) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });
  test.each(vectors.tiles.invalid)('no other spelling: %s', (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });
  test('every tile has exactly one path', () => {
    const tile = fc.record({
      level: fc.integer({ min: 0, max: 63 }),
      index: fc.maxSafeNat(),
      width: fc.integer({ min: 1, max: 256 }),
    });
    fc.assert(
      fc.property(tile, (it) => {
        expect(parseTilePath(tilePath({ kind: 'tile', ...it }))).toEqual({ kind: 'tile', ...it });
      }),
    );
  });
  test.each(vectors.tiles.layout)('layout of $size entries', ({ size, levels }) => {
    expect(levelsOf(size)).toBe(levels.length);
    for (const { level, partial } of levels) expect(partialWidth(level, size)).toBe(partial);
    const full = levels.reduce((sum, it) => sum + it.full, 0);
    expect(logOf(size).tiles).toBe(full);
  });
  test.each(vectors.tiles.digests)('bytes of $path', async ({ path, sha256 }) => {
    const tile = parseTilePath(path);
    const data = tile && (await big.tile(tile.level, tile.index, tile.width));
    expect(
      createHash('sha256')
        .update(data ?? '')
        .digest('hex'),
    ).toBe(sha256);
  });
  test.each(vectors.bundles)('bundle of $entries.length', ({ entries, bytes: packed }) => {
    const raw = entries.map((entry) => new Uint8Array(Buffer.from(entry)));
    expect(toBase64(encodeBundle(raw))).toBe(packed);
    expect(decodeBundle(bytes(packed))).toEqual(raw);
    expect(decodeBundle(bytes(packed).slice(0, -1))).toBeUndefined();
    expect(decodeBundle(Uint8Array.of(...bytes(packed), 0))).toBeUndefined();
  });
  test('a bundle takes no entry its u16 cannot tell', () => {
    expect(() => encodeBundle([new Uint8Array(65_536)])).toThrow('65,535');
  });
});

const flipped = (proof: readonly Uint8Array[], step: number, bit: number): Uint8Array[] =>
  proof.map((hash, i) =>
    hash.map((byte, j) => (i === step && j === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
  );

describe('proofs', () => {
  test.each(vectors.inclusion)('inclusion of $index in $size', async ({ index, size, proof }) => {
    const made = await proveInclusion(big, index, size);
    expect(made.map(toBase64)).toEqual(proof);
    const leaf = toBytes(hashLeaf(Buffer.from(String(index))));
    const root = await rootAt(big, size);
    const claim = { leaf, index, size, root, proof: made };
    expect(isIncluded(claim)).toBe(true);
    expect(isIncluded({ ...claim, leaf: toBytes(hashLeaf(Buffer.from('x'))) })).toBe(false);
    expect(isIncluded({ ...claim, index: index + 1 })).toBe(false);
    expect(isIncluded({ ...claim, proof: [...made, root] })).toBe(false);
    if (made.length > 0) expect(isIncluded({ ...claim, proof: made.slice(0, -1) })).toBe(false);
    for (const step of made.keys())
      expect(isIncluded({ ...claim, proof: flipped(made, step, (step * 37) % 256) })).toBe(false);
  });
  test.each(vectors.consistency)('consistency of $from in $to', async ({ from, to, proof }) => {
    const made = await proveConsistency(big, from, to);
    expect(made.map(toBase64)).toEqual(proof);
    const claim = {
      from,
      to,
      fromRoot: await rootAt(big, from),
      toRoot: await rootAt(big, to),
      proof: made,
    };
    expect(isConsistent(claim)).toBe(true);
    expect(isConsistent({ ...claim, proof: [...made, claim.toRoot] })).toBe(false);
    if (from === to) return;
    expect(isConsistent({ ...claim, toRoot: claim.fromRoot })).toBe(false);
    expect(isConsistent({ ...claim, fromRoot: claim.toRoot })).toBe(false);
    for (const step of made.keys())
      expect(isConsistent({ ...claim, proof: flipped(made, step, (step * 41) % 256) })).toBe(false);
  });
  test('every prefix of a small log is proven, and no other', async () => {
    for (let size = 0; size <= 40; size++)
      for (let from = 0; from <= size; from++) {
        const [fromRoot, toRoot] = [await rootAt(big, from), await rootAt(big, size)];
        const proof = await proveConsistency(big, from, size);
        expect(isConsistent({ from, fromRoot, to: size, toRoot, proof })).toBe(true);
        if (from === size) continue;
        const leaf = toBytes(hashLeaf(Buffer.from(String(from))));
        const steps = await proveInclusion(big, from, size);
        expect(isIncluded({ leaf, index: from, size, root: toRoot, proof: steps })).toBe(true);
        const other = { leaf, index: from, size, root: fromRoot, proof: steps };
        expect(isIncluded(other)).toBe(false);
      }
  });
  test('hashes of another length are no proof', () => {
    const hash = toBytes(big.root);
    const claim = { leaf: hash, index: 0, size: 1, root: hash, proof: [] };
    expect(isIncluded(claim)).toBe(true);
    expect(isIncluded({ ...claim, leaf: hash.slice(1), root: hash.slice(1) })).toBe(false);
    expect(isIncluded({ ...claim, size: Number.NaN })).toBe(false);
    expect(() => fromBytes(hash, 1)).toThrow('32 bytes');
  });
  test('no proof is made of what is not there', async () => {
    await expect(proveInclusion(big, 7, 7)).rejects.toThrow('no entry 7');
    await expect(proveConsistency(big, 8, 7)).rejects.toThrow('no log of 8');
    await expect(proveInclusion(big, 0, 70_001)).rejects.toThrow('missing');
  });
});
