import type { DatabaseSync, StatementSync } from 'node:sqlite';

const WRITES = {
  version: 'SELECT ver FROM events WHERE stream = ? ORDER BY ver DESC LIMIT 1',
  holder: 'SELECT stream FROM claims WHERE name = ? AND (until IS NULL OR until > ?)',
  countOthers: 'SELECT count(*) AS n FROM standings WHERE agent = ? AND state = ? AND stream <> ?',
  countSession: `SELECT count(*) AS n FROM standings
    WHERE agent = ? AND session = ? AND state = ? AND stream <> ?`,
  countOwner: 'SELECT count(*) AS n FROM standings WHERE owner = ? AND state = ? AND stream <> ?',
  insertEvent: 'INSERT INTO events (seq, stream, ver, leaf, entry) VALUES (?, ?, ?, ?, ?)',
  insertTile: 'INSERT INTO tiles (level, idx, root, data) VALUES (?, ?, ?, ?)',
  insertHead: 'INSERT INTO heads (size, root, at) VALUES (?, ?, ?)',
  stand: `INSERT INTO standings (stream, state, approval, agent, created, due, owner, session)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (stream) DO UPDATE SET state = excluded.state, approval = excluded.approval,
      agent = excluded.agent, created = excluded.created, due = excluded.due,
      owner = excluded.owner, session = excluded.session`,
  claim: `INSERT INTO claims (name, stream, until) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET stream = excluded.stream, until = excluded.until`,
  release: 'DELETE FROM claims WHERE name = ? AND stream = ?',
  sweep: `DELETE FROM claims WHERE name IN
    (SELECT name FROM claims WHERE until <= ? ORDER BY until LIMIT 1000)`,
  insertBlob: 'INSERT INTO blobs (stream, name, data) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  insertErased: `INSERT INTO blobs (stream, name, data, erased) VALUES (?, ?, zeroblob(0), 1)`,
  // R9: overwritten where it lies. Deleting a row moves its neighbours between pages and leaves copies of them behind
  erase: `UPDATE blobs SET data = zeroblob(length(data)), erased = 1 WHERE stream = ? AND erased = 0`,
} as const;

/** The writer's statements, compiled once. */
export const prepareStatements = (
  db: DatabaseSync,
): Readonly<Record<keyof typeof WRITES, StatementSync>> => prepareAll(db, WRITES);

/** Compiles named statements. */
export function prepareAll<K extends string>(
  db: DatabaseSync,
  texts: Readonly<Record<K, string>>,
): Readonly<Record<K, StatementSync>> {
  const prepared: Partial<Record<K, StatementSync>> = {};
  for (const name in texts) prepared[name] = db.prepare(texts[name]);
  return prepared as Record<K, StatementSync>;
}
