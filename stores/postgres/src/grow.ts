import { createFrontier, hashPrefixed, type Hash } from '@countersign/core';
import type { Written } from './plan.ts';

/** The root of a tile that became full. */
type Tile = { readonly level: number; readonly index: number; readonly root: Hash };

/** The tree after a batch, and what the batch added to it. */
export type Grown = {
  readonly size: number;
  readonly root: Hash;
  readonly peaks: readonly Hash[];
  readonly leaves: readonly Hash[];
  /** Every entry behind a zero byte, one after the other: the leaves' hash input as it was. */
  readonly bytes: Buffer;
  readonly tiles: readonly Tile[];
};

/** How entries become a tree; the bench measures what it costs by leaving it out. */
export type Grow = (
  head: { readonly size: number; readonly peaks: readonly Hash[] },
  written: readonly Written[],
) => Grown;

/** Extends the tree by the entries of a batch. Only roots of full tiles are kept: their hashes are the rows below. */
export const growMerkle: Grow = (head, written) => {
  const tiles: Tile[] = [];
  const frontier = createFrontier(head, (level, root, index) => {
    if (level > 0) tiles.push({ level: level - 1, index, root });
  });
  const bytes = Buffer.allocUnsafe(written.reduce((sum, { unit }) => sum + bytesOf(unit), 0));
  const leaves: Hash[] = [];
  let at = 0;
  for (const { unit } of written)
    for (const entry of unit.entries) {
      bytes[at] = 0;
      const end = at + 1 + bytes.write(entry, at + 1);
      const leaf = hashPrefixed(bytes.subarray(at, end));
      leaves.push(leaf);
      frontier.push(leaf);
      at = end;
    }
  const [size, root, peaks] = [frontier.size(), frontier.root(), frontier.peaks()];
  return { size, root, peaks, leaves, bytes, tiles };
};

const bytesOf = ({ entries }: Written['unit']): number =>
  entries.reduce((sum, entry) => sum + 1 + Buffer.byteLength(entry), 0);
