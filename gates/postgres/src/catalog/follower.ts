import type { Catalog, CatalogFollower, Classes } from './catalog.ts';
import type { Ask } from './questions.ts';
import { takeSnapshot, type Earlier, type Snapshot } from './snapshot.ts';

/** A connection of the read lane that only the follower uses. */
export type CatalogConnection = { readonly ask: Ask; readonly close: () => void };

export type FollowerParts = {
  readonly connect: (signal: AbortSignal) => Promise<CatalogConnection>;
  /** What people said at this moment; after a change somebody calls `refresh`. */
  readonly classes: () => Classes;
  readonly searchPath: readonly string[];
  readonly everyMs: number;
  /** Longest for one snapshot, connecting included. */
  readonly withinMs?: number;
  readonly log: (event: string, about: Readonly<Record<string, string | number>>) => void;
};

const FIRST_RETRY_MS = 200;

/**
 * Follows what one database is. One snapshot at a time; who asks while one is taken waits for the next, since that one began
 * before. Without the database the last one stays, unless somebody knows that it is no longer true, and the database is asked
 * again ever more slowly, at the slowest every `everyMs`.
 */
export function createCatalogFollower(parts: FollowerParts): CatalogFollower {
  const earlier: Earlier = { memory: new Map(), trees: new Map() };
  const listeners = new Set<() => void>();
  const ended = new AbortController();
  let connection: CatalogConnection | undefined;
  let last: Snapshot | undefined;
  let failures = 0;
  let isDoubted = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const take = async (): Promise<Snapshot> => {
    const isKept = connection !== undefined;
    try {
      return await takeOnce();
    } catch (cause) {
      drop();
      // the server may have ended a connection that was idle
      if (!isKept || ended.signal.aborted) throw cause;
      return takeOnce();
    }
  };
  const drop = (): void => {
    connection?.close();
    connection = undefined;
  };
  const takeOnce = async (): Promise<Snapshot> => {
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(parts.withinMs ?? 30_000)]);
    connection ??= await parts.connect(signal);
    const { ask, close } = connection;
    signal.addEventListener('abort', close);
    try {
      return await takeSnapshot(ask, {
        classes: parts.classes(),
        searchPath: parts.searchPath,
        generation: (last?.catalog.generation ?? 0) + 1,
        earlier,
      });
    } finally {
      signal.removeEventListener('abort', close);
    }
  };
  const use = (snapshot: Snapshot): void => {
    failures = 0;
    isDoubted = false;
    const isNew = snapshot.digest !== last?.digest;
    const told = last?.unmatched.join();
    last = isNew ? snapshot : { ...snapshot, catalog: last?.catalog ?? snapshot.catalog };
    if (snapshot.unmatched.length > 0 && snapshot.unmatched.join() !== told)
      parts.log('postgres-classes-unmatched', { columns: snapshot.unmatched.join(', ') });
    if (isNew) for (const listener of listeners) listener();
  };
  const run = async (isAsked: boolean): Promise<void> => {
    clearTimeout(timer);
    try {
      use(await take());
    } catch (cause) {
      drop();
      failures++;
      isDoubted ||= isAsked;
      if (!ended.signal.aborted)
        parts.log('postgres-catalog-unread', { failures, cause: codeOf(cause) });
    }
    if (ended.signal.aborted) return drop();
    timer = setTimeout(() => void (running ?? start(false)), waitMs()).unref();
  };
  const waitMs = (): number =>
    failures === 0
      ? parts.everyMs
      : Math.min(parts.everyMs, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 16));
  const start = (isAsked: boolean): Promise<void> => {
    next = undefined;
    running = run(isAsked).finally(() => (running = undefined));
    return running;
  };
  const refresh = (): Promise<void> => {
    if (ended.signal.aborted) return Promise.resolve();
    // INVARIANT: a snapshot that began before the question does not answer it
    return (next ??= running?.then(() => start(true))) ?? start(true);
  };
  void start(false);
  return {
    now: (): Catalog | undefined => (isDoubted ? undefined : last?.catalog),
    unmatched: () => last?.unmatched ?? [],
    refresh,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => {
      ended.abort();
      clearTimeout(timer);
      if (!running) drop();
      listeners.clear();
    },
  };
}

/** Code of a failure; its text may hold the address or more. */
const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : 'failed';
