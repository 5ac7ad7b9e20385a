import { migrate, type Migrated } from '@countersign/store-postgres';
import { loadConfig, type Origin } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { StartFailure, toStartFailure } from '../start-failure.ts';

/** Makes or updates the tables of the ledger that a configuration names. Throws `StartFailure`. */
export async function migrateLedger(
  origin: Origin,
  { isDryRun }: { readonly isDryRun: boolean },
): Promise<Migrated & { readonly schema: string }> {
  const loaded = await loadConfig(origin);
  if (!loaded.ok)
    throw new StartFailure('config-refused', 'the configuration is not in order', {
      hint: 'correct what is listed',
      lines: loaded.error.map(formatProblem),
    });
  const { database } = loaded.value.config;
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
