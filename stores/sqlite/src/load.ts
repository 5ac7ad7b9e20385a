import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import {
  provenEntries,
  StoreFailure,
  toBytes,
  type DumpProgress,
  type StoreDump,
} from '@countersign/core';
import { databasePath, lockFolder, openWriter, syncFolder } from './database.ts';
import { toStoreFailure } from './failure.ts';
import { lastHead } from './restore-tree.ts';
import { standingRow } from './rows.ts';
import { migrate } from './schema.ts';
import { prepareStatements } from './statements.ts';

type Statements = ReturnType<typeof prepareStatements>;

/**
 * Fills a folder without a ledger from a dump. The database is built beside and takes its name last, so a folder
 * has either the whole ledger or none, whatever happens meanwhile.
 */
export async function loadSqlite(
  folder: string,
  dump: StoreDump,
  onProgress: DumpProgress = () => undefined,
): Promise<void> {
  const path = databasePath(folder);
  const building = `${path}.loading`;
  try {
    const lock = lockFolder(folder);
    try {
      refuseLedger(folder);
      rmSync(building, { force: true });
      await build(building, dump, onProgress);
      sync(building);
      renameSync(building, path);
      syncFolder(folder);
    } finally {
      rmSync(building, { force: true });
      lock.close();
    }
  } catch (cause) {
    throw toStoreFailure(cause, path);
  }
}

/** A database without entries is what a start that went wrong leaves; it makes room. */
function refuseLedger(folder: string): void {
  if (!existsSync(databasePath(folder))) return;
  const db = openWriter(folder);
  const size = lastHead(db)?.size ?? 0;
  db.close();
  if (size > 0)
    throw new StoreFailure('store-failed', `\`${folder}\` has a ledger of ${size} entries already`);
}

async function build(path: string, dump: StoreDump, onProgress: DumpProgress): Promise<void> {
  const db = new DatabaseSync(path);
  try {
    // nobody reads it before it is whole and synced: a journal would only cost time
    for (const pragma of ['journal_mode = OFF', 'synchronous = OFF', 'cache_size = -65536'])
      db.exec(`PRAGMA ${pragma}`);
    migrate(db);
    db.exec('BEGIN');
    const sql = prepareStatements(db);
    await putEntries(sql, dump, onProgress);
    await putRest(sql, dump);
    db.exec('COMMIT');
    db.exec('PRAGMA journal_mode = WAL');
  } finally {
    db.close();
  }
}

async function putEntries(
  sql: Statements,
  dump: StoreDump,
  onProgress: DumpProgress,
): Promise<void> {
  const pages = provenEntries(dump, ({ level, index, root, data }) =>
    sql.insertTile.run(level, index, toBytes(root), data),
  );
  for await (const page of pages) {
    for (const { seq, stream, version, leaf, bytes } of page)
      sql.insertEvent.run(seq, stream, version, toBytes(leaf), bytes);
    onProgress((page.at(-1)?.seq ?? -1) + 1);
  }
  const { size, root, at } = dump.head;
  if (size > 0) sql.insertHead.run(size, root, at);
}

async function putRest(sql: Statements, dump: StoreDump): Promise<void> {
  for await (const page of dump.standings())
    for (const { stream, standing } of page) sql.stand.run(stream, ...standingRow(standing));
  for await (const page of dump.claims())
    for (const { name, stream, until } of page) sql.claim.run(name, stream, until ?? null);
  for await (const page of dump.blobs())
    for (const { stream, name, data } of page) {
      if (data) sql.insertBlob.run(stream, name, data);
      else sql.insertErased.run(stream, name);
    }
}

function sync(path: string): void {
  const fd = openSync(path, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
