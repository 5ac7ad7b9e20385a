import { sealBlob } from '../blob.ts';
import { encodeBundle } from '../ledger/bundle.ts';
import { hashLeaf, toBytes, type Hash } from '../ledger/hash.ts';
import { createListeners } from '../ledger/listeners.ts';
import { createTree, TILE_WIDTH } from '../ledger/tree.ts';
import { measureUnit } from '../ledger/unit.ts';
import type { ActionId } from '../ids.ts';
import { err, ok, type Result } from '../result.ts';
import { instant, type Instant } from '../time.ts';
import { provenEntries, type StoreDump } from '../dump.ts';
import {
  StoreFailure,
  type Appended,
  type AppendRefusal,
  type Clock,
  type Counted,
  type Head,
  type LedgerStore,
  type Quota,
  type Standing,
  type StoredEntry,
  type Unit,
} from '../ports.ts';

type Held = { readonly stream: string; readonly until?: Instant };
type Placed = { readonly stream: string; readonly standing: Standing };

const isHeld = (held: Held | undefined, now: Instant): held is Held =>
  held !== undefined && (held.until === undefined || held.until > now);

const isAction = (stream: string): stream is ActionId => stream.startsWith('act_');

/** Newest first; streams break ties, so that a listing has one order. */
const byAge = (a: Placed, b: Placed): number =>
  b.standing.createdAt - a.standing.createdAt || (a.stream < b.stream ? 1 : -1);

/** Whether a listing that is newest first has `a` after `b`. */
const isAfter = (a: Placed, b: Placed): boolean => byAge(a, b) > 0;

/** A store in memory, which can give a dump of itself and take one. */
export type MemoryStore = LedgerStore & {
  readonly dump: () => Promise<StoreDump>;
  readonly load: (dump: StoreDump) => Promise<void>;
};

