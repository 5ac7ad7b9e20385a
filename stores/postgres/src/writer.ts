import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import {
  createFrontier,
  fromBytes,
  StoreFailure,
  type AppendOutcome,
  type Clock,
  type Hash,
  type Sized,
} from '@countersign/core';
import { connect, drop, type Access } from './connect.ts';
import { sqlStateOf, toStoreFailure } from './failure.ts';
import { look } from './look.ts';
import { planBatch, type Plan, type Written } from './plan.ts';
import type { Grow, Grown } from './grow.ts';
import { writesOf } from './writes.ts';
import type { Statements } from './statements.ts';
import { inOneTrip, type Row } from './transaction.ts';

/** How long a batch is tried over lost connections before its callers are told that the database cannot be reached. */
const GIVE_UP_MS = 5_000;
const RETRY_MS = 50;
/** How often, in batches, claims past their time and marks of writers long gone are swept. */
const SWEEP_EVERY = 256;
const MARK_MS = 24 * 3_600_000;

/** What a batch came to, and the head it made if anything of it was written. */
type Done = { readonly plan: Plan; readonly head?: Grown };

/** What a writer tells others of. */
export type WriterEvents = {
  /** Before the units are sent: from now on they may be durable. */
  readonly onSending: (written: readonly Written[]) => void;
  /** They are durable, and this is the head they made; or, without one, they may never be. */
  readonly onSent: (head?: { readonly size: number; readonly root: Hash }) => void;
};

/** One replica's connection that appends. */
export type Writer = {
  readonly write: (batch: readonly Sized[]) => Promise<readonly AppendOutcome[]>;
  readonly close: () => void;
};

/**
 * Appends batches: lock the head, look, plan, write, commit, in two round trips.
 *
 * A lost connection leaves it open whether a batch was committed. Each batch therefore carries a mark, this writer's
 * number of it, and before anything else the writer looks, under the lock that the lost transaction would still hold,
 * whether its last mark is there. So a batch is never written twice, and never forgotten while there is time.
 */
export function createWriter(parts: {
  readonly access: Access;
  readonly sql: Statements;
  readonly clock: Clock;
  /** Random name of this process. */
  readonly writer: string;
  readonly events: WriterEvents;
  /** Refuses a database that has not got what this process has seen; asked on every new connection. */
  readonly verify: () => Promise<void>;
  readonly grow: Grow;
  /** Early lock release: commits do not wait for the disk, `flush` does. */
  readonly flush?: () => Promise<void>;
}): Writer {
  const { access, sql, clock, writer, events, grow, flush } = parts;
  let client: pg.Client | undefined;
  let batches = 0;
  let isClosed = false;

  const begin =
    flush === undefined
      ? 'BEGIN ISOLATION LEVEL READ COMMITTED'
      : 'BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = off';

  async function connected(): Promise<pg.Client> {
    if (client) return client;
    const made = await connect(access, 'writer', { pipeline: true });
    made.once('end', () => {
      if (client === made) client = undefined;
    });
    try {
      await parts.verify();
    } catch (cause) {
      drop(made);
      throw cause;
    }
    if (isClosed) {
      drop(made);
      throw new StoreFailure('store-failed', 'the ledger is closed');
    }
    return (client = made);
  }

  function disconnect(): void {
    if (client) drop(client);
    client = undefined;
  }

  /** Whether a batch whose commit was not answered is there. The lock waits for the transaction that may still end. */
  async function isMarked(batch: number): Promise<boolean> {
    const [, , marks = []] = await inOneTrip(await connected(), [
      { text: begin },
      { text: sql.lock },
      { text: sql.marked, values: [writer] },
      { text: 'ROLLBACK' },
    ]);
    return Number(marks[0]?.['batch'] ?? -1) === batch;
  }

  /** One try on one connection. `onPlanned` hears the plan before its commit is sent. */
  async function attempt(
    batch: readonly Sized[],
    number: number,
    onPlanned: (done: Done) => void,
  ): Promise<Done> {
    const units = batch.map(({ unit }) => unit);
    const on = await connected();
    const { questions, read } = look(units, sql);
    const [, headRows = [], ...found] = await inOneTrip(on, [
      { text: begin },
      { text: sql.lock },
      ...questions,
    ]);
    const head = headOf(headRows[0]);
    const now = clock();
    const plan = planBatch(units, read(found), { size: head.size, now });
    if (plan.written.length === 0) {
      await inOneTrip(on, [{ text: 'ROLLBACK' }]);
      return { plan };
    }
    const sweeps =
      number % SWEEP_EVERY === 0
        ? [
            { text: sql.sweep, values: [now] },
            { text: sql.forget, values: [now - MARK_MS] },
          ]
        : [];
    const grown = grow(head, plan.written);
    const steps = [
      ...writesOf(plan, grown, { sql, base: head.size, now, mark: [writer, number] }),
      ...sweeps,
      { text: 'COMMIT' },
    ];
    const done = { plan, head: grown };
    onPlanned(done);
    await inOneTrip(on, steps);
    await flush?.();
    return done;
  }

  /** Tries until it is known what became of the batch, or time is up. */
  async function settle(batch: readonly Sized[]): Promise<Done> {
    const number = ++batches;
    const until = performance.now() + GIVE_UP_MS;
    let sent: Done | undefined;
    for (;;) {
      try {
        if (sent && (await isMarked(number))) {
          await flush?.();
          return sent;
        }
        sent = undefined;
        events.onSent();
        return await attempt(batch, number, (done) => {
          sent = done;
          events.onSending(done.plan.written);
        });
      } catch (cause) {
        disconnect();
        if (isCertain(cause)) sent = undefined;
        const failure = toStoreFailure(cause);
        if (!failure.retryable || isClosed || performance.now() > until) throw failure;
        await sleep(RETRY_MS);
      }
    }
  }

  return {
    write: async (batch) => {
      try {
        const { plan, head } = await settle(batch);
        events.onSent(head);
        return plan.outcomes;
      } catch (cause) {
        events.onSent();
        throw cause;
      }
    },
    close: () => {
      isClosed = true;
      disconnect();
    },
  };
}

/** An error the server answered a statement with ended the transaction; only silence leaves it open. */
const isCertain = (cause: unknown): boolean => {
  const state = sqlStateOf(cause);
  return state !== undefined && !/^(08|57P)/.test(state);
};

function headOf(row: Row | undefined): Pick<Grown, 'size' | 'peaks'> {
  const { size, root, frontier } = row ?? {};
  if (typeof size !== 'number' || !(root instanceof Buffer) || !(frontier instanceof Buffer))
    throw new StoreFailure('corrupt', 'the database has no head of the ledger; restore a backup');
  const peaks = Array.from({ length: frontier.length / 32 }, (_, i) => fromBytes(frontier, i * 32));
  if (createFrontier({ size, peaks }).root() !== fromBytes(root))
    throw new StoreFailure('corrupt', `the frontier at ${size} does not give the ledger's root`);
  return { size, peaks };
}
