import type pg from 'pg';
import { createFrontier, StoreFailure, toBytes } from '@countersign/core';
import { connect, drop, quoteSchema, type Access } from './connect.ts';
import { toStoreFailure } from './failure.ts';

/** One step of the schema. A released one is never edited. */
type Migration = {
  /** The oldest version of the schema whose code still works on the database after this step. */
  readonly since: number;
  readonly sql: string;
};

// Text is compared byte by byte everywhere, as the gateway compares it. Blobs are ciphertext: not worth compressing.
const MIGRATIONS: readonly Migration[] = [
  {
    since: 1,
    sql: `
CREATE TABLE head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  size bigint NOT NULL,
  root bytea NOT NULL,
  frontier bytea NOT NULL,
  at bigint NOT NULL
) WITH (fillfactor = 10);
CREATE TABLE writers (
  writer text COLLATE "C" PRIMARY KEY,
  batch bigint NOT NULL,
  at bigint NOT NULL
) WITH (fillfactor = 10);
CREATE TABLE events (
  seq bigint PRIMARY KEY,
  stream text COLLATE "C" NOT NULL,
  ver integer NOT NULL,
  leaf bytea NOT NULL,
  entry bytea NOT NULL,
  UNIQUE (stream, ver)
);
CREATE TABLE tiles (
  level smallint NOT NULL,
  idx bigint NOT NULL,
  root bytea NOT NULL,
  PRIMARY KEY (level, idx)
);
CREATE TABLE standings (
  stream text COLLATE "C" PRIMARY KEY,
  state text COLLATE "C" NOT NULL,
  approval text COLLATE "C",
  agent text COLLATE "C" NOT NULL,
  created bigint NOT NULL,
  due bigint
) WITH (fillfactor = 80);
CREATE INDEX standings_by_state ON standings (state, created, stream);
CREATE INDEX standings_asked ON standings (state, created, stream) WHERE approval IS NOT NULL;
CREATE INDEX standings_by_agent ON standings (agent, state);
CREATE INDEX standings_by_due ON standings (due, stream) WHERE due IS NOT NULL;
CREATE INDEX standings_by_approval ON standings (approval) WHERE approval IS NOT NULL;
CREATE TABLE claims (
  name text COLLATE "C" PRIMARY KEY,
  stream text COLLATE "C" NOT NULL,
  until bigint
);
CREATE INDEX claims_by_until ON claims (until) WHERE until IS NOT NULL;
CREATE TABLE blobs (
  stream text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  data bytea NOT NULL,
  erased boolean NOT NULL DEFAULT false,
  PRIMARY KEY (stream, name)
);
ALTER TABLE blobs ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE TABLE leases (
  name text COLLATE "C" PRIMARY KEY,
  holder text COLLATE "C" NOT NULL,
  until bigint NOT NULL
) WITH (fillfactor = 50);`,
  },
  {
    // older code goes on: what it puts before people meanwhile counts for the agent alone
    since: 1,
    sql: `
ALTER TABLE standings ADD COLUMN owner text COLLATE "C", ADD COLUMN session text COLLATE "C";
UPDATE standings s SET owner = p.lineage ->> 'owner', session = p.lineage ->> 'session'
FROM (SELECT e.stream, convert_from(e.entry, 'UTF8')::json -> 'lineage' AS lineage
  FROM events e JOIN standings w ON w.stream = e.stream AND w.state = 'pending' WHERE e.ver = 1) p
WHERE s.stream = p.stream;
CREATE INDEX standings_by_owner ON standings (owner, state) WHERE owner IS NOT NULL;
CREATE INDEX standings_by_session ON standings (agent, session, state) WHERE session IS NOT NULL;`,
  },
];

/** The schema this code was written for. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;

/** What bringing a schema up to date did, or would do. */
export type Migrated = { readonly from: number; readonly to: number; readonly sql: string };

/**
 * Creates a log's schema or brings it up to date, one step after the other, each in a transaction of its own, under a
 * lock row that other migrations wait for. Replicas of an older version go on while a step allows it.
 */
export async function migrate(
  access: Access,
  { isDryRun = false }: { readonly isDryRun?: boolean } = {},
): Promise<Migrated> {
  const name = quoteSchema(access.schema);
  const client = await connect(access, 'migrate').catch((cause: unknown) => {
    throw toStoreFailure(cause);
  });
  try {
    await client.query('SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0');
    if (isDryRun) {
      const found = await versionOf(client, name);
      refuseNewer(found);
      const to = Math.max(found.version, SCHEMA_VERSION);
      return { from: found.version, to, sql: sqlFrom(found.version) };
    }
    return await upgrade(client, name);
  } catch (cause) {
    throw toStoreFailure(cause);
  } finally {
    drop(client);
  }
}

