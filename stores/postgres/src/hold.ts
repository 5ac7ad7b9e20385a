import type pg from 'pg';
import { StoreFailure } from '@countersign/core';
import { drop, quoteSchema, type Access } from './connect.ts';
import { toStoreFailure } from './failure.ts';
import { openSession } from './session.ts';
import { statementsOf } from './statements.ts';

/** Refuses while a gateway serves the ledger: each renews a lease every second, and lets go of it when it stops. */
export async function requireIdle(access: Access): Promise<void> {
  const client = await openSession(access, 'look');
  try {
    await refuseServed(client, access);
  } finally {
    drop(client);
  }
}

/** Keeps every gateway from writing to the ledger until the returned function is called; refuses while one serves it. */
export async function holdPostgres(access: Access): Promise<() => Promise<void>> {
  const client = await openSession(access, 'hold');
  try {
    await client.query(`BEGIN; ${statementsOf(quoteSchema(access.schema)).lock}`);
    await refuseServed(client, access);
    return async () => drop(client);
  } catch (cause) {
    drop(client);
    throw toStoreFailure(cause);
  }
}

async function refuseServed(client: pg.Client, { schema }: Access): Promise<void> {
  const { rows } = await client.query(statementsOf(quoteSchema(schema)).served);
  if (rows.length > 0)
    throw new StoreFailure('locked', `a gateway serves the ledger in \`${schema}\``, {
      retryable: true,
    });
}
