import type pg from 'pg';
import {
  fromBytes,
  instant,
  type DumpedBlob,
  type DumpedClaim,
  type DumpedEntry,
  type StoreDump,
} from '@countersign/core';
import { drop, quoteSchema, type Access } from './connect.ts';
import { toStoreFailure } from './failure.ts';
import { bytesOf, entryOf, headOf, placedOf, textOf } from './rows.ts';
import { requireSchema } from './schema.ts';
import { openSession } from './session.ts';
import { statementsOf } from './statements.ts';
import type { Row } from './transaction.ts';

/**
 * A dump of the ledger in a schema, whether or not gateways serve it: one repeatable read on a connection of its own.
 * Nobody waits for it; while it is open the server keeps old row versions, so close it. With early lock release the last
 * entries may be those that are being flushed.
 */
export async function openPostgresDump(access: Access): Promise<StoreDump> {
  const client = await openSession(access, 'dump');
  const sql = statementsOf(quoteSchema(access.schema));
  try {
    await requireSchema(client, access.schema);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows } = await client.query<Row>(sql.head); // the snapshot begins here
    const pages = <T>(text: string, first: readonly unknown[], read: (row: Row) => T) =>
      pagesOf(client, { text, first, read });
    return {
      head: headOf(rows[0]),
      entries: pages(sql.dumpEntries, [-1], dumpedEntryOf),
      standings: pages(sql.dumpStandings, [''], placedOf),
      claims: pages(sql.dumpClaims, [''], claimOf),
      blobs: pages(sql.dumpBlobs, ['', ''], blobOf),
      close: async () => drop(client),
    };
  } catch (cause) {
    drop(client);
    throw toStoreFailure(cause);
  }
}

type Part<T> = {
  readonly text: string;
  /** What stands before the first row, in the columns that rows are ordered by. */
  readonly first: readonly unknown[];
  readonly read: (row: Row) => T;
};

function pagesOf<T>(client: pg.Client, { text, first, read }: Part<T>) {
  return async function* (): AsyncGenerator<readonly T[]> {
    for (let asked = rowsOf(client, text, first); ;) {
      const rows = await asked;
      const last = rows.at(-1);
      if (!last) return;
      asked = rowsOf(
        client,
        text,
        first.map((_, i) => last[`mark${i}`]),
      );
      asked.catch(() => undefined); // heard when the next page is asked for, if it ever is
      yield rows.map(read);
    }
  };
}

async function rowsOf(
  client: pg.Client,
  text: string,
  mark: readonly unknown[],
): Promise<readonly Row[]> {
  try {
    return (await client.query<Row>(text, [...mark])).rows;
  } catch (cause) {
    throw toStoreFailure(cause);
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
  ...(typeof until === 'number' && { until: instant(until) }),
});

const blobOf = ({ stream, name, data, erased }: Row): DumpedBlob => ({
  stream: textOf(stream),
  name: textOf(name),
  ...(erased === false && { data: new Uint8Array(bytesOf(data)) }),
});
