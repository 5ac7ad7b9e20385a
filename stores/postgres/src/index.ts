export {
  createPostgresStore,
  type PostgresStore,
  type PostgresStoreOptions,
} from './postgres-store.ts';
export type { StoreHealth } from './health.ts';
export { migrate, SCHEMA_VERSION, type Migrated } from './schema.ts';
