export { holdSqlite } from './database.ts';
export { createSqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';
export { createLastSignedFile } from './last-signed.ts';
export { openSqliteDump } from './dump.ts';
export { loadSqlite } from './load.ts';
