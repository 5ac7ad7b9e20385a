import { existsSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import {
  EMPTY_ROOT,
  fromBytes,
  instant,
  StoreFailure,
  toBytes,
  type DumpedBlob,
  type DumpedClaim,
  type DumpedEntry,
  type Head,
  type StoreDump,
} from '@countersign/core';
import { databasePath, openReader } from './database.ts';
import { toStoreFailure } from './failure.ts';
import { lastHead } from './restore-tree.ts';
import { bytesOf, entryOf, momentOf, placedOf, textOf, type Row } from './rows.ts';
import { requireSchema } from './schema.ts';

// each page begins after the last row of the one before, so that no statement stays open across an await
const PAGES = {
  entries: `SELECT seq, stream, ver, leaf, entry, seq AS mark FROM events
    WHERE seq > ? ORDER BY seq LIMIT 1000`,
  standings: `SELECT stream, state, approval, agent, created, due, owner, session, stream AS mark
    FROM standings WHERE stream > ? ORDER BY stream LIMIT 1000`,
  claims: `SELECT name, stream, until, name AS mark FROM claims
    WHERE name > ? ORDER BY name LIMIT 1000`,
  blobs: `SELECT stream, name, data, erased, rowid AS mark FROM blobs
    WHERE rowid > ? ORDER BY rowid LIMIT 250`,
} as const;

/**
 * A dump of the ledger in a folder, whether or not a gateway serves it: a read-only connection of its own in one read
 * transaction. While it is open the write-ahead log of a gateway only grows, by what is written meanwhile (about 1 KB per
 * entry), and an erasure waits and then asks to be tried again: take a dump to where writing is fast, and close it.
 */
export async function openSqliteDump(folder: string): Promise<StoreDump> {
  const path = databasePath(folder);
  if (!existsSync(path))
    throw new StoreFailure('store-failed', `there is no ledger in \`${folder}\``);
  try {
    return dumpOf(openReader(folder), path);
  } catch (cause) {
    throw toStoreFailure(cause, path);
  }
}

function dumpOf(db: DatabaseSync, path: string): StoreDump {
  try {
    db.exec('BEGIN'); // the snapshot begins with the first read
    requireSchema(db);
    const head = headOf(db);
    const pages = <T>(sql: string, first: SQLInputValue, read: (row: Row) => T) =>
      pagesOf(db, path, { sql, first, read });
    return {
      head,
      entries: pages(PAGES.entries, -1, dumpedEntryOf),
      standings: pages(PAGES.standings, '', placedOf),
      claims: pages(PAGES.claims, '', claimOf),
      blobs: pages(PAGES.blobs, 0, blobOf),
      close: async () => db.close(),
    };
  } catch (cause) {
    db.close();
    throw cause;
  }
}

function headOf(db: DatabaseSync): Head {
  const { size, root, at } = lastHead(db) ?? { size: 0, root: EMPTY_ROOT, at: 0 };
  return { size, root: toBytes(root), at: instant(at) };
}

type Part<T> = {
  readonly sql: string;
  readonly first: SQLInputValue;
  readonly read: (row: Row) => T;
};

function pagesOf<T>(db: DatabaseSync, path: string, { sql, first, read }: Part<T>) {
  return async function* (): AsyncGenerator<readonly T[]> {
    const statement = db.prepare(sql);
    for (let mark = first; ;) {
      const rows = rowsOf(() => statement.all(mark), path);
      if (rows.length === 0) return;
      yield rows.map(read);
      mark = rows.at(-1)?.['mark'] ?? null;
    }
  };
}

function rowsOf(read: () => Row[], path: string): Row[] {
  try {
    return read();
  } catch (cause) {
    throw toStoreFailure(cause, path);
  }
}

/** A leaf that is no hash is told as one that no entry has. */
function dumpedEntryOf(row: Row): DumpedEntry {
  const leaf = bytesOf(row['leaf']);
  return { ...entryOf(row), leaf: leaf.length === 32 ? fromBytes(leaf) : '' };
}

const claimOf = ({ name, stream, until }: Row): DumpedClaim => ({
  name: textOf(name),
  stream: textOf(stream),
  ...(typeof until === 'number' && { until: momentOf(until) }),
});

const blobOf = ({ stream, name, data, erased }: Row): DumpedBlob => ({
  stream: textOf(stream),
  name: textOf(name),
  ...(erased === 0 && { data: bytesOf(data) }),
});
