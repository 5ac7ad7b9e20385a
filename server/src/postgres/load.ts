import type { Config } from '../config/config.ts';
import type { Prepared } from './open.ts';

/** The gate for PostgreSQL, where one is configured. Nothing of it, its parser least of all, is loaded otherwise. */
export async function preparePostgres(config: Config): Promise<Prepared | undefined> {
  if (!config.postgres.listen) return undefined;
  const { prepare } = await import('./open.ts');
  return prepare();
}
