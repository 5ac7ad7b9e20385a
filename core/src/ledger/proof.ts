import { EMPTY_ROOT, fromBytes, hashNode, toBytes, type Hash } from './hash.ts';
import { partialWidth, TILE_WIDTH } from './tree.ts';

/** Reads `width` hashes of a tile; undefined when the log has not that much. Every `LedgerStore` is one. */
export type TileReader = {
  readonly tile: (level: number, index: number, width: number) => Promise<Uint8Array | undefined>;
};

type Range = readonly [from: number, to: number];

/** RFC 9162 §2.1.3.1: the hashes that lead from an entry to the root at `size`, the leaf's sibling first. */
export async function proveInclusion(
  reader: TileReader,
  index: number,
  size: number,
): Promise<readonly Uint8Array[]> {
  if (!isSize(size) || !isSize(index) || index >= size)
    throw new RangeError(`no entry ${index} in a log of ${size}`);
  return hashAll(reader, size, inclusionRanges(index, 0, size));
}

/** RFC 9162 §2.1.4.1: the hashes that prove the log of `from` entries to be a prefix of the log of `to`. */
export async function proveConsistency(
  reader: TileReader,
  from: number,
  to: number,
): Promise<readonly Uint8Array[]> {
  if (!isSize(from) || !isSize(to) || from > to)
    throw new RangeError(`no log of ${from} in a log of ${to}`);
  const ranges = from === 0 || from === to ? [] : consistencyRanges(from, 0, to, true);
  return hashAll(reader, to, ranges);
}

/** Root of the log as it was at `size`. */
export async function rootAt(reader: TileReader, size: number): Promise<Uint8Array> {
  if (!isSize(size)) throw new RangeError('not a size');
  const [root] = await hashAll(reader, size, size === 0 ? [] : [[0, size]]);
  return root ?? toBytes(EMPTY_ROOT);
}

/** RFC 9162 §2.1.3.2: whether an entry's leaf hash stands at `index` in the log of `size` with this root. */
export function isIncluded(claim: {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}): boolean {
  const { index, size, proof } = claim;
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  if (![claim.leaf, claim.root, ...proof].every(isHash)) return false;
  let [fn, sn] = [index, size - 1];
  let hash = fromBytes(claim.leaf);
  for (const step of proof) {
    if (sn === 0) return false;
    const sibling = fromBytes(step);
    if (fn % 2 === 1 || fn === sn) {
      hash = hashNode(sibling, hash);
      while (fn % 2 === 0 && fn > 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      hash = hashNode(hash, sibling);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && hash === fromBytes(claim.root);
}

/** RFC 9162 §2.1.4.2: whether the log of `from` entries is a prefix of the log of `to`. */
export function isConsistent(claim: {
  readonly from: number;
  readonly fromRoot: Uint8Array;
  readonly to: number;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}): boolean {
  const { from, to, proof } = claim;
  if (!isSize(from) || !isSize(to) || from > to) return false;
  if (![claim.fromRoot, claim.toRoot, ...proof].every(isHash)) return false;
  const [fromRoot, toRoot] = [fromBytes(claim.fromRoot), fromBytes(claim.toRoot)];
  if (from === 0) return proof.length === 0 && fromRoot === EMPTY_ROOT;
  if (from === to) return proof.length === 0 && fromRoot === toRoot;
  const steps = proof.map((step) => fromBytes(step));
  if (isPowerOfTwo(from)) steps.unshift(fromRoot);
  return isFoldedTo(steps, from, to, fromRoot, toRoot);
}

function isFoldedTo(
  [first, ...steps]: readonly Hash[],
  from: number,
  to: number,
  fromRoot: Hash,
  toRoot: Hash,
): boolean {
  if (first === undefined) return false;
  let [fn, sn] = [from - 1, to - 1];
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let [older, newer] = [first, first];
  for (const step of steps) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      older = hashNode(step, older);
      newer = hashNode(step, newer);
      while (fn % 2 === 0 && fn > 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      newer = hashNode(newer, step);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && older === fromRoot && newer === toRoot;
}

/** Sibling ranges on the way from an entry up to `[from, to)`, lowest first. */
function inclusionRanges(index: number, from: number, to: number): Range[] {
  if (to - from === 1) return [];
  const middle = from + split(to - from);
  return index < middle
    ? [...inclusionRanges(index, from, middle), [middle, to]]
    : [...inclusionRanges(index, middle, to), [from, middle]];
}

/** SUBPROOF of RFC 9162 as ranges: `isWhole` while the old log is still the whole of the range. */
function consistencyRanges(size: number, from: number, to: number, isWhole: boolean): Range[] {
  if (size === to) return isWhole ? [] : [[from, to]];
  const middle = from + split(to - from);
  return size <= middle
    ? [...consistencyRanges(size, from, middle, isWhole), [middle, to]]
    : [...consistencyRanges(size, middle, to, false), [from, middle]];
}

/** Hashes of ranges, reading each tile once. */
async function hashAll(
  reader: TileReader,
  size: number,
  ranges: readonly Range[],
): Promise<readonly Uint8Array[]> {
  const tiles = new Map<string, Promise<Uint8Array>>();
  const read = (level: number, index: number): Promise<Uint8Array> => {
    const key = `${level}/${index}`;
    const known = tiles.get(key) ?? readTile(reader, size, level, index);
    tiles.set(key, known);
    return known;
  };
  return Promise.all(ranges.map(async ([from, to]) => toBytes(await hashRange(read, from, to))));
}

async function readTile(
  reader: TileReader,
  size: number,
  level: number,
  index: number,
): Promise<Uint8Array> {
  const lastIndex = Math.floor(size / TILE_WIDTH ** (level + 1));
  const width = index < lastIndex ? TILE_WIDTH : partialWidth(level, size);
  const tile = await reader.tile(level, index, width);
  if (tile?.length !== width * 32) throw new RangeError(`tile ${level}/${index} is missing`);
  return tile;
}

type ReadTile = (level: number, index: number) => Promise<Uint8Array>;

async function hashRange(read: ReadTile, from: number, to: number): Promise<Hash> {
  const length = to - from;
  if (isPowerOfTwo(length)) return hashSubtree(read, from, Math.round(Math.log2(length)));
  const middle = from + split(length);
  const [left, right] = await Promise.all([
    hashRange(read, from, middle),
    hashRange(read, middle, to),
  ]);
  return hashNode(left, right);
}

/** Root of the perfect subtree of 2^height entries that starts at `from`: a run of hashes of one tile. */
async function hashSubtree(read: ReadTile, from: number, height: number): Promise<Hash> {
  const level = Math.floor(height / 8);
  const first = from / TILE_WIDTH ** level;
  const tile = await read(level, Math.floor(first / TILE_WIDTH));
  const count = 2 ** (height % 8);
  const offset = first % TILE_WIDTH;
  let row = Array.from({ length: count }, (_, i) => fromBytes(tile, (offset + i) * 32));
  while (row.length > 1)
    row = Array.from({ length: row.length / 2 }, (_, i) =>
      hashNode(row[2 * i] ?? '', row[2 * i + 1] ?? ''),
    );
  return row[0] ?? EMPTY_ROOT;
}

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const isHash = (bytes: Uint8Array): boolean => bytes.length === 32;
const half = (value: number): number => Math.floor(value / 2);

/** The largest power of two below `size` (> 1). */
function split(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

const isPowerOfTwo = (value: number): boolean => value === 1 || split(value) * 2 === value;
