import { attendedBy, ATTENTION_MS, isId, STATES, type Parts } from '@countersign/core';
import { isAsked } from '../http/asked.ts';
import { foldOf } from '../http/folds.ts';

const PERIOD_MS = 250;
/** What is proposed becomes durable a while later. */
const OVERLAP_MS = 30_000;
const PAGE = 250;
/** More than any reviewer is asked in an hour, so that a start does not take long. */
const MOST = 5_000;
/** A request stands among the first entries of its action. */
const YOUNG = 8;

type AttentionParts = {
  readonly parts: Pick<Parts, 'store' | 'clock' | 'directory' | 'attention'>;
  readonly onFailure: (error: unknown) => void;
};

/**
 * Counts what was put before people within the last hour: at the start from the ledger, then what other gateways ask, at
 * most a moment after they did. What this one asks is counted where it is decided. Returns the way to stop.
 */
export async function followAttention({
  parts: { store, clock, directory, attention },
  onFailure,
}: AttentionParts): Promise<() => Promise<void>> {
  const seen = new Map<string, number>(); // actions by when they were proposed, oldest first
  let isBehind = false;
  let running: Promise<void> | undefined;
  const unfollow = store.onAppended(({ stream, version, unit }) => {
    if (!isId('act', stream)) return;
    const { approvalId, createdAt } = unit?.standing ?? {};
    if (approvalId !== undefined && createdAt !== undefined) seen.set(stream, createdAt);
    else if (!unit && version <= YOUNG) isBehind = true;
  });

  async function take(stream: string): Promise<void> {
    const approval = foldOf(await store.read(stream));
    if (!isAsked(approval)) return;
    attention.take(attendedBy(approval.proposed.lineage, approval.asked, directory()));
  }

  async function look(since: number): Promise<void> {
    let before: string | undefined;
    for (let looked = 0; looked < MOST; looked += PAGE) {
      const place = before === undefined ? {} : { before };
      const page = await store.find({ states: STATES, limit: PAGE, isAsked: true, ...place });
      const recent = page.filter(({ standing }) => standing.createdAt > since);
      const fresh = recent.filter(({ stream }) => !seen.has(stream));
      await Promise.all(fresh.map(({ stream }) => take(stream)));
      for (const { stream, standing } of fresh) seen.set(stream, standing.createdAt);
      if (recent.length < PAGE) return;
      before = recent.at(-1)?.stream;
    }
  }

  async function turn(): Promise<void> {
    const since = clock() - OVERLAP_MS;
    for (const [stream, at] of seen) if (at <= since) seen.delete(stream);
    if (!isBehind) return;
    isBehind = false;
    await look(since).catch((error: unknown) => {
      isBehind = true;
      onFailure(error);
    });
  }

  await look(clock() - ATTENTION_MS);
  const timer = setInterval(() => {
    running ??= turn().finally(() => {
      running = undefined;
    });
  }, PERIOD_MS).unref();
  return async () => {
    unfollow();
    clearInterval(timer);
    await running;
  };
}
