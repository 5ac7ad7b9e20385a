import {
  copiesOf,
  encodeCopyEvent,
  evolveCopies,
  NO_COPIES,
  standingOfCopies,
  type Copies,
  type CopyEvent,
  type LedgerStore,
} from '@countersign/core';

/** The copies of one subject in one channel, as they stand in the ledger, with what this process adds to them. */
export type Log = {
  readonly now: () => Copies;
  /** Resolves when it is durable; false where another gateway wrote meanwhile, and nothing was written. */
  readonly add: (events: readonly CopyEvent[]) => Promise<boolean>;
};

/** Opens the log of a stream. */
export async function openLog(
  store: Pick<LedgerStore, 'append' | 'read'>,
  stream: string,
): Promise<Log> {
  const entries = await store.read(stream);
  let copies = entries.length === 0 ? NO_COPIES : copiesOf(entries);
  let version = entries.length;
  return {
    now: () => copies,
    add: async (events) => {
      if (events.length === 0) return true;
      const next = events.reduce(evolveCopies, copies);
      const appended = await store.append({
        stream,
        expectedVersion: version,
        entries: events.map((event, i) => encodeCopyEvent(stream, version + 1 + i, event)),
        standing: standingOfCopies(next),
      });
      if (!appended.ok) return false;
      copies = next;
      version += events.length;
      return true;
    },
  };
}
