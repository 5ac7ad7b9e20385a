export {
  createPostgresStore,
  type PostgresStore,
  type PostgresStoreOptions,
} from './postgres-store.ts';
export type { StoreHealth } from './health.ts';
export { migrate, SCHEMA_VERSION, type Migrated } from './schema.ts';
export { openPostgresDump } from './dump.ts';
export { holdPostgres, requireIdle } from './hold.ts';
export { loadPostgres } from './load.ts';
