import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres, type PostgresServer } from '../../../test/postgres.ts';

/** What is private in `sample.sql`, by table: everything of `customers` and `events` that somebody looked at. */
export const SAMPLE_CLASSES = {
  'public.customers': {
    id: 'none',
    name: 'pii.name',
    email: 'pii.email',
    phone: 'pii.phone',
    card: 'pci.card',
    ssn: 'pii.us-ssn',
    plan: 'none',
    seats: 'none',
    created: 'none',
  },
  'public.events': { id: 'none', at: 'none', who: 'pii.email', what: 'none' },
} as const;

export const READ = { user: 'cs_read', password: 'read-lane-password' } as const;
export const WRITE = { user: 'cs_write', password: 'write-lane-password' } as const;

/** A real PostgreSQL that holds `sample.sql`; its lanes show their passwords by SCRAM, the superuser none. */
export type SampleDatabase = {
  readonly server: PostgresServer;
  readonly port: number;
  /** As superuser, past the gate. */
  readonly run: (sql: string | pg.QueryConfig | pg.QueryArrayConfig) => Promise<pg.QueryResult>;
  readonly remove: () => Promise<void>;
};

/** Starts one; `settings` are lines of the server's configuration. */
export async function openDatabase(
  settings: Readonly<Record<string, string | number>> = {},
): Promise<SampleDatabase> {
  const server = await startPostgres({ settings });
  writeFileSync(
    join(server.folder, 'data', 'pg_hba.conf'),
    ['host all postgres 127.0.0.1/32 trust', 'host all all 127.0.0.1/32 scram-sha-256', ''].join(
      '\n',
    ),
  );
  let client = await asSuperuser(server.url);
  await client.query('select pg_reload_conf()');
  await client.query(readFileSync(new URL('sample.sql', import.meta.url), 'utf8'));
  return {
    server,
    port: server.port,
    run: async (sql) => {
      if (ended.has(client)) client = await asSuperuser(server.url);
      return client.query(sql);
    },
    remove: async () => {
      await client.end().catch(() => undefined);
      await server.remove();
    },
  };
}

const ended = new WeakSet<pg.Client>();

/** A connection that may be killed. */
async function asSuperuser(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => ended.add(client)).on('end', () => ended.add(client));
  await client.connect();
  return client;
}
