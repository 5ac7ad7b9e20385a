import {
  encodeEpoch,
  EPOCHS,
  hashLeaf,
  type DumpProgress,
  type EpochBegun,
  type StoreDump,
  type Survey,
} from '@countersign/core';
import type { Config } from '../config/config.ts';
import { keptBy, SIGNED, surveyed, whatIsSigned } from './check.ts';
import { OperationFailure } from './failure.ts';
import {
  agree,
  begunBy,
  planEpoch,
  settleEpoch,
  type EpochOptions,
  type EpochPlan,
} from './new-epoch.ts';
import { identityOf, type Identity } from './origin.ts';
import { placeOf, refuseLedger } from './place.ts';
import { openBackup, type Backup } from './read-backup.ts';

/** How a backup is restored. */
type RestoreOptions = {
  /** Given when the ledger may go on without what was signed after the backup. */
  readonly newEpoch?: EpochOptions;
  readonly onProgress?: DumpProgress;
};

/** What was restored. */
export type Restored = {
  readonly entries: number;
  /** Lower-case hex. */
  readonly root: string;
  /** The epoch that was begun, if what was signed had to be gone on without. */
  readonly epoch?: EpochPlan;
};

/**
 * Restores a backup into a store without a ledger. Everything in it is checked first, then compared with what was signed
 * last; a new epoch is part of what is loaded, so no start ever sees the one without the other. Keys must be there before.
 */
export async function restore(
  config: Config,
  from: string,
  { newEpoch, onProgress }: RestoreOptions,
): Promise<Restored> {
  const [identity, place] = [identityOf(config), placeOf(config)];
  await refuseLedger(config);
  const backup = await openBackup(from, identity.keys.backup);
  const note = await place.lastSigned.read();
  const survey = await surveyed(backup.dump, [note, backup.manifest.checkpoint]);
  await refuseUnsound(backup, survey, identity);
  const wrong = await whatIsSigned(survey, note, identity);
  if (!wrong) {
    await place.load(backup.dump, onProgress);
    return tell(backup.dump);
  }
  const isLost = wrong.code === 'rolled-back' || wrong.code === 'signed-missing';
  if (!newEpoch || !isLost)
    throw new OperationFailure(
      wrong.code,
      `the backup cannot simply be gone on with: ${wrong.what}`,
      isLost ? GO_ON : SIGNED[wrong.code],
    );
  const plan = await planEpoch(keptBy(survey), note, identity);
  await agree(plan, newEpoch);
  const begun = begunBy(plan, note ?? backup.manifest.checkpoint, newEpoch);
  const dump = withEpoch(backup.dump, survey, begun);
  await place.load(dump, onProgress);
  const store = await place.open(() => newEpoch.now);
  try {
    await settleEpoch(config, identity, { store, epoch: plan.epoch });
  } finally {
    await store.close();
  }
  return { ...tell(dump), epoch: plan };
}

const GO_ON = 'use a newer backup, or bring `last_signed` back, or go on without: `--new-epoch`';

const tell = ({ head: { size, root } }: StoreDump): Restored => ({
  entries: size,
  root: Buffer.from(root).toString('hex'),
});

const TOLD = 5;

async function refuseUnsound(
  { manifest: { checkpoint } }: Backup,
  survey: Survey,
  identity: Identity,
): Promise<void> {
  const wrong =
    checkpoint === undefined ? undefined : await whatIsSigned(survey, checkpoint, identity);
  const found = [
    ...survey.problems.map(({ where, what }) => `${where} ${what}`),
    ...(wrong ? [`its own checkpoint: ${wrong.what}`] : []),
  ];
  if (found.length > 0)
    throw new OperationFailure(
      'backup-unsound',
      `the backup does not fit together: ${found.slice(0, TOLD).join('; ')}`,
      'use another backup; `countersign store check --backup` lists everything',
    );
}

/** The same dump with the entry that begins an epoch as its last. */
function withEpoch(dump: StoreDump, survey: Survey, begun: EpochBegun): StoreDump {
  const version = survey.epochs.length + 1;
  const entry = encodeEpoch(version, begun);
  const leaf = hashLeaf(Buffer.from(entry));
  const { size } = dump.head;
  return {
    ...dump,
    head: { size: size + 1, root: survey.rootWith(leaf), at: begun.at },
    async *entries() {
      yield* dump.entries();
      yield [{ seq: size, stream: EPOCHS, version, entry, leaf }];
    },
  };
}
