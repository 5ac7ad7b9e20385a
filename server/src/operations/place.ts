import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, DumpProgress, LastSigned, LedgerStore, StoreDump } from '@countersign/core';
import {
  createLastSignedFile,
  createSqliteStore,
  holdSqlite,
  loadSqlite,
  openSqliteDump,
} from '@countersign/store-sqlite';
import type { Config } from '../config/config.ts';
import { OperationFailure } from './failure.ts';

/** Where a configuration keeps its ledger, and what is done to it there besides serving it. */
export type Place = {
  /** As messages name it; never with a password in it. */
  readonly name: string;
  readonly hasLedger: () => Promise<boolean>;
  readonly dump: () => Promise<StoreDump>;
  /** Fills it, whole or not at all. */
  readonly load: (dump: StoreDump, onProgress?: DumpProgress) => Promise<void>;
  /** Opens it to be written by this process alone; what was signed is not asked. */
  readonly open: (clock: Clock) => Promise<LedgerStore>;
  /** Refuses while a gateway serves it, and keeps gateways away until released. */
  readonly hold: () => Promise<() => Promise<void>>;
  readonly lastSigned: LastSigned;
};

/** The place of a configuration. */
export function placeOf({ dataDir: folder, lastSigned }: Config): Place {
  return {
    name: folder,
    hasLedger: async () => {
      if (!existsSync(join(folder, 'ledger.db'))) return false;
      const dump = await openSqliteDump(folder);
      await dump.close();
      return dump.head.size > 0;
    },
    dump: () => openSqliteDump(folder),
    load: (dump, onProgress) => loadSqlite(folder, dump, onProgress),
    open: (clock) => createSqliteStore({ folder, clock }),
    hold: async () => {
      const release = holdSqlite(folder);
      return async () => release();
    },
    lastSigned: createLastSignedFile(lastSigned ?? join(folder, 'last-signed')),
  };
}

/** What is filled must be empty: nothing that is there is ever overwritten. */
export async function refuseLedger(place: Place): Promise<void> {
  if (await place.hasLedger())
    throw new OperationFailure(
      'not-empty',
      `there is a ledger in \`${place.name}\` already`,
      'choose another place, or move what is there away',
    );
}
