import type { LedgerStore } from './ports.ts';

const queues = new WeakMap<LedgerStore, Map<string, Promise<unknown>>>();

/**
 * Work under one name, one after the other in this process. Changes of a stream take turns so that conflicts come only
 * from other replicas; what keeps those safe is the compare-and-append.
 */
export async function inTurn<T>(
  store: LedgerStore,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  const queue = queues.get(store) ?? new Map<string, Promise<unknown>>();
  queues.set(store, queue);
  const before = queue.get(name);
  const mine = before ? before.then(work, work) : work();
  queue.set(name, mine);
  try {
    return await mine;
  } finally {
    if (queue.get(name) === mine) queue.delete(name);
  }
}
