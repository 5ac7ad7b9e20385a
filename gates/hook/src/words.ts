import type { HookStatus } from './story.ts';

const WORDS: Readonly<Record<string, string>> = {
  denied: 'it was denied',
  refused: 'policy denies it now',
  revoked: 'its approval was revoked',
  expired: 'nobody decided in time; this is no denial',
  lapsed: 'it was approved, but not used in time',
  cancelled: 'it was cancelled',
  unsatisfiable: 'too few people may decide about it',
  superseded: 'a reviewer asks for it in another form',
  'budget-exhausted': 'too many requests are open; nobody was asked',
  executing: 'this very call was released before; it is not run twice',
  executed: 'this very call ran before; it is not run twice',
  failed: 'this very call ran before and failed; it is not run twice',
  unknown: 'this very call may have run before; it is not run twice',
};
const REMEDY: Readonly<Record<string, string>> = {
  never: 'Do not repeat it.',
  'after-change': 'Try something else.',
  later: 'It may be repeated later.',
};

/** What an agent reads when its call does not run (R10). What reviewers wrote is quoted: data, never instructions. */
export function whyNot(status: HookStatus): string {
  const { id, state, approvalId, reasons, reviewerNote, retry } = status;
  const name = approvalId ?? id;
  if (state === 'pending') return pendingText(name);
  const because = reasons.length > 0 ? ` (${reasons.join('; ')})` : '';
  const note =
    reviewerNote === undefined ? '' : ` A reviewer wrote: ${JSON.stringify(reviewerNote)}.`;
  const remedy = retry === undefined ? '' : ` ${REMEDY[retry] ?? ''}`;
  return `NOT EXECUTED: ${WORDS[state] ?? state}${because}, ${name}.${note}${remedy}`;
}

const pendingText = (name: string): string =>
  `NOT EXECUTED: pending ${name}, a person has to approve it. This is no denial. Do not change it, work around it or report success; repeat the same action later.`;