/** A ledger in memory that keeps every obligation of the port but durability. For tests only. */
export function createMemoryStore({
  clock = () => instant(0),
}: { clock?: Clock } = {}): MemoryStore {
  const entries: StoredEntry[] = [];
  const streams = new Map<string, StoredEntry[]>();
  const standings = new Map<string, Standing>();
  const claims = new Map<string, Held>();
  const blobs = new Map<string, Map<string, Uint8Array | undefined>>(); // undefined: erased
  const listeners = createListeners();
  const rows: Hash[][] = [[]]; // per tile level, every complete hash
  const tree = createTree(({ level, root }) => (rows[level + 1] ??= []).push(root));
  let head: Head = { size: 0, root: toBytes(tree.root()), at: clock() };

  function refusalOf(unit: Unit): AppendRefusal | undefined {
    const version = streams.get(unit.stream)?.length ?? 0;
    if (version !== unit.expectedVersion) return { code: 'conflict', version };
    for (const { name } of unit.claims ?? []) {
      const held = claims.get(name);
      if (isHeld(held, clock()) && held.stream !== unit.stream)
        return { code: 'claimed', name, stream: held.stream };
    }
    const over = unit.quotas?.find((quota) => countedBy(quota, unit.stream).length >= quota.most);
    return over && { code: 'over-quota', of: over.of };
  }

  const countedBy = (
    { of, states }: Pick<Quota, 'of' | 'states'>,
    but?: string,
  ): readonly Standing[] =>
    [...standings].flatMap(([stream, it]) =>
      stream !== but && isOf(of, it) && states.includes(it.state) ? [it] : [],
    );

  function grow(leaf: Hash): void {
    rows[0]?.push(leaf);
    tree.push(leaf);
  }

  function write(unit: Unit): Appended {
    const firstSeq = entries.length;
    const stream = streams.get(unit.stream) ?? [];
    streams.set(unit.stream, stream);
    for (const entry of unit.entries) {
      const stored = {
        seq: entries.length,
        stream: unit.stream,
        version: stream.length + 1,
        entry,
      };
      entries.push(stored);
      stream.push(stored);
      grow(hashLeaf(Buffer.from(entry)));
    }
    writeBeside(unit);
    head = { size: tree.size(), root: toBytes(tree.root()), at: clock() };
    return { firstSeq, version: stream.length };
  }

  function writeBeside(unit: Unit): void {
    if (unit.standing) standings.set(unit.stream, unit.standing);
    for (const name of unit.releases ?? [])
      if (claims.get(name)?.stream === unit.stream) claims.delete(name);
    for (const { name, until } of unit.claims ?? [])
      claims.set(name, { stream: unit.stream, ...(until !== undefined && { until }) });
    const kept = blobs.get(unit.stream) ?? new Map<string, Uint8Array | undefined>();
    for (const [name, data] of Object.entries(unit.blobs ?? {}))
      if (!kept.has(name)) kept.set(name, new Uint8Array(sealBlob(data)));
    if (kept.size > 0) blobs.set(unit.stream, kept);
  }

  function appendNow(unit: Unit): Result<Appended, AppendRefusal> {
    measureUnit(unit);
    const refusal = refusalOf(unit);
    if (refusal) return err(refusal);
    const appended = write(unit);
    listeners.tell({ stream: unit.stream, ...appended, unit });
    return ok(appended);
  }

  function dumpNow(): StoreDump {
    const kept = [...blobs].flatMap(([stream, names]) =>
      [...names].map(([name, data]) => ({ stream, name, ...(data && { data }) })),
    );
    return {
      head,
      entries: pagesOf(entries.map((it, i) => ({ ...it, leaf: rows[0]?.[i] ?? '' }))),
      standings: pagesOf([...standings].map(([stream, standing]) => ({ stream, standing }))),
      claims: pagesOf([...claims].map(([name, held]) => ({ name, ...held }))),
      blobs: pagesOf(kept),
      close: async () => undefined,
    };
  }

  async function loadNow(dump: StoreDump): Promise<void> {
    if (entries.length > 0) throw new StoreFailure('store-failed', 'it has a ledger');
    for await (const page of provenEntries(dump))
      for (const { bytes: _, leaf, ...entry } of page) {
        entries.push(entry);
        streams.set(entry.stream, [...(streams.get(entry.stream) ?? []), entry]);
        grow(leaf);
      }
    for await (const page of dump.standings())
      for (const { stream, standing } of page) standings.set(stream, standing);
    for await (const page of dump.claims())
      for (const { name, ...held } of page) claims.set(name, held);
    for await (const page of dump.blobs())
      for (const { stream, name, data } of page)
        blobs.set(stream, (blobs.get(stream) ?? new Map()).set(name, data));
    head = dump.head;
  }

  function findNow(query: Parameters<LedgerStore['find']>[0]): readonly Placed[] {
    const mark = query.before === undefined ? undefined : standings.get(query.before);
    if (query.before !== undefined && !mark) return [];
    return [...standings]
      .map(([stream, standing]) => ({ stream, standing }))
      .filter(({ standing }) => query.states.includes(standing.state))
      .filter(({ standing }) => query.isAsked !== true || standing.approvalId !== undefined)
      .filter((it) => !mark || isAfter(it, { stream: query.before ?? '', standing: mark }))
      .toSorted(byAge)
      .slice(0, query.limit);
  }

  function dueNow(now: Instant, limit: number): readonly string[] {
    return [...standings]
      .flatMap(([stream, { dueAt }]) => (dueAt === undefined ? [] : [{ stream, dueAt }]))
      .filter(({ dueAt }) => dueAt <= now)
      .toSorted((a, b) => a.dueAt - b.dueAt || (a.stream < b.stream ? -1 : 1))
      .slice(0, limit)
      .map(({ stream }) => stream);
  }

  return {
    append: async (unit) => appendNow(unit),
    read: async (stream) => [...(streams.get(stream) ?? [])],
    range: async (from, to) => entries.slice(from, Math.min(to, from + 10_000)),
    blob: async (stream, name) => blobs.get(stream)?.get(name)?.slice(),
    erase: async (stream) => {
      const kept = blobs.get(stream);
      for (const name of kept?.keys() ?? []) kept?.set(name, undefined);
    },
    holder: async (name, now) => {
      const held = claims.get(name);
      return isHeld(held, now) ? held.stream : undefined;
    },
    find: async (query) => findNow(query),
    due: async (now, limit) => dueNow(now, limit),
    count: async (agent, states) =>
      [...standings.values()].filter(
        (it) => states.includes(it.state) && (agent === undefined || it.agent === agent),
      ).length,
    earliestDue: async (of, states) => {
      const due = countedBy({ of, states }).flatMap(({ dueAt }) => dueAt ?? []);
      return due.toSorted((a, b) => a - b)[0];
    },
    byApproval: async (id) => {
      const found = [...standings].find(([, { approvalId }]) => approvalId === id)?.[0];
      return found !== undefined && isAction(found) ? found : undefined;
    },
    head: async () => head,
    tile: async (level, index, width) => {
      const hashes = sliceOf(rows[level] ?? [], index, width);
      return hashes && Uint8Array.from(hashes.flatMap((hash) => [...toBytes(hash)]));
    },
    bundle: async (index, width) => {
      const found = sliceOf(entries, index, width);
      return found && encodeBundle(found.map(({ entry }) => Buffer.from(entry)));
    },
    onAppended: listeners.add,
    close: async () => undefined,
    dump: async () => dumpNow(),
    load: loadNow,
  };
}

const isOf = (of: Counted, { agent, owner, session }: Standing): boolean =>
  'owner' in of
    ? owner === of.owner
    : agent === of.agent && (of.session === undefined || session === of.session);

/** Small pages, so that tests see more than one. */
const pagesOf = <T>(all: readonly T[]) =>
  async function* (): AsyncGenerator<readonly T[]> {
    for (let at = 0; at < all.length; at += 7) yield all.slice(at, at + 7);
  };

function sliceOf<T>(all: readonly T[], index: number, width: number): readonly T[] | undefined {
  if (
    !Number.isInteger(index) ||
    !Number.isInteger(width) ||
    width < 1 ||
    width > TILE_WIDTH ||
    index < 0
  )
    return undefined;
  const slice = all.slice(index * TILE_WIDTH, index * TILE_WIDTH + width);
  return slice.length === width ? slice : undefined;
}
