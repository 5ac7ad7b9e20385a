import {
  keptIn,
  provenEntries,
  readCheckpoint,
  whatIsMissing,
  type DumpProgress,
  type Instant,
  type StoreDump,
} from '@countersign/core';
import type { Config } from '../config/config.ts';
import { OperationFailure } from './failure.ts';
import { placeOf, refuseLedger, type Place } from './place.ts';

/** How a store is copied. */
type CopyOptions = {
  readonly now: Instant;
  /** Copies a moment of a store that is being served. */
  readonly isLive: boolean;
  readonly onProgress?: DumpProgress;
  /** Told when everything was written and is read back. */
  readonly onVerify?: DumpProgress;
};

/** What was copied. */
export type Copied = {
  readonly entries: number;
  /** Lower-case hex; the same on both sides. */
  readonly root: string;
  /** The source was being served and has signed more meanwhile: the copy is refused as that ledger, as it should be. */
  readonly isBehind: boolean;
};

/**
 * Copies the store of one configuration into that of another: the same ledger with the same root, read back and hashed
 * anew from the target. The last signed checkpoint goes with it, so that a copy of a store that went on is refused.
 */
export async function copyStore(from: Config, to: Config, options: CopyOptions): Promise<Copied> {
  const [source, target] = [placeOf(from), placeOf(to)];
  await refuseLedger(to);
  const release = options.isLive ? undefined : await holdSource(source);
  try {
    const dump = await source.dump();
    try {
      await carrySigned(source, target); // first: a target whose copy was cut short must not start as a new ledger
      await target.load(dump, options.onProgress);
      await verify(target, dump, options.onVerify);
    } finally {
      await dump.close();
    }
    await carrySigned(source, target);
    const missing = await whatTargetLacks(target, options.now);
    if (missing !== undefined && !options.isLive) throw notAll(missing);
    const { size, root } = dump.head;
    const isBehind = missing !== undefined;
    return { entries: size, root: Buffer.from(root).toString('hex'), isBehind };
  } finally {
    await release?.();
  }
}

async function holdSource(source: Place): Promise<() => Promise<void>> {
  try {
    return await source.hold();
  } catch (cause) {
    throw new OperationFailure(
      'source-served',
      `\`${source.name}\` is being served, or cannot be locked`,
      'stop its gateways to move it; `--live` copies this moment of it, and only one of the two may go on',
      cause,
    );
  }
}

/** What is there hashes to what was dumped. */
async function verify(
  target: Place,
  { head }: StoreDump,
  onVerify: DumpProgress = () => undefined,
): Promise<void> {
  const copy = await target.dump();
  try {
    for await (const page of provenEntries({ head, entries: copy.entries }))
      onVerify((page.at(-1)?.seq ?? -1) + 1);
  } finally {
    await copy.close();
  }
}

/** The newer of both checkpoints stays; which of them the ledger has is asked afterwards. */
async function carrySigned(source: Place, target: Place): Promise<void> {
  const [ours, theirs] = [await source.lastSigned.read(), await target.lastSigned.read()];
  if (ours === undefined || ours === theirs) return;
  if (sizeOf(ours) >= sizeOf(theirs)) await target.lastSigned.write(ours);
}

const sizeOf = (note: string | undefined): number =>
  note === undefined ? -1 : (readCheckpoint(note)?.size ?? Number.MAX_SAFE_INTEGER);

/** A copy that has not got what was signed will not start; it is better to hear so now. */
async function whatTargetLacks(target: Place, now: Instant): Promise<string | undefined> {
  const note = await target.lastSigned.read();
  const signed = note === undefined ? undefined : readCheckpoint(note);
  if (!signed) return undefined;
  const store = await target.open(() => now);
  try {
    return await whatIsMissing(await keptIn(store, await store.head()), signed);
  } finally {
    await store.close();
  }
}

const notAll = (missing: string): OperationFailure =>
  new OperationFailure(
    'rolled-back',
    `the copy is whole, but is not all that was signed: ${missing}`,
    'look which `last_signed` the target has; it may be of another ledger',
  );
