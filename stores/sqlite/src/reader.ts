import type { DatabaseSync } from 'node:sqlite';
import {
  encodeBundle,
  instant,
  TILE_WIDTH,
  type Counted,
  type LedgerStore,
  type StoredEntry,
} from '@countersign/core';
import { bytesOf, entryOf, isAction, placedOf, textOf, type Placed } from './rows.ts';
import { prepareAll } from './statements.ts';

const STANDING = 'stream, state, approval, agent, created, due, owner, session';

const READS = {
  read: 'SELECT seq, stream, ver, entry FROM events WHERE stream = ? ORDER BY ver',
  range: 'SELECT seq, stream, ver, entry FROM events WHERE seq >= ? AND seq < ? ORDER BY seq',
  entries: 'SELECT entry AS bytes FROM events WHERE seq >= ? AND seq < ? ORDER BY seq',
  leaves: 'SELECT leaf AS bytes FROM events WHERE seq >= ? AND seq < ? ORDER BY seq',
  roots: 'SELECT root AS bytes FROM tiles WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx',
  tile: 'SELECT data FROM tiles WHERE level = ? AND idx = ?',
  blob: 'SELECT data FROM blobs WHERE stream = ? AND name = ? AND erased = 0',
  holder: 'SELECT stream FROM claims WHERE name = ? AND (until IS NULL OR until > ?)',
  standing: `SELECT ${STANDING} FROM standings WHERE stream = ?`,
  find: `SELECT ${STANDING} FROM standings WHERE state = ?
    ORDER BY created DESC, stream DESC LIMIT ?`,
  findBefore: `SELECT ${STANDING} FROM standings WHERE state = ? AND (created, stream) < (?, ?)
    ORDER BY created DESC, stream DESC LIMIT ?`,
  findAsked: `SELECT ${STANDING} FROM standings WHERE state = ? AND approval IS NOT NULL
    ORDER BY created DESC, stream DESC LIMIT ?`,
  findAskedBefore: `SELECT ${STANDING} FROM standings WHERE state = ? AND approval IS NOT NULL
    AND (created, stream) < (?, ?) ORDER BY created DESC, stream DESC LIMIT ?`,
  due: 'SELECT stream FROM standings WHERE due <= ? ORDER BY due, stream LIMIT ?',
  count: 'SELECT count(*) AS n FROM standings WHERE state = ?',
  countOf: 'SELECT count(*) AS n FROM standings WHERE agent = ? AND state = ?',
  earliest: 'SELECT min(due) AS due FROM standings WHERE agent = ? AND state = ?',
  earliestOfSession:
    'SELECT min(due) AS due FROM standings WHERE agent = ? AND session = ? AND state = ?',
  earliestOfOwner: 'SELECT min(due) AS due FROM standings WHERE owner = ? AND state = ?',
  byApproval: 'SELECT stream FROM standings WHERE approval = ?',
} as const;

type Reads = Omit<LedgerStore, 'append' | 'erase' | 'head' | 'onAppended' | 'close'>;

const MAX_RANGE = 10_000;
/** Rows read before the event loop gets its turn. */
const SLICE = 500;

/** The reads of a ledger, on a connection of the calling thread. `size` is the committed size. */
export function createReader(db: DatabaseSync, size: () => number): Reads {
  const sql = prepareAll(db, READS);

  /** Whether `width` complete hashes of a tile exist. Floats are exact enough: only huge levels round. */
  const isThere = (level: number, index: number, width: number): boolean =>
    [level, index, width].every((n) => Number.isSafeInteger(n) && n >= 0) &&
    width >= 1 &&
    width <= TILE_WIDTH &&
    (index * TILE_WIDTH + width) * TILE_WIDTH ** level <= size();

  function tileNow(level: number, index: number, width: number): Uint8Array | undefined {
    if (!isThere(level, index, width)) return undefined;
    if (width === TILE_WIDTH) return bytesOf(sql.tile.get(level, index)?.['data']);
    const from = index * TILE_WIDTH;
    const rows =
      level === 0
        ? sql.leaves.all(from, from + width)
        : sql.roots.all(level - 1, from, from + width);
    return new Uint8Array(Buffer.concat(rows.map((row) => bytesOf(row['bytes']))));
  }

  async function rangeOf(from: number, to: number): Promise<readonly StoredEntry[]> {
    const end = Math.min(to, size(), from + MAX_RANGE);
    const found: StoredEntry[] = [];
    for (let at = from; at < end; at += SLICE) {
      if (at > from) await new Promise<void>((resolve) => setImmediate(resolve));
      for (const row of sql.range.all(at, Math.min(at + SLICE, end))) found.push(entryOf(row));
    }
    return found;
  }

  /** Per state in index order, then merged: one sorted scan over several states would read them all. */
  function findNow(query: Parameters<Reads['find']>[0]): readonly Placed[] {
    const { states, limit, before, isAsked = false } = query;
    const mark = before === undefined ? undefined : sql.standing.get(before);
    if (before !== undefined && !mark) return [];
    const first = isAsked ? sql.findAsked : sql.find;
    const next = isAsked ? sql.findAskedBefore : sql.findBefore;
    const rows = [...new Set(states)].flatMap((state) =>
      mark ? next.all(state, mark['created'] ?? 0, before ?? '', limit) : first.all(state, limit),
    );
    return rows.map(placedOf).toSorted(byAge).slice(0, limit);
  }

  const countNow = (agent: string | undefined, states: readonly string[]): number =>
    [...new Set(states)].reduce((sum, state) => {
      const row = agent === undefined ? sql.count.get(state) : sql.countOf.get(agent, state);
      return sum + Number(row?.['n'] ?? 0);
    }, 0);

  function earliestIn(of: Counted, state: string): number | undefined {
    const row =
      'owner' in of
        ? sql.earliestOfOwner.get(of.owner, state)
        : of.session === undefined
          ? sql.earliest.get(of.agent, state)
          : sql.earliestOfSession.get(of.agent, of.session, state);
    return typeof row?.['due'] === 'number' ? row['due'] : undefined;
  }

  return {
    read: async (stream) => sql.read.all(stream).map(entryOf),
    range: rangeOf,
    blob: async (stream, name) => {
      const row = sql.blob.get(stream, name);
      return row && bytesOf(row['data']);
    },
    holder: async (name, now) => {
      const row = sql.holder.get(name, now);
      return row && textOf(row['stream']);
    },
    find: async (query) => findNow(query),
    due: async (now, limit) => sql.due.all(now, limit).map((row) => textOf(row['stream'])),
    count: async (agent, states) => countNow(agent, states),
    earliestDue: async (of, states) => {
      const due = states.flatMap((state) => earliestIn(of, state) ?? []);
      return due.length === 0 ? undefined : instant(Math.min(...due));
    },
    byApproval: async (id) => {
      const stream = sql.byApproval.get(id)?.['stream'];
      return isAction(stream) ? stream : undefined;
    },
    tile: async (level, index, width) => tileNow(level, index, width),
    bundle: async (index, width) => {
      if (!isThere(0, index, width)) return undefined;
      const from = index * TILE_WIDTH;
      const rows = sql.entries.all(from, from + width);
      return encodeBundle(rows.map((row) => bytesOf(row['bytes'])));
    },
  };
}

const byAge = (a: Placed, b: Placed): number =>
  b.standing.createdAt - a.standing.createdAt || (a.stream < b.stream ? 1 : -1);
