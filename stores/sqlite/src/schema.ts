import type { DatabaseSync } from 'node:sqlite';
import { StoreFailure } from '@countersign/core';

/** Numbered from 1; a released one is never edited. Each runs in a transaction of its own. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE events (
     seq INTEGER PRIMARY KEY,
     stream TEXT NOT NULL,
     ver INTEGER NOT NULL,
     leaf BLOB NOT NULL,
     entry BLOB NOT NULL,
     UNIQUE (stream, ver)
   ) STRICT;
   -- root stands before data, so that it is read without the overflow pages of the tile
   CREATE TABLE tiles (
     level INTEGER NOT NULL,
     idx INTEGER NOT NULL,
     root BLOB NOT NULL,
     data BLOB NOT NULL,
     UNIQUE (level, idx)
   ) STRICT;
   CREATE TABLE heads (size INTEGER PRIMARY KEY, root BLOB NOT NULL, at INTEGER NOT NULL) STRICT;
   CREATE TABLE standings (
     stream TEXT PRIMARY KEY,
     state TEXT NOT NULL,
     approval TEXT,
     agent TEXT NOT NULL,
     created INTEGER NOT NULL,
     due INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX standings_by_state ON standings (state, created);
   CREATE INDEX standings_by_agent ON standings (agent, state);
   CREATE INDEX standings_by_due ON standings (due) WHERE due IS NOT NULL;
   CREATE INDEX standings_by_approval ON standings (approval) WHERE approval IS NOT NULL;
   CREATE TABLE claims (name TEXT PRIMARY KEY, stream TEXT NOT NULL, until INTEGER) STRICT, WITHOUT ROWID;
   CREATE INDEX claims_by_until ON claims (until) WHERE until IS NOT NULL;
   CREATE TABLE blobs (
     stream TEXT NOT NULL,
     name TEXT NOT NULL,
     data BLOB NOT NULL,
     UNIQUE (stream, name)
   ) STRICT;`,
  'CREATE INDEX standings_asked ON standings (state, created) WHERE approval IS NOT NULL;',
  'ALTER TABLE blobs ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;',
  // what waits for people counts for its owner and its session too, also when it was asked before
  `ALTER TABLE standings ADD COLUMN owner TEXT;
   ALTER TABLE standings ADD COLUMN session TEXT;
   UPDATE standings SET (owner, session) = (
     SELECT text ->> '$.lineage.owner', text ->> '$.lineage.session'
     FROM (SELECT CAST(entry AS TEXT) AS text FROM events
       WHERE events.stream = standings.stream AND ver = 1) WHERE json_valid(text)
   ) WHERE state = 'pending';
   CREATE INDEX standings_by_owner ON standings (owner, state) WHERE owner IS NOT NULL;
   CREATE INDEX standings_by_session ON standings (agent, session, state) WHERE session IS NOT NULL;`,
];

/** Brings a database to the newest schema; refuses one that a newer version wrote. */
export function migrate(db: DatabaseSync): void {
  db.exec('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT');
  const found = versionOf(db);
  for (const [i, sql] of MIGRATIONS.entries()) if (i >= found) apply(db, i + 1, sql);
}

/** Refuses a database that is not of the newest schema: whoever only reads cannot bring it there. */
export function requireSchema(db: DatabaseSync): void {
  const found = versionOf(db);
  if (found < MIGRATIONS.length)
    throw new StoreFailure(
      'store-failed',
      `the ledger has schema ${found}, this version needs ${MIGRATIONS.length}; start the gateway once`,
    );
}

function versionOf(db: DatabaseSync): number {
  const row = db.prepare('SELECT coalesce(max(version), 0) AS version FROM schema_version').get();
  const found = Number(row?.['version']);
  if (found > MIGRATIONS.length)
    throw new StoreFailure(
      'too-new',
      `the ledger has schema ${found}, this version knows ${MIGRATIONS.length}; start a newer version`,
    );
  return found;
}

function apply(db: DatabaseSync, version: number, sql: string): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    db.exec(sql);
    db.prepare('INSERT INTO schema_version (version) VALUES (?)').run(version);
    db.exec('COMMIT');
  } catch (cause) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw cause;
  }
}
