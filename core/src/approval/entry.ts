import { canonical } from '../canonical.ts';
import type { StoredEntry } from '../ports.ts';
import type { ApprovalEvent } from './event.ts';

/** The exact bytes of one entry of the ledger (docs/spec/ledger.md): version, stream, position in it, event. */
export const encodeEntry = (stream: string, n: number, event: ApprovalEvent): string =>
  canonical({ ...event, v: 1, stream, n });

/** The event of an entry that this installation wrote. */
export const decodeEntry = ({ entry }: Pick<StoredEntry, 'entry'>): ApprovalEvent =>
  JSON.parse(entry) as ApprovalEvent;