const sqlFrom = (version: number): string =>
  MIGRATIONS.slice(version)
    .map(({ sql }) => sql.trim())
    .join('\n');

async function upgrade(client: pg.Client, name: string): Promise<Migrated> {
  await makeLockRow(client, name);
  const { version: from } = await versionOf(client, name);
  for (let done = false; !done;) done = await step(client, name);
  const { version: to } = await versionOf(client, name);
  return { from, to, sql: sqlFrom(from) };
}

/** Makes what migrations wait for each other on. Two at once may still trip over `IF NOT EXISTS`, so it is tried again. */
async function makeLockRow(client: pg.Client, name: string): Promise<void> {
  for (let tries = 1; ; tries++)
    try {
      await client.query(
        `BEGIN;
         CREATE SCHEMA IF NOT EXISTS ${name};
         CREATE TABLE IF NOT EXISTS ${name}.schema_version (
           one boolean PRIMARY KEY DEFAULT true CHECK (one),
           version integer NOT NULL,
           since integer NOT NULL
         );
         INSERT INTO ${name}.schema_version (version, since) VALUES (0, 0) ON CONFLICT DO NOTHING;
         COMMIT`,
      );
      return;
    } catch (cause) {
      await client.query('ROLLBACK');
      if (tries === 5) throw cause;
    }
}

/** One step under the lock row; true when there is none left. */
async function step(client: pg.Client, name: string): Promise<boolean> {
  await client.query(`BEGIN; SET LOCAL search_path = ${name}; SET LOCAL lock_timeout = 0`);
  const locked = await client.query('SELECT version, since FROM schema_version FOR UPDATE');
  const found = readVersion(locked.rows[0]);
  refuseNewer(found);
  const next = MIGRATIONS[found.version];
  if (!next) {
    await client.query('ROLLBACK');
    return true;
  }
  await client.query(next.sql);
  if (found.version === 0) await makeHead(client);
  await client.query('UPDATE schema_version SET version = $1, since = $2', [
    found.version + 1,
    next.since,
  ]);
  await client.query('COMMIT');
  return false;
}

async function makeHead(client: pg.Client): Promise<void> {
  const root = createFrontier({ size: 0, peaks: [] }).root();
  await client.query('INSERT INTO head (size, root, frontier, at) VALUES (0, $1, $2, 0)', [
    Buffer.from(toBytes(root)),
    Buffer.alloc(0),
  ]);
}

type Version = { readonly version: number; readonly since: number };

const readVersion = (row: unknown): Version => {
  const { version = 0, since = 0 } = (row ?? {}) as Partial<Version>;
  return { version, since };
};

const UNDEFINED_TABLE = '42P01';

async function versionOf(client: pg.ClientBase, name: string): Promise<Version> {
  try {
    const found = await client.query(`SELECT version, since FROM ${name}.schema_version`);
    return readVersion(found.rows[0]);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === UNDEFINED_TABLE)
      return { version: 0, since: 0 };
    throw cause;
  }
}

function refuseNewer({ version, since }: Version): void {
  if (version > SCHEMA_VERSION && since > SCHEMA_VERSION)
    throw new StoreFailure(
      'too-new',
      `the database has schema ${version}, which this version (${SCHEMA_VERSION}) does not know; start a newer version`,
    );
}

/** Refuses a database this code cannot work with. A newer schema that says it suits older code is fine: upgrades roll. */
export async function requireSchema(client: pg.ClientBase, schema: string): Promise<void> {
  const found = await versionOf(client, quoteSchema(schema));
  refuseNewer(found);
  if (found.version >= SCHEMA_VERSION) return;
  const what = found.version === 0 ? 'has no ledger' : `has schema ${found.version}`;
  throw new StoreFailure('needs-migration', `the database ${what} in \`${schema}\``);
}

/** Refuses a server that would lose acknowledged entries at a power cut (R1). Engines without these settings list none. */
export async function requireDurable(client: pg.ClientBase): Promise<void> {
  const found = await client.query(
    "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'",
  );
  const off = found.rows.map(({ name }: { readonly name?: unknown }) => `\`${String(name)}\``);
  if (off.length > 0)
    throw new StoreFailure(
      'store-failed',
      `the database runs with ${off.join(' and ')} off and would lose entries; turn it on`,
    );
}
