import { canonical } from '../canonical.ts';
import type { StoredEntry } from '../ports.ts';
import type { Instant } from '../time.ts';
import { readCheckpoint, type Checkpoint } from './checkpoint.ts';

/** The stream whose entries begin epochs (docs/spec/ledger.md, L26). */
export const EPOCHS = 'epochs';

/** That the log goes on under another origin, because it has not got all that was signed under the one before. */
export type EpochBegun = {
  readonly type: 'ledger.epoch-begun';
  readonly at: Instant;
  /** From 2; the log's first epoch needs no entry. Higher than every number that was signed, so there may be gaps. */
  readonly epoch: number;
  /** Index of this entry: how many entries the log kept. */
  readonly size: number;
  /** The last checkpoint signed before, verbatim; absent when nothing says what that was. */
  readonly previous?: string;
  readonly reason?: string;
};

/** The bytes of an entry that begins an epoch, at its place in the stream. */
export const encodeEpoch = (n: number, begun: EpochBegun): string =>
  canonical({ ...begun, v: 1, stream: EPOCHS, n });

/** The epochs that entries of the stream tell of. */
export const epochsOf = (entries: readonly Pick<StoredEntry, 'entry'>[]): readonly EpochBegun[] =>
  entries.map(({ entry }) => JSON.parse(entry) as EpochBegun);

/** The epoch a log is in: the last that began. Every replica reads it from the ledger, so all agree. */
export const epochNow = (epochs: readonly EpochBegun[]): number => epochs.at(-1)?.epoch ?? 1;

/** Origin of an epoch of a log: the log's own in the first, then with its number. */
export const originInEpoch = (origin: string, epoch: number): string =>
  epoch === 1 ? origin : `${origin}/${epoch}`;

// an installation's random name has 16 digits, so it is never taken for an epoch
const NUMBERED = /^(.+)\/([2-9]|[1-9]\d{1,5})$/;

/** The log's own origin, and the epoch, of an origin in a checkpoint. */
export function splitOrigin(origin: string): { readonly log: string; readonly epoch: number } {
  const [, log, epoch] = NUMBERED.exec(origin) ?? [];
  return log === undefined ? { log: origin, epoch: 1 } : { log, epoch: Number(epoch) };
}

/** Whether an epoch began in the knowledge of this checkpoint: of it or of a later one of its origin. */
export const isKnown = (
  { origin, size, root }: Checkpoint,
  epochs: readonly EpochBegun[],
): boolean =>
  epochs.some(({ previous }) => {
    const known = previous === undefined ? undefined : readCheckpoint(previous);
    if (known?.origin !== origin) return false;
    return known.size > size || (known.size === size && Buffer.compare(known.root, root) === 0);
  });
