import type pg from 'pg';
import { connect, drop, type Access } from './connect.ts';
import { toStoreFailure } from './failure.ts';
import { requireSchema } from './schema.ts';

/** A long piece of work on one connection, outside of any gateway: nothing times out while it thinks. */
export async function openSession(access: Access, role: string): Promise<pg.Client> {
  try {
    const client = await connect(access, role);
    try {
      await client.query(
        'SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = 4000',
      );
      await requireSchema(client, access.schema);
      return client;
    } catch (cause) {
      drop(client);
      throw cause;
    }
  } catch (cause) {
    throw toStoreFailure(cause);
  }
}
