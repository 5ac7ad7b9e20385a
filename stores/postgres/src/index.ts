export {
  createPostgresStore,
  type PostgresStore,
  type PostgresStoreOptions,
  type StoreHealth,
} from './postgres-store.ts';
export { migrate, SCHEMA_VERSION, type Migrated } from './schema.ts';
