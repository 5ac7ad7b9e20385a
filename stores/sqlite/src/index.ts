export { createSqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';
export { createLastSignedFile } from './last-signed.ts';
