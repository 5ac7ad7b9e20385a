import { EMPTY_ROOT, hashNode, type Hash } from './hash.ts';

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

type Peak = { readonly height: number; readonly hash: Hash };
type Open = { readonly data: Buffer; width: number; index: number };

/** How many hashes level `level` has in its last, partial tile at a size. */
export const partialWidth = (level: number, size: number): number =>
  Math.floor(size / TILE_WIDTH ** level) % TILE_WIDTH;

/** A tree at an edge (an empty one by default). Throws when the edge does not fit its size. */
export function createTree(
  onTile: (tile: FullTile) => void = () => undefined,
  edge: Edge = { size: 0, levels: [] },
): Tree {
  const peaks: Peak[] = [];
  const open: Open[] = [];
  let size = edge.size;

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

  function push(leaf: Hash): void {
    if (size >= Number.MAX_SAFE_INTEGER) throw new RangeError('the log is full');
    let hash = leaf;
    let height = 0;
    put(0, hash);
    for (let left = peaks.at(-1); left?.height === height; left = peaks.at(-1)) {
      peaks.pop();
      hash = hashNode(left.hash, hash);
      if (++height % LEVEL_HEIGHT !== 0) continue;
      complete(height / LEVEL_HEIGHT - 1, hash);
      put(height / LEVEL_HEIGHT, hash);
    }
    peaks.push({ height, hash });
    size++;
  }

  function grow(level: number): void {
    const hashes = edge.levels[level] ?? [];
    if (hashes.length !== partialWidth(level, size))
      throw new RangeError('the edge does not fit its size');
    open[level] = {
      data: Buffer.alloc(TILE_BYTES),
      width: 0,
      index: Math.floor(size / TILE_WIDTH ** (level + 1)),
    };
    for (const leaf of hashes) {
      put(level, leaf);
      let hash = leaf;
      let height = level * LEVEL_HEIGHT;
      for (let left = peaks.at(-1); left?.height === height; left = peaks.at(-1)) {
        peaks.pop();
        hash = hashNode(left.hash, hash);
        height++;
      }
      peaks.push({ height, hash });
    }
  }

  for (let level = levelsOf(size) - 1; level >= 0; level--) grow(level);
  return { size: () => size, root: () => foldPeaks(peaks), push };
}

/** How many tile levels a log of this size has. */
export function levelsOf(size: number): number {
  let levels = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / TILE_WIDTH)) levels++;
  return levels;
}

/** Root of perfect subtrees, largest first. */
function foldPeaks(peaks: readonly Peak[]): Hash {
  let root: Hash | undefined;
  for (let i = peaks.length - 1; i >= 0; i--) {
    const left = peaks[i]?.hash ?? EMPTY_ROOT;
    root = root === undefined ? left : hashNode(left, root);
  }
  return root ?? EMPTY_ROOT;
}
