import { StoreFailure, type Head, type LedgerStore } from '../ports.ts';
import { readCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { LastSigned } from './checkpointer.ts';
import { epochNow, EPOCHS, epochsOf, isKnown, splitOrigin, type EpochBegun } from './epoch.ts';
import { rootAt, type TileReader } from './proof.ts';

/** What a ledger has, to be compared with what was signed. */
export type Kept = {
  readonly size: number;
  readonly epochs: readonly EpochBegun[];
  /** Root of its first entries. */
  readonly rootAt: (size: number) => Promise<Uint8Array>;
};

/** What a store has. */
export const keptIn = async (
  store: TileReader & Pick<LedgerStore, 'read'>,
  { size }: Pick<Head, 'size'>,
): Promise<Kept> => ({
  size,
  epochs: epochsOf(await store.read(EPOCHS)),
  rootAt: (at) => rootAt(store, at),
});

/**
 * Refuses a ledger that has not got what was signed (L20): going on would show two histories to the world. What an epoch
 * began without is no longer asked for (L26).
 */
export async function refuseRollback(
  store: TileReader & Pick<LedgerStore, 'read'>,
  head: Pick<Head, 'size'>,
  lastSigned: Pick<LastSigned, 'read'>,
): Promise<void> {
  const note = await lastSigned.read();
  if (note === undefined) return;
  const signed = readCheckpoint(note);
  if (!signed) throw new StoreFailure('corrupt', 'the last signed checkpoint cannot be read');
  const missing = await whatIsMissing(await keptIn(store, head), signed);
  if (missing !== undefined) throw new StoreFailure('rolled-back', missing);
}

/** What a ledger lacks of a checkpoint that was signed for it; undefined when nothing. */
export async function whatIsMissing(
  { size, epochs, rootAt: rootOf }: Kept,
  signed: Checkpoint,
): Promise<string | undefined> {
  const { epoch } = splitOrigin(signed.origin);
  const now = epochNow(epochs);
  if (epoch > now)
    return `the ledger is in epoch ${now}, but epoch ${epoch} was signed; an old copy was restored`;
  if (epoch < now && isKnown(signed, epochs)) return undefined;
  // what an earlier epoch signed is about the entries before the next one began
  const kept = epochs.find((begun) => begun.epoch > epoch)?.size ?? size;
  if (kept < signed.size)
    return `the ledger has ${kept} entries${kept < size ? ` of epoch ${epoch}` : ''}, but ${signed.size} were signed; an old copy was restored`;
  return Buffer.compare(await rootOf(signed.size), signed.root) === 0
    ? undefined
    : `the ledger has ${size} entries, and its first ${signed.size} are not those that were signed`;
}
