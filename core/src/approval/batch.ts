import { canonical } from '../canonical.ts';
import { sha256, type Digest } from '../crypto.ts';
import type { ApprovalId } from '../ids.ts';

/** Most requests that are answered at once. */
export const MOST_IN_BATCH = 50;

/** One request of several, as it was read. */
export type BatchItem = {
  readonly approvalId: ApprovalId;
  readonly version: number;
  readonly seenDigest: Digest;
};

/** The requests a person answered at once, as each of their votes commits to them (EV-20). */
export type Batch = { readonly digest: Digest; readonly size: number };

/** What the votes on these requests record: SHA-256 over the JCS bytes of the items, sorted by approval. */
export function batchOf(items: readonly BatchItem[]): Batch {
  const sorted = items
    .map(({ approvalId, version, seenDigest }) => ({ approvalId, version, seenDigest }))
    .toSorted((a, b) => (a.approvalId < b.approvalId ? -1 : 1));
  return { digest: sha256(canonical(sorted)), size: items.length };
}
