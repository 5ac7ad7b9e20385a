import type pg from 'pg';
import { StoreFailure } from '@countersign/core';

/** Where the database is and how it is talked to. */
export type Access = {
  /** `postgres://user:password@host:port/database?sslmode=…`. A secret. */
  readonly url: string;
  /** Schema of the log; one log has one. */
  readonly schema: string;
};

/** How long a replica that stands still may keep others from appending. */
const STILL_MS = 2_000;
/** How long one may wait for another's append. */
const LOCK_MS = 4_000;
/** How long any statement may take, on the server and, with what the way takes, here. */
const STATEMENT_MS = 5_000;
const ANSWER_MS = 6_000;
const CONNECT_MS = 2_000;

/** Set on every connection: a plan never depends on what the tables held when it was made. */
const SETTINGS: Readonly<Record<string, string | number>> = {
  statement_timeout: STATEMENT_MS,
  lock_timeout: LOCK_MS,
  idle_in_transaction_session_timeout: STILL_MS,
  enable_seqscan: 'off',
  // before PostgreSQL 18 a scan that is off counts as endlessly dear, and what is dear is compiled anew each time
  jit: 'off',
  synchronous_commit: 'on', // R1; a database or role may have another default
};
// engines that speak the language have not all of them: what is not there is not set
const SESSION = `SELECT set_config(s.name, w.value, false)
  FROM (VALUES ${Object.entries(SETTINGS)
    .map(([name, value]) => `('${name}', '${value}')`)
    .join(', ')}) AS w(name, value) JOIN pg_settings s ON s.name = w.name`;

const INT8 = 20;

/** Loaded with the first connection: a gateway on an embedded ledger has no use for it. */
const driver = async (): Promise<typeof pg> => (await import('pg')).default;

/** How a connection is configured. An answer that is late counts as lost. */
const configOf = ({ url }: Access, role: string, { types }: typeof pg): pg.ClientConfig => ({
  connectionString: url,
  application_name: `countersign ${role}`,
  connectionTimeoutMillis: CONNECT_MS,
  query_timeout: ANSWER_MS,
  keepAlive: true,
  keepAliveInitialDelayMillis: 5_000,
  types: {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      // sizes and moments stay below 2⁵³
      oid === INT8 && format !== 'binary' ? Number : types.getTypeParser(oid, format),
  },
});

/** Brings a new connection to the state every statement of ours relies on. */
async function prepareSession(client: pg.ClientBase): Promise<void> {
  await client.query(SESSION);
}

/** Connects; the caller ends it, and follows its `end`. A connection that broke fails whatever is asked of it. */
export async function connect(
  access: Access,
  role: string,
  { pipeline = false }: { readonly pipeline?: boolean } = {},
): Promise<pg.Client> {
  const loaded = await driver();
  const client = new loaded.Client({ ...configOf(access, role, loaded), pipeline });
  client.on('error', () => undefined); // told by what is asked of it next
  try {
    await client.connect();
    await prepareSession(client);
    return client;
  } catch (cause) {
    drop(client);
    throw cause;
  }
}

/** Connections for reading, opened as they are needed. */
export async function openPool(access: Access, max: number): Promise<pg.Pool> {
  const loaded = await driver();
  const pool = new loaded.Pool({
    ...configOf(access, 'reader', loaded),
    max,
    idleTimeoutMillis: 30_000,
    // oxlint-disable-next-line typescript/no-misused-promises -- the pool waits for it; its types do not say so
    onConnect: prepareSession,
  });
  pool.on('error', () => undefined); // a connection that broke while idle; the next question opens another
  return pool;
}

/** Ends a connection at once, whatever it is doing; asking the server to would wait for it. */
export function drop(client: pg.Client): void {
  client.removeAllListeners('end');
  // what is still in flight fails now instead of at its timeout
  client.end().catch(() => undefined);
  streamOf(client)?.destroy();
}

function streamOf(client: pg.Client): { readonly destroy: () => void } | undefined {
  const { connection } = client as unknown as {
    connection?: { readonly stream?: { readonly destroy: () => void } };
  };
  return connection?.stream;
}

/** A schema's name as SQL writes it. The name comes from the configuration and stands in statements, so its form is closed. */
export function quoteSchema(schema: string): string {
  if (!/^[a-z][a-z0-9_]{0,47}$/.test(schema))
    throw new StoreFailure(
      'store-failed',
      `\`${schema}\` is no name for a schema; use up to 48 small letters, digits and _, a letter first`,
    );
  return `"${schema}"`;
}
