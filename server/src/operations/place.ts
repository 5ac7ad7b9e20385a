import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, DumpProgress, LastSigned, LedgerStore, StoreDump } from '@countersign/core';
import {
  createPostgresStore,
  holdPostgres,
  loadPostgres,
  openPostgresDump,
  requireIdle,
} from '@countersign/store-postgres';
import {
  createLastSignedFile,
  createSqliteStore,
  holdSqlite,
  loadSqlite,
  openSqliteDump,
} from '@countersign/store-sqlite';
import type { Config, Database } from '../config/config.ts';
import { OperationFailure } from './failure.ts';

/** Where a configuration keeps its ledger, and what is done to it there besides serving it. */
export type Place = {
  /** As messages name it; never with a password in it. */
  readonly name: string;
  readonly dump: () => Promise<StoreDump>;
  /** Fills it, whole or not at all. */
  readonly load: (dump: StoreDump, onProgress?: DumpProgress) => Promise<void>;
  /** Opens it to be written while no gateway serves it; what was signed is not asked. */
  readonly open: (clock: Clock) => Promise<LedgerStore>;
  /** Refuses while a gateway serves it, and keeps gateways away until released. */
  readonly hold: () => Promise<() => Promise<void>>;
  readonly lastSigned: LastSigned;
};

/** The place of a configuration. */
export function placeOf({ dataDir, lastSigned, database }: Config): Place {
  return {
    ...(database ? inDatabase(database) : inFolder(dataDir)),
    lastSigned: createLastSignedFile(lastSigned ?? join(dataDir, 'last-signed')),
  };
}

type Kept = Omit<Place, 'lastSigned'>;

const inFolder = (folder: string): Kept => ({
  name: folder,
  dump: () => openSqliteDump(folder),
  load: (dump, onProgress) => loadSqlite(folder, dump, onProgress),
  open: (clock) => createSqliteStore({ folder, clock }),
  hold: async () => {
    const release = holdSqlite(folder);
    return async () => release();
  },
});

function inDatabase({ url, schema }: Database): Kept {
  const access = { url: url.reveal(), schema };
  return {
    name: `schema ${schema}`,
    dump: () => openPostgresDump(access),
    load: (dump, onProgress) => loadPostgres(access, dump, onProgress),
    open: async () => {
      await requireIdle(access);
      return createPostgresStore(access); // its clock is the database's
    },
    hold: () => holdPostgres(access),
  };
}

/** Whether a configuration's store has entries. */
export async function hasLedger({ dataDir, database }: Config): Promise<boolean> {
  if (!database && !existsSync(join(dataDir, 'ledger.db'))) return false;
  const dump = await (database ? inDatabase(database) : inFolder(dataDir)).dump();
  await dump.close();
  return dump.head.size > 0;
}

/** What is filled must be empty: nothing that is there is ever overwritten. */
export async function refuseLedger(config: Config): Promise<void> {
  if (await hasLedger(config))
    throw new OperationFailure(
      'not-empty',
      `there is a ledger in \`${placeOf(config).name}\` already`,
      'choose another place, or move what is there away',
    );
}
