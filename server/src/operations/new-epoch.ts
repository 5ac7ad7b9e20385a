import {
  encodeEpoch,
  epochNow,
  EPOCHS,
  keptIn,
  readCheckpoint,
  signCheckpoint,
  splitOrigin,
  whatIsMissing,
  type Checkpoint,
  type EpochBegun,
  type Instant,
  type Kept,
  type LedgerStore,
} from '@countersign/core';
import type { Config } from '../config/config.ts';
import { trustOf, writeTrustFiles } from '../trust-file.ts';
import { OperationFailure } from './failure.ts';
import { identityOf, type Identity } from './origin.ts';
import { hasLedger, placeOf } from './place.ts';

/** What beginning an epoch means, to be agreed to before it is done. */
export type EpochPlan = {
  readonly epoch: number;
  readonly origin: string;
  /** How many entries the ledger has. */
  readonly size: number;
  /** What it has not got of what was signed. */
  readonly missing: string;
  /** First and last index of entries that were signed and are gone, where that is known. */
  readonly lost?: { readonly from: number; readonly to: number };
};

/** What a new epoch is begun with. */
export type EpochOptions = {
  readonly now: Instant;
  readonly reason?: string | undefined;
  /** Whether whoever is responsible agrees. */
  readonly confirm: (plan: EpochPlan) => Promise<boolean>;
};

/** Goes on with a ledger that has not got what was signed, under a new origin. Stop every gateway before. */
export async function beginEpoch(config: Config, options: EpochOptions): Promise<EpochPlan> {
  const [identity, place] = [identityOf(config), placeOf(config)];
  if (!(await hasLedger(config)))
    throw new OperationFailure(
      'no-ledger',
      `there is no ledger in \`${place.name}\``,
      'restore a backup: `countersign restore`',
    );
  const store = await place.open(() => options.now);
  try {
    const note = await place.lastSigned.read();
    const plan = await planEpoch(await keptIn(store, await store.head()), note, identity);
    await agree(plan, options);
    await append(store, begunBy(plan, note, options));
    await settleEpoch(config, identity, { store, epoch: plan.epoch });
    return plan;
  } finally {
    await store.close();
  }
}

/** What an epoch over these entries would be. Refuses where nothing that was signed is missing. */
export async function planEpoch(
  kept: Kept,
  note: string | undefined,
  { log, signerIn }: Identity,
): Promise<EpochPlan> {
  const signed = note === undefined ? undefined : readCheckpoint(note);
  if (note !== undefined && !signed)
    throw new OperationFailure(
      'signed-unreadable',
      'the last signed checkpoint cannot be read',
      'bring back a copy of it',
    );
  if (signed && splitOrigin(signed.origin).log !== log)
    throw new OperationFailure(
      'other-log',
      `the last signed checkpoint is of \`${signed.origin}\`, not of \`${log}\``,
      'correct `public_url` or `last_signed`',
    );
  const missing = signed ? await whatIsMissing(kept, signed) : UNKNOWN;
  if (missing === undefined)
    throw new OperationFailure(
      'not-rolled-back',
      `the ledger has everything that was signed, in epoch ${epochNow(kept.epochs)}`,
      'start the gateway; no other epoch is needed',
    );
  // a copy may be from before an epoch that signed: no number is ever taken twice
  const epoch = Math.max(epochNow(kept.epochs), signed ? splitOrigin(signed.origin).epoch : 1) + 1;
  const { size } = kept;
  const lost = lostOf(size, signed);
  return { epoch, origin: signerIn(epoch).name, size, missing, ...(lost && { lost }) };
}

const UNKNOWN = 'nothing says what was signed last, so nobody can say what is missing';

const lostOf = (size: number, signed: Checkpoint | undefined): EpochPlan['lost'] =>
  signed && signed.size > size ? { from: size, to: signed.size - 1 } : undefined;

/** Goes no further unless it is agreed to. */
export async function agree(plan: EpochPlan, { confirm }: EpochOptions): Promise<void> {
  if (await confirm(plan)) return;
  throw new OperationFailure('not-confirmed', 'no epoch was begun', 'nothing was changed');
}

/** The event of a plan. */
export const begunBy = (
  { epoch, size }: EpochPlan,
  previous: string | undefined,
  { now, reason }: EpochOptions,
): EpochBegun => ({
  type: 'ledger.epoch-begun',
  at: now,
  epoch,
  size,
  ...(previous !== undefined && { previous }),
  ...(reason !== undefined && { reason }),
});

async function append(store: LedgerStore, begun: EpochBegun): Promise<void> {
  const n = (await store.read(EPOCHS)).length;
  const appended = await store.append({
    stream: EPOCHS,
    expectedVersion: n,
    entries: [encodeEpoch(n + 1, begun)],
  });
  if (!appended.ok || appended.value.firstSeq !== begun.size)
    throw new OperationFailure(
      'not-alone',
      'someone else wrote to the ledger',
      'stop every gateway and look with `countersign store check`',
    );
}

/** Signs the new epoch's first checkpoint and tells auditors of its key. A crash before it costs nothing: a start does it too. */
export async function settleEpoch(
  config: Config,
  { signerIn, keys }: Identity,
  { store, epoch }: { readonly store: LedgerStore; readonly epoch: number },
): Promise<void> {
  await placeOf(config).lastSigned.write(signCheckpoint(await store.head(), signerIn(epoch)));
  const signers = Array.from({ length: epoch }, (_, i) => signerIn(i + 1));
  writeTrustFiles(config.dataDir, trustOf(signers), keys.grant);
}
