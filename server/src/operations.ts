// What is done to a ledger besides serving it. A door of its own: a gateway that idles does not load it.
export { loadConfig } from './config/load.ts';
export { StartFailure } from './start-failure.ts';
export { migrateLedger } from './operations/migrate.ts';
export { OperationFailure } from './operations/failure.ts';
export { backUp } from './operations/backup.ts';
export { checkBackup, checkStore, type Checked, type StoreProblem } from './operations/check.ts';
export { copyStore, type Copied } from './operations/copy.ts';
export { beginEpoch, type EpochOptions, type EpochPlan } from './operations/new-epoch.ts';
export { restore, type Restored } from './operations/restore.ts';
export type { Manifest } from './operations/backup-format.ts';
