import { decodeEntry, type ApprovalEvent, type LedgerStore } from '@countersign/core';

/** Events of actions this process wrote lately, so that most need not be read again. */
export type Recent = {
  /** All events of a stream up to a version, of which the last are given. */
  readonly upTo: (
    stream: string,
    version: number,
    last: readonly ApprovalEvent[],
  ) => Promise<readonly ApprovalEvent[]>;
  readonly forget: (stream: string) => void;
};

const MOST = 1_000;

/** Remembers a bounded number of actions; for any other, and where another replica wrote in between, the ledger is read. */
export function createRecent(store: Pick<LedgerStore, 'read'>): Recent {
  const known = new Map<string, readonly ApprovalEvent[]>();
  const keep = (stream: string, events: readonly ApprovalEvent[]): void => {
    known.delete(stream);
    known.set(stream, events);
    const oldest = known.size > MOST ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
  };
  return {
    upTo: async (stream, version, last) => {
      const earlier = version - last.length;
      const before = earlier === 0 ? [] : known.get(stream);
      const events =
        before?.length === earlier
          ? [...before, ...last]
          : (await store.read(stream)).slice(0, version).map(decodeEntry);
      keep(stream, events);
      return events;
    },
    forget: (stream) => void known.delete(stream),
  };
}
