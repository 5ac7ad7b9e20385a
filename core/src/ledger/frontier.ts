import { EMPTY_ROOT, hashNode, type Hash } from './hash.ts';

const LEVEL_HEIGHT = 8;

/** A perfect subtree: its height and its hash. */
export type Peak = { readonly height: number; readonly hash: Hash };

/**
 * The perfect subtrees of an RFC 6962 tree, largest first: one per set bit of its size, and all that appending needs.
 * `onHash` hears each hash that comes to stand in a tile, and its place in that level: level 0 for leaves, level n + 1 for the
 * root of a full tile of level n, whose place is the tile's.
 */
export type Frontier = {
  readonly size: () => number;
  readonly root: () => Hash;
  readonly peaks: () => readonly Hash[];
  /** Adds one leaf hash. */
  readonly push: (leaf: Hash) => void;
};

/** A frontier at a size, from its peaks. Throws when there is not one for each set bit of the size. */
export function createFrontier(
  start: { readonly size: number; readonly peaks: readonly Hash[] },
  onHash: (level: number, hash: Hash, index: number) => void = () => undefined,
): Frontier {
  const heights = heightsOf(start.size);
  if (heights.length !== start.peaks.length)
    throw new RangeError('the frontier does not fit its size');
  const peaks: Peak[] = start.peaks.map((hash, i) => ({ hash, height: heights[i] ?? 0 }));
  let size = start.size;
  // exact: a hash of a level comes to be when the size is a multiple of what it covers
  const tell = (level: number, hash: Hash): void =>
    onHash(level, hash, (size + 1) / 2 ** (LEVEL_HEIGHT * level) - 1);
  return {
    size: () => size,
    root: () => foldPeaks(peaks),
    peaks: () => peaks.map(({ hash }) => hash),
    push: (leaf) => {
      if (size >= Number.MAX_SAFE_INTEGER) throw new RangeError('the log is full');
      tell(0, leaf);
      addPeak(peaks, { height: 0, hash: leaf }, tell);
      size++;
    },
  };
}

/** Adds a subtree on the right and merges what is perfect then. */
export function addPeak(
  peaks: Peak[],
  added: Peak,
  onHash: (level: number, hash: Hash) => void = () => undefined,
): void {
  let { height, hash } = added;
  for (let left = peaks.at(-1); left?.height === height; left = peaks.at(-1)) {
    peaks.pop();
    hash = hashNode(left.hash, hash);
    if (++height % LEVEL_HEIGHT === 0) onHash(height / LEVEL_HEIGHT, hash);
  }
  peaks.push({ height, hash });
}

/** Heights of the perfect subtrees of a tree, largest first. By division: bit operators stop at 2³¹. */
function heightsOf(size: number): readonly number[] {
  const heights: number[] = [];
  for (let [rest, height] = [size, 0]; rest > 0; rest = Math.floor(rest / 2), height++)
    if (rest % 2 === 1) heights.unshift(height);
  return heights;
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
