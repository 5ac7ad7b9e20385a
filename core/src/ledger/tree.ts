import { addPeak, createFrontier, type Peak } from './frontier.ts';
import type { Hash } from './hash.ts';

/** Hashes in a full tile. */
export const TILE_WIDTH = 256;
const TILE_BYTES = 8_192;
const LEVEL_HEIGHT = 8;

/** A full tile as the tree completes it; `data` is reused after the call, `root` is the tile's own hash. */
export type FullTile = {
  readonly level: number;
  readonly index: number;
  readonly data: Uint8Array;
  readonly root: Hash;
};

/** What a tree needs to go on at `size`: per level the hashes of its last, partial tile. */
export type Edge = { readonly size: number; readonly levels: readonly (readonly Hash[])[] };

/** An RFC 6962 tree that only grows: frontier in memory, full tiles handed out as they are completed. */
export type Tree = {
  readonly size: () => number;
  readonly root: () => Hash;
  /** Adds one leaf hash. */
  readonly push: (leaf: Hash) => void;
};

type Open = { readonly data: Buffer; width: number; index: number };

/** How many hashes level `level` has in its last, partial tile at a size. */
export const partialWidth = (level: number, size: number): number =>
  Math.floor(size / TILE_WIDTH ** level) % TILE_WIDTH;

/** A tree at an edge (an empty one by default). Throws when the edge does not fit its size. */
export function createTree(
  onTile: (tile: FullTile) => void = () => undefined,
  edge: Edge = { size: 0, levels: [] },
): Tree {
  const open: Open[] = [];

  function put(level: number, hash: Hash): void {
    const tile = (open[level] ??= { data: Buffer.alloc(TILE_BYTES), width: 0, index: 0 });
    tile.data.write(hash, tile.width * 32, 32, 'latin1');
    tile.width++;
  }

  /** Hands out the tile whose root just came to be. */
  function complete(level: number, root: Hash): void {
    const tile = open[level];
    if (tile?.width !== TILE_WIDTH) throw new RangeError('the tree is out of step with its tiles');
    onTile({ level, index: tile.index, data: tile.data, root });
    tile.width = 0;
    tile.index++;
  }

  const peaks: Peak[] = [];
  function grow(level: number): void {
    const hashes = edge.levels[level] ?? [];
    if (hashes.length !== partialWidth(level, edge.size))
      throw new RangeError('the edge does not fit its size');
    const index = Math.floor(edge.size / TILE_WIDTH ** (level + 1));
    open[level] = { data: Buffer.alloc(TILE_BYTES), width: 0, index };
    for (const hash of hashes) {
      put(level, hash);
      addPeak(peaks, { height: level * LEVEL_HEIGHT, hash });
    }
  }

  for (let level = levelsOf(edge.size) - 1; level >= 0; level--) grow(level);
  const start = { size: edge.size, peaks: peaks.map(({ hash }) => hash) };
  return createFrontier(start, (level, hash) => {
    if (level > 0) complete(level - 1, hash);
    put(level, hash);
  });
}

/** How many tile levels a log of this size has. */
export function levelsOf(size: number): number {
  let levels = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / TILE_WIDTH)) levels++;
  return levels;
}
