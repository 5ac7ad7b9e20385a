import { fromUtf8, isSame } from '../bytes.ts';
import { parseEntry, type Entry } from '../entry.ts';
import type { Checkpoint } from '../note/checkpoint.ts';
import type { Trust } from '../note/trust.ts';
import { webPrimitives, type Primitives } from '../primitives.ts';
import { fail, ok, type Result } from '../result.ts';
import { readLeaves, readTile, type Source } from './source.ts';
import { hashAt, levelsOf, partialWidth, WIDTH, widthOf } from './tiles.ts';
import { hashPerfect, rootOfEdge } from './tree.ts';
import { openSource } from './verify-ledger.ts';

/** Entries `[from, to)` that were proven to stand in the log where they stand. */
export type VerifiedRange = {
  readonly checkpoint: Checkpoint;
  readonly from: number;
  readonly entries: readonly Entry[];
};

/** Which entries to look at, and with what. */
export type RangeOptions = {
  readonly from: number;
  readonly to: number;
  readonly primitives?: Primitives;
};

const MOST = 100_000;

/** Verifies part of a ledger, reading only the tiles that lead from these entries to the signed root. */
export async function verifyRange(
  source: Source,
  trust: Trust,
  { from, to, primitives = webPrimitives }: RangeOptions,
): Promise<Result<VerifiedRange>> {
  const opened = await openSource(primitives, source, trust);
  if (!opened.ok) return opened;
  const checkpoint = opened.value;
  const isRange = Number.isSafeInteger(from) && Number.isSafeInteger(to) && 0 <= from && from < to;
  if (!isRange || to > checkpoint.size || to - from > MOST)
    return fail(
      'range-invalid',
      `no entries ${from} to ${to} in a ledger of ${checkpoint.size}; at most ${MOST} at once`,
    );
  const tiles = await readEdge(primitives, source, checkpoint);
  if (!tiles.ok) return tiles;
  const reading = { primitives, source, proven: tiles.value };
  const entries: Entry[] = [];
  for (let index = Math.floor(from / WIDTH); index * WIDTH < to; index++) {
    const read = await readBundle(reading, checkpoint.size, index);
    if (!read.ok) return read;
    for (const [i, leaf] of read.value.entries()) {
      const at = index * WIDTH + i;
      if (at < from || at >= to) continue;
      const entry = parseEntry(fromUtf8(leaf.subarray(1)) ?? '');
      if (!entry)
        return fail('entry-malformed', `entry ${at} is not the canonical JSON of an event`);
      entries.push(entry);
    }
  }
  return ok({ checkpoint, from, entries });
}

/** Tiles that were proven, by level and index. */
type Proven = Map<string, Uint8Array>;
type Reading = {
  readonly primitives: Primitives;
  readonly source: Source;
  readonly proven: Proven;
};

/** The last, partial tiles of every level are proven at once: together they are the signed root. */
async function readEdge(
  { sha256 }: Primitives,
  source: Source,
  { size, root }: Checkpoint,
): Promise<Result<Proven>> {
  const proven: Proven = new Map();
  const edge: Uint8Array[] = [];
  for (let level = 0; level < levelsOf(size); level++) {
    const width = partialWidth(level, size);
    const index = Math.floor(size / WIDTH ** (level + 1));
    if (width === 0) {
      edge.push(new Uint8Array(0));
      continue;
    }
    const tile = await readTile(source, level, index, width);
    if (!tile.ok) return tile;
    edge.push(tile.value);
    proven.set(`${level}/${index}`, tile.value);
  }
  return isSame(await rootOfEdge(sha256, edge), root)
    ? ok(proven)
    : fail('root-mismatch', `the last tiles do not hash to the signed root of ${size} entries`);
}

/** A full tile is proven by its hash in the tile above. */
async function readProven(
  reading: Reading,
  level: number,
  index: number,
): Promise<Result<Uint8Array>> {
  const { primitives, source, proven } = reading;
  const known = proven.get(`${level}/${index}`);
  if (known) return ok(known);
  const above = await readProven(reading, level + 1, Math.floor(index / WIDTH));
  if (!above.ok) return above;
  const tile = await readTile(source, level, index, WIDTH);
  if (!tile.ok) return tile;
  const root = await hashPerfect(primitives.sha256, tile.value);
  if (!isSame(root, hashAt(above.value, index % WIDTH)))
    return fail(
      'tile-mismatch',
      `tile ${level}/${index} does not hash to what the tile above says`,
    );
  proven.set(`${level}/${index}`, tile.value);
  return tile;
}

async function readBundle(
  reading: Reading,
  size: number,
  index: number,
): Promise<Result<readonly Uint8Array[]>> {
  const { primitives, source } = reading;
  const tile = await readProven(reading, 0, index);
  if (!tile.ok) return tile;
  const leaves = await readLeaves(source, index, widthOf(0, index, size));
  if (!leaves.ok) return leaves;
  const hashes = await primitives.sha256(leaves.value);
  for (const i of leaves.value.keys())
    if (!isSame(hashAt(hashes, i), hashAt(tile.value, i)))
      return fail(
        'tile-mismatch',
        `entry ${index * WIDTH + i} does not hash to what tile 0/${index} says`,
      );
  return leaves;
}
