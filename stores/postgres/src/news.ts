import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { StoreFailure, type Listeners, type News, type Unit } from '@countersign/core';
import { connect, drop, type Access } from './connect.ts';
import type { Written } from './plan.ts';
import type { Statements } from './statements.ts';

/** How often the ledger is looked at for what no notice came of: a writer may die between its commit and its notice. */
const POLL_MS = 50;
const RETRY_MS = 200;
const LOST_MS = 2_000;

type Entry = { readonly seq: number; readonly stream: string; readonly version: number };

/** What every replica hears of the ledger, its own entries and others'. */
export type Tail = {
  /** These units may be durable from now on: found in the ledger they are told with their unit. */
  readonly expect: (written: readonly Written[]) => void;
  /** They are durable, or never will be. */
  readonly settle: (isWritten: boolean) => void;
  /** Whether news come at once (`listening`), only by looking (`polling`), or not at all for two seconds (`lost`). */
  readonly state: () => 'listening' | 'polling' | 'lost';
  readonly close: () => Promise<void>;
};

/**
 * Follows the ledger by its gap-free order: whatever is next is the next to be told, so nothing is missed or told twice.
 * Entries become visible in that order because their writers hold one lock until they are committed. Notices (`LISTEN`)
 * only say that it is worth looking now; where the engine has none, and for notices that got lost, it is looked every 50 ms.
 */
export function createTail(parts: {
  readonly access: Access;
  readonly sql: Statements;
  readonly listeners: Listeners;
  /** Size of the ledger when it was opened: what came before is no news. */
  readonly from: number;
  /** Early lock release: what was read is made durable before it is told. */
  readonly flush?: () => Promise<void>;
}): Tail {
  const { access, sql, listeners, flush } = parts;
  const channel = `countersign_${access.schema}`;
  let next = parts.from;
  let expected: readonly Written[] = [];
  /** Own units from `expected` on that are not told yet, by their place. */
  const own = new Map<number, Unit>();
  let client: pg.Client | undefined;
  let isListening = false;
  let isNoticeDue = false;
  let isClosed = false;
  let ring: (() => void) | undefined;
  let heardAt = performance.now();

  const wake = (): void => ring?.();

  function tell(news: News, entries: number): void {
    next = news.firstSeq + entries;
    own.delete(news.firstSeq);
    listeners.tell(news);
  }

  function tellOwn(unit: Unit, firstSeq: number): void {
    const { stream, entries } = unit;
    const version = unit.expectedVersion + entries.length;
    tell({ stream, firstSeq, version, unit }, entries.length);
  }

  function tellFound(found: readonly Entry[]): void {
    for (let i = 0; i < found.length; i++) {
      const first = found[i];
      if (!first || first.seq !== next) continue; // told meanwhile
      const { stream, seq: firstSeq } = first;
      const unit = own.get(firstSeq);
      if (unit?.stream === stream) {
        tellOwn(unit, firstSeq);
        continue;
      }
      let last = first;
      for (let more = found[i + 1]; more?.stream === stream; more = found[++i + 1]) {
        if (own.has(more.seq)) break;
        last = more;
      }
      tell({ stream, firstSeq, version: last.version }, last.seq - firstSeq + 1);
    }
  }

  async function pull(on: pg.Client): Promise<void> {
    for (;;) {
      const { rows } = await on.query<{ seq: number; stream: string; ver: number }>({
        name: 'news',
        text: sql.news,
        values: [next],
      });
      if (rows.length === 0) return;
      await flush?.();
      tellFound(rows.map(({ seq, stream, ver }) => ({ seq, stream, version: ver })));
      if (rows.length < 5_000) return;
    }
  }

  async function connected(): Promise<pg.Client> {
    if (client) return client;
    const made = await connect(access, 'news');
    made.once('end', () => {
      if (client === made) client = undefined;
    });
    // CockroachDB and others have no LISTEN: then it is looked
    isListening = await made.query(`LISTEN "${channel}"`).then(
      () => true,
      () => false,
    );
    made.on('notification', ({ processId }) => {
      if (processId !== (made as unknown as { processID?: number }).processID) wake();
    });
    if (isClosed) {
      drop(made);
      throw new StoreFailure('store-failed', 'the ledger is closed');
    }
    return (client = made);
  }

  /** One notice for everything since the last. Never inside a transaction that writes: it takes a lock on the whole server. */
  async function notify(on: pg.Client): Promise<void> {
    const isWanted = isNoticeDue && isListening;
    isNoticeDue = false; // where there is no LISTEN there is nobody to be told
    if (!isWanted) return;
    await on.query({ name: 'notify', text: 'SELECT pg_notify($1, $2)', values: [channel, ''] });
  }

  async function follow(): Promise<void> {
    for (;;) {
      if (isClosed) return;
      const rung = new Promise<void>((resolve) => (ring = resolve));
      try {
        const on = await connected();
        await notify(on);
        await pull(on);
        heardAt = performance.now();
        if (isNoticeDue) continue;
        const timer = setTimeout(wake, POLL_MS);
        await rung;
        clearTimeout(timer);
      } catch {
        if (client) drop(client);
        client = undefined;
        isListening = false;
        if (!isClosed) await sleep(RETRY_MS);
      }
    }
  }
  const following = follow();

  return {
    expect: (written) => {
      expected = written;
      for (const { unit, firstSeq } of written) own.set(firstSeq, unit);
    },
    settle: (isWritten) => {
      if (isWritten) {
        // those that come next are told from memory; the others when what is before them was read
        for (const { unit, firstSeq } of expected) if (firstSeq === next) tellOwn(unit, firstSeq);
        isNoticeDue = true;
        wake();
      } else for (const { firstSeq } of expected) own.delete(firstSeq);
      expected = [];
    },
    state: () => {
      if (performance.now() - heardAt > LOST_MS) return 'lost';
      return isListening ? 'listening' : 'polling';
    },
    close: () => {
      isClosed = true;
      wake();
      if (client) drop(client); // whatever it waits for
      return following;
    },
  };
}
