import type { Approval } from '@countersign/core';
import type { Evidence, Span } from '../evidence.ts';
import type { MakeCheck } from './check.ts';

type Parts = Pick<Evidence, 'window' | 'outages' | 'limits'> & {
  /** Hears how late each of time's own entries was. */
  readonly onLateness?: (ms: number) => void;
};

const BY_TIME: ReadonlySet<string> = new Set([
  'approval.expired',
  'approval.lapsed',
  'action.unknown',
]);

/** Time's own entries are never early, and not late while a replica lives; no clock but the store's shows in the ledger. */
export const createTimeCheck: MakeCheck<Parts> = (
  tell,
  { window, outages, limits, onLateness },
) => {
  const due = new Map<string, { readonly at: number; readonly seq: number }>();
  let latest = window.from;
  const isLate = (dueAt: number, at: number): boolean =>
    at - dueAt - overlap(outages, { from: dueAt, to: at }) > limits.lateMs;
  return {
    see: ({ seq, stream, event, before, after }) => {
      const { at } = event;
      if (at < latest - limits.strayMs || at > window.to + limits.strayMs)
        tell({
          rule: 'clock-strayed',
          seqs: [seq],
          ids: [stream],
          detail: `it says ${new Date(at).toISOString()}, others said ${new Date(latest).toISOString()}`,
        });
      latest = Math.max(latest, Math.min(at, window.to));
      const dueAt = dueOf(before);
      if (BY_TIME.has(event.type) && dueAt !== undefined) {
        if (at < dueAt)
          tell({
            rule: 'due-early',
            seqs: [seq],
            ids: [stream],
            detail: `\`${event.type}\` ${dueAt - at} ms before its time`,
          });
        else onLateness?.(at - dueAt);
        if (isLate(dueAt, at))
          tell({
            rule: 'due-late',
            seqs: [seq],
            ids: [stream],
            detail: `\`${event.type}\` ${at - dueAt} ms after its time`,
          });
      }
      const next = dueOf(after);
      if (next === undefined) due.delete(stream);
      else due.set(stream, { at: next, seq });
    },
    end: () => {
      for (const [stream, { at, seq }] of due)
        if (isLate(at, window.to))
          tell({
            rule: 'due-late',
            seqs: [seq],
            ids: [stream],
            detail: `due ${window.to - at} ms before the end and never settled`,
          });
    },
  };
};

function dueOf(approval: Approval): number | undefined {
  if (approval.state === 'pending') return approval.asked.expiresAt;
  if (approval.state === 'executing') return approval.deadline;
  return approval.state === 'allowed' || approval.state === 'approved'
    ? approval.grant.useBy
    : undefined;
}

/** How much of a span lies within others, which do not overlap. */
const overlap = (spans: readonly Span[], { from, to }: Span): number =>
  spans.reduce(
    (sum, span) => sum + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)),
    0,
  );
