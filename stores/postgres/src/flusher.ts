import type pg from 'pg';
import { connect, drop, type Access } from './connect.ts';
import { toStoreFailure } from './failure.ts';

/** Makes everything that was committed before the call durable. */
export type Flusher = { readonly flush: () => Promise<void>; readonly close: () => void };

/**
 * For early lock release: the log of the database is one sequence, so one small synchronous commit makes durable whatever
 * was committed before it without waiting. Calls that come while one is under way share the next.
 */
export function createFlusher(access: Access): Flusher {
  let client: pg.Client | undefined;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function once(): Promise<void> {
    try {
      client ??= await connect(access, 'flush');
      await client.query("SELECT pg_logical_emit_message(true, 'countersign', '')");
    } catch (cause) {
      if (client) drop(client);
      client = undefined;
      throw toStoreFailure(cause);
    }
  }
  const start = (): Promise<void> =>
    (running = once().finally(() => {
      running = undefined;
    }));
  return {
    flush: () => {
      if (!running) return start();
      return (next ??= running
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          return start();
        }));
    },
    close: () => {
      if (client) drop(client);
    },
  };
}
