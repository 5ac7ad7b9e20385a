import { HASH } from './tree.ts';

/** Hashes in a full tile, entries in a full bundle. */
export const WIDTH = 256;

/** Three digits per group, all but the last marked with `x` (L9). */
function groups(index: number): string {
  let path = String(index % 1_000).padStart(3, '0');
  for (let rest = Math.floor(index / 1_000); rest > 0; rest = Math.floor(rest / 1_000))
    path = `x${String(rest % 1_000).padStart(3, '0')}/${path}`;
  return path;
}

/** Paths to try for a tile or bundle of a width, below the log's prefix: a partial may be gone once the full is there (L12). */
export const pathsOf = (
  kind: number | 'entries',
  index: number,
  width: number,
): readonly string[] => {
  const full = `tile/${kind}/${groups(index)}`;
  return width === WIDTH ? [full] : [`${full}.p/${width}`, full];
};

/** How many hashes of level `level` stand in its last, partial tile at a size (L11). */
export const partialWidth = (level: number, size: number): number =>
  Math.floor(size / WIDTH ** level) % WIDTH;

/** How many tile levels a log of this size has. */
export function levelsOf(size: number): number {
  let levels = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / WIDTH)) levels++;
  return levels;
}

/** How many hashes tile `index` of `level` has at a size. */
export const widthOf = (level: number, index: number, size: number): number =>
  index < Math.floor(size / WIDTH ** (level + 1)) ? WIDTH : partialWidth(level, size);

/**
 * The first `count` entries of a bundle, each with the byte before it set to 0: the leaf's input where it lies.
 * Undefined when the bundle is cut short, or goes on although it is `isWhole`.
 */
export function leavesOf(
  bundle: Uint8Array,
  count: number,
  isWhole: boolean,
): readonly Uint8Array[] | undefined {
  const leaves: Uint8Array[] = [];
  let at = 0;
  while (leaves.length < count) {
    const [high, low] = [bundle[at], bundle[at + 1]];
    if (high === undefined || low === undefined) return undefined;
    const end = at + 2 + high * 256 + low;
    if (end > bundle.length) return undefined;
    bundle[at + 1] = 0; // the length is read; RFC 6962 wants 0x00 before the entry
    leaves.push(bundle.subarray(at + 1, end));
    at = end;
  }
  return isWhole && at !== bundle.length ? undefined : leaves;
}

/** Hash `i` of a row. */
export const hashAt = (row: Uint8Array, i: number): Uint8Array =>
  row.subarray(i * HASH, (i + 1) * HASH);
