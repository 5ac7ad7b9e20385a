import { fromUtf8, isSame, toBase64 } from '../bytes.ts';
import { openCheckpoint, parseCheckpoint, type Checkpoint } from '../note/checkpoint.ts';
import type { Trust } from '../note/trust.ts';
import { webPrimitives, type Primitives } from '../primitives.ts';
import { fail, ok, type Result } from '../result.ts';
import { readCheckpoint, readLeaves, readTile, type Source } from './source.ts';
import { createStreamCheck, type StreamCheck } from './stream-check.ts';
import { hashAt, levelsOf, WIDTH, widthOf } from './tiles.ts';
import { HASH, hashPerfect, rootOfEdge } from './tree.ts';

/** How to look at a ledger. */
export type LedgerOptions = {
  readonly primitives?: Primitives;
  readonly onProgress?: (done: number, total: number) => void;
  /**
   * How far entries are read: not at all; as canonical entries of streams without a gap; or as actions too,
   * each event by the rules of evidence (the default).
   */
  readonly depth?: Depth;
};

export type Depth = 'tree' | 'streams' | 'actions';

/** A whole ledger that was verified. */
export type VerifiedLedger = {
  readonly checkpoint: Checkpoint;
  readonly entries: number;
  readonly tiles: number;
  /** How far entries were read. */
  readonly depth: Depth;
};

type Row = { readonly hashes: Uint8Array; width: number; index: number };

/**
 * Checkpoint, then every entry and every tile, to the signed root. Streaming: one bundle in memory at a time.
 * Entries are counted by where they lie, so their indexes have no gaps (L2).
 */
export async function verifyLedger(
  source: Source,
  trust: Trust,
  options: LedgerOptions = {},
): Promise<Result<VerifiedLedger>> {
  const primitives = options.primitives ?? webPrimitives;
  const opened = await openSource(primitives, source, trust);
  if (!opened.ok) return opened;
  const checkpoint = opened.value;
  const { size } = checkpoint;
  const rows = createRows(primitives, source, size);
  const depth = options.depth ?? 'actions';
  const check =
    depth === 'tree' ? undefined : createStreamCheck(checkpoint.origin, depth === 'actions');
  for (let index = 0; index * WIDTH < size; index++) {
    const leaves = await readLeaves(source, index, widthOf(0, index, size));
    if (!leaves.ok) return leaves;
    const pushed = await rows.push(await primitives.sha256(leaves.value));
    if (!pushed.ok) return pushed;
    const sound = checkAll(check, leaves.value, index * WIDTH);
    if (!sound.ok) return sound;
    const signed = await check?.signatures(primitives);
    if (signed?.ok === false) return signed;
    options.onProgress?.(Math.min((index + 1) * WIDTH, size), size);
  }
  const root = await rows.finish();
  if (!root.ok) return root;
  if (!isSame(root.value, checkpoint.root))
    return fail(
      'root-mismatch',
      `${size} entries hash to ${toBase64(root.value)}, but ${toBase64(checkpoint.root)} was signed`,
    );
  const whole = check?.finish();
  if (whole?.ok === false) return whole;
  return ok({
    checkpoint,
    entries: size,
    tiles: rows.count(),
    depth,
  });
}

/** The checkpoint of a source, if it is believed. */
export async function openSource(
  primitives: Primitives,
  source: Source,
  trust: Trust,
): Promise<Result<Checkpoint>> {
  const read = await readCheckpoint(source);
  if (!read.ok) return read;
  const text = fromUtf8(read.value);
  const parsed = text === undefined ? undefined : parseCheckpoint(text);
  return parsed
    ? openCheckpoint(primitives, parsed, trust)
    : fail('checkpoint-malformed', 'the checkpoint is not a signed note of a tree head');
}

function checkAll(
  check: StreamCheck | undefined,
  leaves: readonly Uint8Array[],
  first: number,
): Result<void> {
  for (const [i, leaf] of leaves.entries()) {
    const sound = check?.take(leaf, first + i);
    if (sound?.ok === false) return sound;
  }
  return ok(undefined);
}

/** The tiles as they must be (L10), level by level, compared with those the source has. */
function createRows({ sha256 }: Primitives, source: Source, size: number) {
  const rows: Row[] = Array.from({ length: levelsOf(size) }, () => ({
    hashes: new Uint8Array(WIDTH * HASH),
    width: 0,
    index: 0,
  }));
  let count = 0;

  async function compare(level: number, { hashes, width, index }: Row): Promise<Result<void>> {
    const tile = await readTile(source, level, index, width);
    if (!tile.ok) return tile;
    count++;
    if (isSame(tile.value, hashes.subarray(0, width * HASH))) return ok(undefined);
    let i = 0;
    while (isSame(hashAt(tile.value, i), hashAt(hashes, i))) i++;
    return fail('tile-mismatch', mismatch(level, index, i));
  }

  async function put(level: number, hashes: Uint8Array): Promise<Result<void>> {
    const row = rows[level];
    if (!row) return ok(undefined); // above the last level: the root itself
    row.hashes.set(hashes, row.width * HASH);
    row.width += hashes.length / HASH;
    if (level > 0 && row.width < WIDTH) return ok(undefined);
    const same = await compare(level, row); // level 0 comes bundle by bundle, the last one partial
    if (!same.ok || row.width < WIDTH) return same;
    const root = await hashPerfect(sha256, row.hashes);
    row.width = 0;
    row.index++;
    return put(level + 1, root);
  }

  return {
    push: (hashes: Uint8Array) => put(0, hashes),
    finish: async (): Promise<Result<Uint8Array>> => {
      for (const [level, row] of rows.entries()) {
        const isCompared = level === 0 || row.width === 0;
        const same = isCompared ? ok(undefined) : await compare(level, row);
        if (!same.ok) return same;
      }
      const edge = rows.map(({ hashes, width }) => hashes.subarray(0, width * HASH));
      return ok(await rootOfEdge(sha256, edge));
    },
    count: () => count,
  };
}

const mismatch = (level: number, index: number, i: number): string =>
  level === 0
    ? `entry ${index * WIDTH + i} does not hash to what tile 0/${index} says`
    : `hash ${i} of tile ${level}/${index} is not the root of the tile below`;
