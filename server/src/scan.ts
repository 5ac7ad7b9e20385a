import { setImmediate as otherWork } from 'node:timers/promises';
import type { Instant, LedgerStore, StoredEntry } from '@countersign/core';

type Ranged = Pick<LedgerStore, 'range' | 'head'>;

/** Entries read at once: so many are parsed in a few milliseconds, and then others have their turn. */
const CHUNK = 500;
/** Units are written in an order that is not exactly that of their times: this much is looked at around a range. */
const SLACK_MS = 60_000;

const timeOf = ({ entry }: StoredEntry): number => {
  const { at } = JSON.parse(entry) as { readonly at?: unknown };
  return typeof at === 'number' ? at : 0;
};

/** Where in the ledger, of `size` entries, the first is that was written at or after a moment. */
async function firstSince(store: Ranged, at: number, size: number): Promise<number> {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    // oxlint-disable-next-line no-await-in-loop -- each look depends on the one before
    const [entry] = await store.range(middle, middle + 1);
    if (entry && timeOf(entry) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Which entries hold all that was written in a range of time. */
export async function placesOf(
  store: Ranged,
  { from, to }: { readonly from: Instant; readonly to: Instant },
): Promise<{ readonly first: number; readonly end: number }> {
  const { size } = await store.head();
  const first = await firstSince(store, from - SLACK_MS, size);
  return { first, end: Math.max(first, await firstSince(store, to + SLACK_MS, size)) };
}

/** Reads entries in order without keeping others from their work. */
export async function scan(
  store: Ranged,
  { first, end }: { readonly first: number; readonly end: number },
  each: (entry: StoredEntry) => void,
): Promise<void> {
  for (let at = first; at < end; at += CHUNK) {
    // oxlint-disable-next-line no-await-in-loop -- one chunk after the other, on purpose
    const entries = await store.range(at, Math.min(end, at + CHUNK));
    for (const entry of entries) each(entry);
    // oxlint-disable-next-line no-await-in-loop -- likewise
    await otherWork();
  }
}
