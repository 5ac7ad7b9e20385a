import { decodeBundle } from '../ledger/bundle.ts';
import { hashLeaf, toBytes, type Hash } from '../ledger/hash.ts';
import { isConsistent, isIncluded, proveConsistency, proveInclusion } from '../ledger/proof.ts';
import { createTree, levelsOf } from '../ledger/tree.ts';
import type { LedgerStore } from '../ports.ts';
import { unit, type Chapter } from './contract-parts.ts';

const grow = async (store: LedgerStore, from: number, to: number): Promise<void> => {
  for (let at = from; at < to; at += 500) {
    const count = Math.min(500, to - at);
    const entries = Array.from({ length: count }, (_, i) => String(at + i));
    await store.append(unit(`act_${at}`, 0, ...entries));
  }
};

/** What the log publishes: tiles, bundles, ranges, and proofs made of them. */
export function describeTree({ name, describe, test, expect }: Chapter): void {
  describe(`${name}: tree`, () => {
    test('tiles, bundles, ranges and proofs hold at every size, small and large', async (store) => {
      const rows: Hash[][] = [[]];
      const tree = createTree(({ level, root }) => (rows[level + 1] ??= []).push(root));
      const heads: { readonly size: number; readonly root: Uint8Array }[] = [];
      let from = 0;
      for (const size of [1, 255, 256, 257, 512, 65_536, 66_000]) {
        await grow(store, from, size);
        for (; from < size; from++) {
          const leaf = hashLeaf(Buffer.from(String(from)));
          rows[0]?.push(leaf);
          tree.push(leaf);
        }
        const head = await store.head();
        heads.push(head);
        expect({ size: head.size, root: head.root }).toEqual({ size, root: toBytes(tree.root()) });
        expect(await differentTiles(store, rows, size)).toEqual([]);
        expect(await brokenBundles(store, size)).toEqual([]);
        expect(await brokenProofs(store, heads)).toEqual([]);
      }
      const capped = await store.range(5, 66_000);
      expect([capped.length, capped[0]?.entry, capped.at(-1)?.entry]).toEqual([
        10_000,
        '5',
        '10004',
      ]);
      expect((await store.range(65_990, 70_000)).map((it) => it.entry)).toEqual(
        Array.from({ length: 10 }, (_, i) => String(65_990 + i)),
      );
      expect(await store.range(66_000, 66_001)).toEqual([]);
      expect(await store.range(9, 3)).toEqual([]);
    });
    test('what the log has not got is not served', async (store) => {
      await grow(store, 0, 300);
      const missing = [
        [0, 0, 0],
        [0, 0, 257],
        [0, 1, 45],
        [0, 1, 256],
        [1, 0, 2],
        [2, 0, 1],
        [0, -1, 1],
        [-1, 0, 1],
        [0, 0.5, 1],
        [63, 0, 1],
      ] as const;
      for (const [level, index, width] of missing)
        expect(await store.tile(level, index, width)).toEqual(undefined);
      expect(await store.bundle(1, 45)).toEqual(undefined);
      expect(await store.bundle(0, 0)).toEqual(undefined);
      expect(await store.bundle(-1, 1)).toEqual(undefined);
      expect((await store.tile(0, 1, 44))?.length).toEqual(44 * 32);
      expect((await store.tile(0, 0, 3))?.length).toEqual(3 * 32);
      expect((await store.tile(1, 0, 1))?.length).toEqual(32);
    });
  });
}

/** Tiles at the right edge, and the first, that are not what the tree says. */
async function differentTiles(
  store: LedgerStore,
  rows: readonly (readonly Hash[])[],
  size: number,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (let level = 0; level < levelsOf(size); level++) {
    const row = rows[level] ?? [];
    const last = Math.floor((row.length - 1) / 256);
    for (const index of new Set([0, last - 1, last])) {
      const hashes = row.slice(Math.max(index, 0) * 256, index * 256 + 256);
      if (hashes.length === 0) continue;
      const tile = await store.tile(level, index, hashes.length);
      if (!tile || Buffer.from(tile).toString('latin1') !== hashes.join(''))
        wrong.push(`${level}/${index}.p/${hashes.length} at ${size}`);
    }
  }
  return wrong;
}

async function brokenBundles(store: LedgerStore, size: number): Promise<readonly string[]> {
  const wrong: string[] = [];
  const last = Math.floor((size - 1) / 256);
  for (const index of new Set([0, last])) {
    const width = Math.min(256, size - index * 256);
    const entries = decodeBundle((await store.bundle(index, width)) ?? new Uint8Array(0));
    const texts = entries?.map((entry) => Buffer.from(entry).toString());
    const isRight =
      texts?.length === width && texts.every((text, i) => text === String(index * 256 + i));
    if (!isRight) wrong.push(`${index}.p/${width} at ${size}`);
  }
  return wrong;
}

/** Proofs against the newest head, and from every older one, that do not verify. */
async function brokenProofs(
  store: LedgerStore,
  heads: readonly { readonly size: number; readonly root: Uint8Array }[],
): Promise<readonly string[]> {
  const head = heads.at(-1);
  if (!head) return ['no head'];
  const { size, root } = head;
  const wrong: string[] = [];
  for (const index of new Set([0, Math.floor(size / 2), size - 1])) {
    const leaf = toBytes(hashLeaf(Buffer.from(String(index))));
    const proof = await proveInclusion(store, index, size);
    if (!isIncluded({ leaf, index, size, root, proof }))
      wrong.push(`inclusion ${index} in ${size}`);
  }
  for (const old of heads) {
    const proof = await proveConsistency(store, old.size, size);
    const claim = { from: old.size, fromRoot: old.root, to: size, toRoot: root, proof };
    if (!isConsistent(claim)) wrong.push(`consistency ${old.size} to ${size}`);
  }
  return wrong;
}
