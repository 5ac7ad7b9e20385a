import { decodeEntry, replay, type LedgerStore, type StoredEntry } from '@countersign/core';
import type { Visible } from './rights.ts';

/**
 * Actions as they stand, for showing many of them: what was read is kept until the ledger tells of a change. Nothing is ever
 * decided on it, and nothing private is in it (R9).
 */
export type Folds = {
  /** An action; `state` is what the store says it stands at, so that what is kept is known to be older. */
  readonly of: (stream: string, state?: string) => Promise<Visible | undefined>;
  readonly close: () => void;
};

const MOST_KEPT = 2_000;

/** The state of an action by its entries; undefined before policy has judged it. */
export function foldOf(entries: readonly Pick<StoredEntry, 'entry'>[]): Visible | undefined {
  const approval = replay(entries.map(decodeEntry));
  return approval.state === 'none' || approval.state === 'proposed' || approval.state === 'judged'
    ? undefined
    : approval;
}

export function createFolds(store: Pick<LedgerStore, 'read' | 'onAppended'>): Folds {
  const kept = new Map<string, Visible>();
  const reading = new Map<string, Promise<Visible | undefined>>();
  const close = store.onAppended(({ stream }) => {
    kept.delete(stream);
    // whoever is reading it may have read what was before: it is theirs, and not kept
    reading.delete(stream);
  });

  async function readOne(stream: string): Promise<Visible | undefined> {
    const mine = store.read(stream).then(foldOf);
    reading.set(stream, mine);
    try {
      const fold = await mine;
      if (fold && reading.get(stream) === mine) keep(stream, fold);
      return fold;
    } finally {
      if (reading.get(stream) === mine) reading.delete(stream);
    }
  }

  function keep(stream: string, fold: Visible): void {
    kept.delete(stream);
    kept.set(stream, fold);
    if (kept.size <= MOST_KEPT) return;
    const [oldest] = kept.keys();
    if (oldest !== undefined) kept.delete(oldest);
  }

  return {
    close,
    of: async (stream, state) => {
      const known = kept.get(stream);
      if (known && (state === undefined || known.state === state)) {
        keep(stream, known);
        return known;
      }
      return reading.get(stream) ?? readOne(stream);
    },
  };
}
