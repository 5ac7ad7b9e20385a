import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreFailure } from '@countersign/core';
import { toStoreFailure } from './failure.ts';
import { migrate } from './schema.ts';

/** Where the database lies in its folder. */
export const databasePath = (folder: string): string => join(folder, 'ledger.db');

/** Kibibytes of page cache: the writer needs the hot ends of its B-trees, no more. */
const WRITER_CACHE_KIB = 16_384;
const READER_CACHE_KIB = 4_096;

/** 3.7.0–3.51.2 can corrupt a WAL database when two connections write or checkpoint at once. */
const OLDEST_SQLITE = [3, 51, 3] as const;

/** Opens the one connection that writes, creating and migrating the database. */
export function openWriter(folder: string): DatabaseSync {
  const db = new DatabaseSync(databasePath(folder), { timeout: 5_000 });
  try {
    requireVersion(db);
    // INVARIANT (R1): WAL first, then FULL; drivers differ in the default, so each is read back
    demand(db, 'journal_mode', 'wal');
    demand(db, 'synchronous', 2, 'FULL');
    demand(db, 'wal_autocheckpoint', 1_000);
    demand(db, 'cache_size', -WRITER_CACHE_KIB);
    demand(db, 'secure_delete', 1, 'ON');
    demand(db, 'temp_store', 2, 'MEMORY'); // R9: no private value spills into a file of its own
    if (process.platform === 'darwin') {
      demand(db, 'fullfsync', 1);
      demand(db, 'checkpoint_fullfsync', 1);
    }
    migrate(db);
    syncFolder(folder);
    return db;
  } catch (cause) {
    db.close();
    throw cause;
  }
}

/** Opens a connection that only reads. */
export function openReader(folder: string): DatabaseSync {
  const db = new DatabaseSync(databasePath(folder), { readOnly: true, timeout: 5_000 });
  demand(db, 'cache_size', -READER_CACHE_KIB);
  return db;
}

/**
 * Takes the folder for this process until the returned connection is closed; a kill frees it.
 * INVARIANT: two processes would grow two trees over one database.
 */
export function lockFolder(folder: string): DatabaseSync {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    throw cause;
  }
}

/** Keeps every gateway away from the ledger of a folder until the returned function is called. */
export function holdSqlite(folder: string): () => void {
  try {
    const lock = lockFolder(folder);
    return () => lock.close();
  } catch (cause) {
    throw toStoreFailure(cause, databasePath(folder));
  }
}

/** Makes created, renamed and removed names of a folder durable. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function demand(db: DatabaseSync, name: string, want: string | number, as = want): void {
  db.exec(`PRAGMA ${name} = ${as}`);
  const got = Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  if (got !== want)
    throw new StoreFailure('store-failed', `sqlite answers ${name}=${String(got)}, not ${want}`);
}

function requireVersion(db: DatabaseSync): void {
  const version = String(db.prepare('SELECT sqlite_version() AS version').get()?.['version']);
  const parts = version.split('.').map(Number);
  for (const [i, least] of OLDEST_SQLITE.entries()) {
    const part = parts[i] ?? 0;
    if (part > least) return;
    if (part < least)
      throw new StoreFailure('store-failed', `sqlite ${version} can corrupt; 3.51.3 is the oldest`);
  }
}
