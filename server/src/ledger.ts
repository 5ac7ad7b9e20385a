import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  createCheckpointer,
  createLogSigner,
  epochNow,
  EPOCHS,
  epochsOf,
  originInEpoch,
  StoreFailure,
  type Checkpointer,
  type Instant,
  type LastSigned,
  type LedgerStore,
  type NoteSigner,
} from '@countersign/core';
import { createLastSignedFile } from '@countersign/store-sqlite';
import type { Config } from './config/config.ts';
import { checkInstallation } from './installation.ts';
import { openKeys, type Keys } from './keys.ts';
import { faultOf, type Log } from './log.ts';
import { trustOf, writeTrustFiles } from './trust-file.ts';
import { openStore, type OpenStore } from './open-store.ts';
import { originOf } from './settings.ts';
import { StartFailure } from './start-failure.ts';
import type { Troubles } from './troubles.ts';

/** The ledger of a data folder, with the keys that sign and seal it. */
export type Ledger = OpenStore & {
  readonly keys: Keys;
  /** Origin of the epoch the ledger is in, and when that began unless it is the first. */
  readonly origin: string;
  readonly epochBegan?: Instant;
  readonly checkpointer: Checkpointer;
  /** The trust file: the ledger's public keys. */
  readonly trust: string;
  /** What broke it, once something has; from then on nothing is written or acknowledged. */
  readonly failure: () => StoreFailure | undefined;
};

/** Opens the ledger; what it opens is closed with `opening`. `onFailed` hears of the first failure, once. */
export async function openLedger(
  config: Config,
  parts: {
    readonly opening: AsyncDisposableStack;
    readonly log: Log;
    readonly troubles: Troubles;
    readonly onFailed: () => void;
  },
): Promise<Ledger> {
  const { opening, log, troubles } = parts;
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const lastSigned = createLastSignedFile(config.lastSigned ?? join(config.dataDir, 'last-signed'));
  const shared = await openStore(config, lastSigned, log);
  const { store: opened } = shared;
  opening.defer(opened.close);
  const isNew = (await opened.head()).size === 0;
  // a gateway that joins others has signed nothing yet
  if (config.lastSigned !== undefined && !isNew && !config.database)
    await refuseMissing(config.lastSigned, lastSigned);
  let failure: StoreFailure | undefined;
  const onFailed = (cause: StoreFailure): void => {
    if (failure || cause.retryable) return; // it passes: nothing was released, and the next append tries again
    failure = cause;
    log.error('ledger-failed', { code: cause.code });
    parts.onFailed();
  };
  const store = watched(opened, onFailed);
  store.onAppended(({ stream }) => {
    if (stream === EPOCHS) onFailed(endOfEpoch());
  });
  const dir = config.keysDir ?? join(config.dataDir, 'keys');
  const keys = openKeys(dir, { isNew });
  await checkInstallation(store, keys, { dir, clock: shared.clock }); // before anything is sealed or signed with them
  const epochs = epochsOf(await store.read(EPOCHS));
  const signers = signersOf(originOf(config, keys.installation), keys, epochNow(epochs));
  const signer = signers.current;
  const trust = trustOf(signers.all);
  writeTrustFiles(config.dataDir, trust, keys.grant);
  const checkpointer = await createCheckpointer({
    store,
    signer,
    lastSigned: {
      ...lastSigned,
      write: async (checkpoint) => {
        await lastSigned.write(checkpoint);
        troubles.end('checkpoints');
      },
    },
    later: (ms, run) => void setTimeout(run, ms).unref(),
    onFailure: (error) => {
      troubles.begin('checkpoints', 'not-signed');
      log.error('checkpoint-failed', faultOf(error));
    },
  });
  opening.defer(async () => {
    // a broken ledger has no new head to sign, and what is open below must be closed all the same
    await checkpointer
      .stop()
      .catch((error: unknown) => log.error('checkpoint-failed', faultOf(error)));
  });
  const began = epochs.at(-1)?.at;
  const epochBegan = began === undefined ? {} : { epochBegan: began };
  const about = { keys, origin: signer.name, ...epochBegan, checkpointer, trust };
  return { ...shared, store, ...about, failure: () => failure };
}

/** Who signs in this epoch, and everyone who did: the log of each epoch has its own name and key. */
function signersOf(
  origin: string,
  { ledgerIn }: Pick<Keys, 'ledgerIn'>,
  epoch: number,
): { readonly current: NoteSigner; readonly all: readonly NoteSigner[] } {
  const signer = (n: number): NoteSigner => createLogSigner(originInEpoch(origin, n), ledgerIn(n));
  return { current: signer(epoch), all: Array.from({ length: epoch }, (_, i) => signer(i + 1)) };
}

/** L26: one that runs would go on signing under the old origin; started anew, it takes the new one. */
const endOfEpoch = (): StoreFailure =>
  new StoreFailure('rolled-back', 'a new epoch of the ledger began; start again');

/** It is written before the first entry is: where it is missing, its volume may be, and a rollback with it. */
async function refuseMissing(path: string, { read }: LastSigned): Promise<void> {
  if ((await read()) !== undefined) return;
  throw new StartFailure('last-signed-missing', `\`${path}\` is not there, but a ledger is`, {
    hint: 'mount its volume or bring it back; if `last_signed` is new, move `last-signed` of `data_dir` there',
  });
}

/** The same store; whoever asked to know hears when it fails. */
const watched = (store: LedgerStore, onFailed: (cause: StoreFailure) => void): LedgerStore => ({
  ...store,
  append: async (unit) => {
    try {
      return await store.append(unit);
    } catch (cause) {
      if (cause instanceof StoreFailure) onFailed(cause);
      throw cause;
    }
  },
});
