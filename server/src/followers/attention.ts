import { attendedBy, ATTENTION_MS, instant, isId, STATES, type Parts } from '@countersign/core';
import { isAsked } from '../http/asked.ts';
import { foldOf } from '../http/folds.ts';

const PERIOD_MS = 250;
/** A request may become durable this much later than it was proposed, and clocks differ. */
const OVERLAP_MS = 10_000;
const PAGE = 250;
/** Far more than any group of reviewers is asked in an hour; older ones of a busier hour are let go at a start. */
const MOST = 5_000;
/** A request is among the first entries of its action. */
const YOUNG = 8;

type AttentionFollowerParts = {
  readonly parts: Pick<Parts, 'store' | 'clock' | 'directory' | 'attention'>;
  readonly onFailure: (error: unknown) => void;
};

/**
 * Counts what was put before people within the last hour: at the start from the ledger, then what other gateways ask, a
 * moment after they did. What this one asks is counted where it is decided. Returns the way to stop.
 */
export async function followAttention({
  parts,
  onFailure,
}: AttentionFollowerParts): Promise<() => Promise<void>> {
  const { store, clock, directory, attention } = parts;
  const seen = new Map<string, number>(); // streams by when they were proposed
  let isBehind = false;
  let running: Promise<void> | undefined;
  const unfollow = store.onAppended(({ stream, version, unit }) => {
    if (!isId('act', stream)) return;
    const { approvalId, createdAt } = unit?.standing ?? {};
    if (approvalId !== undefined && createdAt !== undefined) seen.set(stream, createdAt);
    else if (!unit && version <= YOUNG) isBehind = true;
  });

  async function look(since: number): Promise<void> {
    let before: string | undefined;
    for (let count = 0; count < MOST; count += PAGE) {
      const place = before === undefined ? {} : { before };
      const page = await store.find({ states: STATES, limit: PAGE, isAsked: true, ...place });
      const recent = page.filter(({ standing }) => standing.createdAt > since);
      const fresh = recent.filter(({ stream }) => !seen.has(stream));
      await Promise.all(fresh.map(({ stream }) => count_(stream)));
      for (const { stream, standing } of fresh) seen.set(stream, standing.createdAt);
      if (recent.length < PAGE) return;
      before = recent.at(-1)?.stream;
    }
  }

  async function count_(stream: string): Promise<void> {
    const approval = foldOf(await store.read(stream));
    if (isAsked(approval))
      attention.take(attendedBy(approval.proposed.lineage, approval.asked, directory()));
  }

  async function turn(): Promise<void> {
    isBehind = false;
    try {
      await look(clock() - ATTENTION_MS);
    } catch (error) {
      isBehind = true;
      onFailure(error);
    }
  }

  await look(clock() - ATTENTION_MS);
  return async () => unfollow();
}
