import type pg from 'pg';
import {
  encodeBundle,
  instant,
  TILE_WIDTH,
  type LedgerStore,
  type StoredEntry,
} from '@countersign/core';
import { gather } from './gather.ts';
import { toStoreFailure } from './failure.ts';
import { bytesOf, entryOf, headOf, isAction, placedOf, textOf, type Placed } from './rows.ts';
import type { StatementName, Statements } from './statements.ts';
import type { Row } from './transaction.ts';

type Reads = Omit<LedgerStore, 'append' | 'erase' | 'onAppended' | 'close'>;
/** Asks the database one question. */
export type Ask = (name: StatementName, values: readonly unknown[]) => Promise<readonly Row[]>;

const MAX_RANGE = 10_000;
/** Streams or blobs asked for together. */
const TOGETHER = 256;

/** Questions by name, on whichever connection of the pool is free. */
export const asker =
  (pool: pg.Pool, sql: Statements): Ask =>
  async (name, values) => {
    try {
      const { rows } = await pool.query<Row>({ name, text: sql[name], values: [...values] });
      return rows;
    } catch (cause) {
      throw toStoreFailure(cause);
    }
  };

/** The reads of a ledger. What is asked for in one turn of the event loop goes out as one question. */
export function createReader(ask: Ask): Reads {
  const read = gather(TOGETHER, async (streams: readonly string[]) => {
    const found = new Map<string, StoredEntry[]>();
    for (const row of await ask('reads', [[...new Set(streams)]])) {
      const entry = entryOf(row);
      const before = found.get(entry.stream);
      if (before) before.push(entry);
      else found.set(entry.stream, [entry]);
    }
    return streams.map((stream) => found.get(stream) ?? []);
  });

  const blob = gather(TOGETHER, async (keys: readonly (readonly [string, string])[]) => {
    const rows = await ask('blobs', [keys.map(([stream]) => stream), keys.map(([, name]) => name)]);
    const found = new Map(
      rows.map((row) => [`${textOf(row['stream'])}\0${textOf(row['name'])}`, bytesOf(row['data'])]),
    );
    return keys.map(([stream, name]) => {
      const data = found.get(`${stream}\0${name}`);
      return data && new Uint8Array(data);
    });
  });

  async function tile(
    level: number,
    index: number,
    width: number,
  ): Promise<Uint8Array | undefined> {
    if (!isTile(level, index, width)) return undefined;
    const from = index * TILE_WIDTH;
    const rows =
      level === 0
        ? await ask('leaves', [from, from + width])
        : await ask('roots', [level - 1, from, from + width]);
    return rows.length === width
      ? new Uint8Array(Buffer.concat(rows.map((row) => bytesOf(row['bytes']))))
      : undefined;
  }

  async function find(query: Parameters<Reads['find']>[0]): Promise<readonly Placed[]> {
    const { states, limit, before, isAsked = false } = query;
    const first = isAsked ? 'findAsked' : 'find';
    const next = isAsked ? 'findAskedBefore' : 'findBefore';
    const rows =
      before === undefined
        ? await ask(first, [[...new Set(states)], limit])
        : await ask(next, [[...new Set(states)], limit, before]);
    return rows.map(placedOf);
  }

  return {
    read,
    range: async (from, to) => {
      const end = Math.min(to, from + MAX_RANGE);
      return from < end ? (await ask('range', [from, end])).map(entryOf) : [];
    },
    blob: (stream, name) => blob([stream, name]),
    holder: async (name, now) => {
      const [row] = await ask('holder', [name, now]);
      return row && textOf(row['stream']);
    },
    find,
    due: async (now, limit) => (await ask('due', [now, limit])).map((row) => textOf(row['stream'])),
    count: async (agent, states) => {
      const [row] =
        agent === undefined ? await ask('count', [states]) : await ask('countOf', [states, agent]);
      return Number(row?.['n'] ?? 0);
    },
    earliestDue: async (of, states) => {
      const [row] = await ('owner' in of
        ? ask('earliestOfOwner', [states, of.owner])
        : of.session === undefined
          ? ask('earliest', [states, of.agent])
          : ask('earliestOfSession', [states, of.agent, of.session]));
      return typeof row?.['due'] === 'number' ? instant(row['due']) : undefined;
    },
    byApproval: async (id) => {
      const [row] = await ask('byApproval', [id]);
      return isAction(row?.['stream']) ? row['stream'] : undefined;
    },
    head: async () => headOf((await ask('head', []))[0]),
    tile,
    bundle: async (index, width) => {
      if (!isTile(0, index, width)) return undefined;
      const from = index * TILE_WIDTH;
      const rows = await ask('entries', [from, from + width]);
      return rows.length === width
        ? encodeBundle(rows.map((row) => bytesOf(row['bytes'])))
        : undefined;
    },
  };
}

/** Whether a tile could exist at all; whether it does, the rows say. */
const isTile = (level: number, index: number, width: number): boolean =>
  [level, index, width].every((n) => Number.isSafeInteger(n) && n >= 0) &&
  level < 8 &&
  width >= 1 &&
  width <= TILE_WIDTH &&
  Number.isSafeInteger((index + 1) * TILE_WIDTH);
