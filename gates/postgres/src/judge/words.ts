import { endWords, quoteClaim, type EndWords } from '@countersign/core';
import type { Admission, QueryStatus } from '../house.ts';
import type { NotRun } from './judge.ts';

type UrlOf = (approvalId: string) => string;

/** How a client is told that its statement waits for people; that is no denial (R10). */
export function pendingOf(status: QueryStatus, urlOf?: UrlOf): NotRun {
  const { approvalId, reasons, waitingFor = [] } = status;
  const whom = waitingFor.map(({ groups }) => groups.join(' or ')).join(' and ');
  const url = approvalId === undefined ? undefined : urlOf?.(approvalId);
  return {
    is: 'pending',
    message: `NOT EXECUTED, pending ${approvalId ?? status.id}: it waits for ${whom === '' ? 'people' : whom}`,
    ...detailOf(reasons),
    hint: `${url === undefined ? '' : `${url} - `}once it is approved, the same statement with the same values runs, once`,
  };
}

/** How a client is told of what ended without running: every end has a word of its own. */
export function endedOf(
  status: QueryStatus,
  urlOf?: UrlOf,
  /** What it became, where a person changed it. */
  became?: QueryStatus,
): NotRun {
  const { state, reasons, reviewerNote, retryAt } = status;
  const approvalId = became?.approvalId ?? status.approvalId;
  const words = endWords(status) ?? OTHER;
  // a reviewer's words are somebody else's: quoted, and after ours (R8)
  const note =
    reviewerNote === undefined
      ? []
      : [`a reviewer wrote: ${JSON.stringify(quoteClaim(reviewerNote))}`];
  const url = approvalId === undefined ? undefined : urlOf?.(approvalId);
  const hints = [
    ...(words.next === undefined ? [] : [words.next]),
    ...(retryAt === undefined ? [] : [`Not before ${retryAt}.`]),
    ...(url === undefined ? [] : [url]),
  ];
  return {
    is: DENIALS.has(state) ? 'denied' : 'refused',
    message: `NOT EXECUTED, ${state}: ${words.why}`,
    ...detailOf([...reasons, ...note]),
    ...(hints.length === 0 ? {} : { hint: hints.join(' ') }),
  };
}

const DENIALS: ReadonlySet<string> = new Set(['denied', 'revoked', 'refused']);
/** It runs, or ran, elsewhere: one yes is for one run (R4). */
const OTHER: EndWords = {
  why: 'Another connection of this agent came first; an approval is for one run.',
};

/** What the gateway did not take at all. */
export const refusedBy = ({
  message,
  isRetryable,
}: Pick<Extract<Admission, { is: 'refused' }>, 'message' | 'isRetryable'>): NotRun => ({
  is: 'refused',
  message: `NOT EXECUTED, refused: ${message}`,
  ...(isRetryable ? { hint: 'It may be tried again.' } : {}),
});

/** What no policy and nobody can let through: the gate cannot tell what it would do. */
export const unfitFor = (message: string, reasons: readonly string[]): NotRun => ({
  is: 'denied',
  message: `NOT EXECUTED, denied: ${message}`,
  ...detailOf(reasons),
});

const detailOf = (lines: readonly string[]): Pick<NotRun, 'detail'> =>
  lines.length === 0 ? {} : { detail: lines.join('; ') };
