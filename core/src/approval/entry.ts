import { canonical, writtenOnce } from '../canonical.ts';
import { StoreFailure, type StoredEntry } from '../ports.ts';
import type { ApprovalEvent, EventType } from './event.ts';

/** The exact bytes of one entry of the ledger (docs/spec/ledger.md): version, stream, position in it, event. */
export const encodeEntry = (stream: string, n: number, event: ApprovalEvent): string =>
  canonical({ ...event, ...textsOf(event), v: 1, stream, n });

/** Policy gives one judgement many times where it remembers. */
const textsOf = (event: ApprovalEvent) =>
  event.type === 'action.judged' && { judgement: writtenOnce(event.judgement, '.judgement', 1) };

// each is taken into account somewhere in `evolve`, or changes no state; the compiler holds the list
const KNOWN: Readonly<Record<EventType, true>> = {
  'action.proposed': true,
  'action.judged': true,
  'action.joined': true,
  'action.turned-away': true,
  'action.executed': true,
  'action.failed': true,
  'action.unknown': true,
  'action.closed': true,
  'action.revealed': true,
  'approval.requested': true,
  'approval.vote-cast': true,
  'approval.confirmed': true,
  'approval.vote-refused': true,
  'approval.approved': true,
  'approval.denied': true,
  'approval.expired': true,
  'approval.cancelled': true,
  'approval.unsatisfiable': true,
  'approval.superseded': true,
  'approval.escalated': true,
  'approval.reminded': true,
  'approval.lapsed': true,
  'approval.revoked': true,
  'approval.refused': true,
  'grant.issued': true,
  'grant.redeemed': true,
  'approval.glass-broken': true,
  'approval.glass-reviewed': true,
  'action.waived': true,
  'approval.drill-ended': true,
};

/** What an entry says, whoever wrote it; nothing may be decided on it. */
export const readEntry = ({ entry }: Pick<StoredEntry, 'entry'>): ApprovalEvent =>
  JSON.parse(entry) as ApprovalEvent;

/**
 * The event of an entry that this installation wrote. R2: while an upgrade rolls, a newer gateway may write what this one
 * does not know; what that means for an action, such as that it must not run, this one cannot tell. So it throws a
 * `StoreFailure` and leaves the action to the newer ones.
 */
export function decodeEntry(stored: Pick<StoredEntry, 'entry'>): ApprovalEvent {
  const event: ApprovalEvent & { readonly v?: number } = readEntry(stored);
  if (event.v === 1 && Object.hasOwn(KNOWN, event.type)) return event;
  throw new StoreFailure(
    'too-new',
    `an entry of type \`${event.type}\`, version ${event.v}, was written by a newer gateway`,
    { retryable: true },
  );
}
