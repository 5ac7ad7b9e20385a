import { UpstreamFailure, type Lane, type Upstream } from '@countersign/gate-postgres';

/** Asks one question: text rows, `null` for NULL. */
export type Ask = (sql: string) => Promise<readonly (readonly (string | null)[])[]>;

/** Works on one connection of a lane that is closed afterwards. Throws `UpstreamFailure`. */
export async function asking<T>(
  upstream: Upstream,
  lane: Lane,
  work: (ask: Ask) => Promise<T>,
): Promise<T> {
  const connection = await upstream.connect(lane);
  try {
    return await work((sql) => upstream.ask(connection, sql));
  } finally {
    connection.close();
  }
}

/** A name as SQL writes it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** What went wrong with a database, in words that tell no address and no value; undefined for anything else. */
export const failureOf = (cause: unknown): string | undefined =>
  cause instanceof UpstreamFailure
    ? `${cause.message}${cause.sqlState === undefined ? '' : ` (${cause.sqlState})`}`
    : undefined;
