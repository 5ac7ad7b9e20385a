import { migrate, type Migrated } from '@countersign/store-postgres';
import type { Config } from '../config/config.ts';
import { StartFailure, toStartFailure } from '../start-failure.ts';

/** Makes or updates the tables of the ledger that a configuration names, or says what that would do. Throws `StartFailure`. */
export async function migrateLedger(
  { database }: Pick<Config, 'database'>,
  { isDryRun }: { readonly isDryRun: boolean },
): Promise<Migrated & { readonly schema: string }> {
  if (!database)
    throw new StartFailure('no-database', 'the configuration names no `database`', {
      hint: 'nothing needs to be done: an embedded ledger is brought up to date when it is opened',
    });
  const { url, schema } = database;
  try {
    return { ...(await migrate({ url: url.reveal(), schema }, { isDryRun })), schema };
  } catch (cause) {
    throw toStartFailure(cause);
  }
}
