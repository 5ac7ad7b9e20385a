import { randomUUID } from 'node:crypto';
import {
  createGroupCommit,
  createListeners,
  refuseRollback,
  rootAt,
  StoreFailure,
  toBytes,
  type Clock,
  type Head,
  type LastSigned,
  type Leases,
  type LedgerStore,
  type Limits,
} from '@countersign/core';
import { createStoreClock } from './clock.ts';
import { connect, drop, openPool, quoteSchema, type Access } from './connect.ts';
import { toStoreFailure } from './failure.ts';
import { createFlusher } from './flusher.ts';
import { growMerkle, type Grow } from './grow.ts';
import { createHealth, type StoreHealth } from './health.ts';
import { createLeases } from './leases.ts';
import { createTail, type Tail } from './news.ts';
import { asker, createReader } from './reader.ts';
import { requireDurable, requireSchema } from './schema.ts';
import { statementsOf } from './statements.ts';
import { createWriter } from './writer.ts';

/** What a ledger on PostgreSQL is opened with. */
export type PostgresStoreOptions = Access & {
  /** Connections for reading, beside the three that write, listen and flush. */
  readonly connections?: number;
  /** Appends let go of the head before their disk write is done; acknowledged only after it all the same. For slow disks. */
  readonly isEarlyRelease?: boolean;
  /** When given, a ledger older than what was signed is refused. */
  readonly lastSigned?: LastSigned;
  readonly limits?: Limits;
  /** For the bench; otherwise the Merkle tree. */
  readonly grow?: Grow;
  /** For tests; otherwise the database's own. */
  readonly clock?: Clock;
};

/** A ledger on PostgreSQL, with what replicas need to work on it together. */
export type PostgresStore = LedgerStore & {
  /** The database's clock: that of every replica. */
  readonly clock: Clock;
  readonly leases: Leases;
  readonly health: () => StoreHealth;
};

const LIMITS: Limits = { queuedEvents: 20_000, queuedBytes: 64 * 1024 * 1024 };
const CONNECTIONS = 8;

type Undo = () => Promise<void> | void;

/** Opens the ledger of a schema. Throws `StoreFailure` when it cannot be reached, trusted or written. */
export async function createPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const opened: Undo[] = [];
  const close = async (): Promise<void> => {
    for (const undo of opened.splice(0).toReversed()) await undo();
  };
  try {
    return await open(options, opened, close);
  } catch (cause) {
    await close();
    throw toStoreFailure(cause);
  }
}

async function open(
  options: PostgresStoreOptions,
  opened: Undo[],
  close: () => Promise<void>,
): Promise<PostgresStore> {
  const access: Access = { url: options.url, schema: options.schema };
  const sql = statementsOf(quoteSchema(access.schema));
  await check(access);
  const writerName = randomUUID(); // of this process, among all that write and hold leases
  const pool = await openPool(access, options.connections ?? CONNECTIONS);
  opened.push(() => pool.end().catch(() => undefined));
  const ask = asker(pool, sql);
  const { now: clock, stop } = options.clock
    ? { now: options.clock, stop: () => undefined }
    : await createStoreClock(ask);
  opened.push(stop);
  const flusher = options.isEarlyRelease === true ? createFlusher(access) : undefined;
  if (flusher) opened.push(flusher.close);
  const flush = flusher && { flush: flusher.flush };

  const reader = createReader(ask);
  const head = async (): Promise<Head> => {
    const found = await reader.head();
    await flusher?.flush(); // INVARIANT: whatever is told of or signed is durable
    return found;
  };
  let seen = await head();
  if (options.lastSigned) await refuseRollback(reader, seen, options.lastSigned);
  const listeners = createListeners();
  const tail: Tail = createTail({ access, sql, listeners, from: seen.size, ...flush });
  opened.push(tail.close);
  const writer = createWriter({
    access,
    sql,
    clock,
    writer: writerName,
    grow: options.grow ?? growMerkle,
    events: {
      onSending: tail.expect,
      onSent: (made) => {
        if (made) seen = { ...seen, size: made.size, root: toBytes(made.root) };
        tail.settle(made !== undefined);
      },
    },
    verify: async () => {
      seen = await refuseLost(reader, seen, await head());
    },
    ...flush,
  });
  opened.push(writer.close);
  const health = createHealth(tail.state);
  const commit = createGroupCommit({
    write: (batch) => health.watch(writer.write(batch)),
    failure: health.failure,
    limits: options.limits ?? LIMITS,
    soon: setImmediate,
  });
  opened.push(commit.stop);
  const leases = createLeases(ask, writerName);
  opened.push(leases.release);
  return {
    ...reader,
    head,
    append: commit.append,
    erase: async (stream) => void (await ask('erase', [stream])),
    onAppended: listeners.add,
    clock,
    leases,
    health: health.now,
    close,
  };
}

/** Looks at the database once, before anything depends on it. */
async function check(access: Access): Promise<void> {
  const client = await connect(access, 'check');
  try {
    await requireDurable(client);
    await requireSchema(client, access.schema);
  } finally {
    drop(client);
  }
}

/**
 * After a connection was lost, another server may answer: a standby that had not got everything, or a restored backup.
 * INVARIANT: what this process has seen durable is never taken back.
 */
async function refuseLost(
  reader: Pick<LedgerStore, 'tile'>,
  seen: Head,
  found: Head,
): Promise<Head> {
  if (found.size < seen.size)
    throw new StoreFailure(
      'rolled-back',
      `the database has ${found.size} entries, but ${seen.size} were there before; it lost some`,
    );
  const root = seen.size === found.size ? found.root : await rootAt(reader, seen.size);
  if (Buffer.compare(root, seen.root) !== 0)
    throw new StoreFailure(
      'rolled-back',
      `the database's first ${seen.size} entries are not those that were there before`,
    );
  return found;
}
