import type { Action } from '../action/action.ts';
import type { View } from '../action/view.ts';
import { readEntry } from '../approval/entry.ts';
import { replay } from '../approval/evolve.ts';
import { canonical } from '../canonical.ts';
import { utf8, type SigningKey } from '../crypto.ts';
import { sealGrant } from '../grant/grant.ts';
import type { ActionId } from '../ids.ts';
import type { LedgerStore, StoredEntry } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import type { ToolDefinition } from '../tools/definition.ts';
import { readCheckpoint } from './checkpoint.ts';
import { toBase64 } from './hash.ts';
import { proveInclusion } from './proof.ts';

/** What the holder of the private parts chooses to show. The salt lets the action digest be recomputed. */
export type Disclosures = {
  readonly action?: { readonly action: Action; readonly salt: string };
  readonly view?: View;
  /** Of a call of an MCP tool: what its pin is of (EV-22). */
  readonly definition?: ToolDefinition;
};

/** What a receipt is made from. */
export type ReceiptParts = {
  readonly store: Pick<LedgerStore, 'read' | 'tile'>;
  readonly stream: ActionId;
  /** A signed checkpoint; entries it does not cover are left out. */
  readonly checkpoint: string;
  readonly disclosures?: Disclosures;
  /** The entry that enrolled a passkey, by its credential: proven beside the action for every passkey that signed (RC-13). */
  readonly enrolment?: (credential: string) => Promise<StoredEntry | undefined>;
  /** Adds the grant, but only once it can no longer be redeemed: until then it is a bearer's permission. */
  readonly grant?: { readonly issuer: string; readonly key: SigningKey };
};

/** Why there is no receipt: no such action, an action newer than the checkpoint, or not a checkpoint. */
export type ReceiptRefusal = 'not-found' | 'not-covered' | 'checkpoint-malformed';

/** One self-contained file that proves an action end to end (docs/spec/receipt.md). */
export async function buildReceipt(parts: ReceiptParts): Promise<Result<string, ReceiptRefusal>> {
  const { store, stream, checkpoint, disclosures } = parts;
  const head = readCheckpoint(checkpoint);
  if (!head) return err('checkpoint-malformed');
  const stored = await store.read(stream);
  if (stored.length === 0) return err('not-found');
  const covered = stored.filter(({ seq }) => seq < head.size);
  const proven = async ({ seq, entry }: StoredEntry) => ({
    index: seq,
    entry,
    proof: (await proveInclusion(store, seq, head.size)).map(toBase64),
  });
  const entries = await Promise.all(covered.map(proven));
  const enrolled = await enrolmentsOf(covered, parts.enrolment);
  const directory = await Promise.all(enrolled.map(proven));
  const last = entries.at(-1);
  if (!last) return err('not-covered');
  const grant = spentGrant(covered, parts.grant);
  const extra = canonical({
    v: 1,
    entries,
    ...(directory.length > 0 ? { directory } : {}),
    ...(disclosures ? { disclosures } : {}),
    ...(grant === undefined ? {} : { grant }),
  });
  const lines = ['c2sp.org/tlog-proof@v1', `extra ${toBase64(utf8(extra))}`, `index ${last.index}`];
  return ok(`${[...lines, ...last.proof].join('\n')}\n\n${checkpoint}`);
}

/** The enrolments of all passkeys that signed, in ledger order. */
async function enrolmentsOf(
  covered: readonly StoredEntry[],
  enrolment: ReceiptParts['enrolment'],
): Promise<readonly StoredEntry[]> {
  const signed = covered.flatMap((stored) => {
    const event = readEntry(stored);
    const isAnswer = event.type === 'approval.vote-cast' || event.type === 'approval.confirmed';
    if (event.type === 'approval.glass-broken') return event.proof ? [event.proof.credential] : [];
    return isAnswer && event.vote.proof ? [event.vote.proof.credential] : [];
  });
  if (!enrolment) return [];
  const found = await Promise.all([...new Set(signed)].map(enrolment));
  return found.filter((entry) => entry !== undefined).toSorted((a, b) => a.seq - b.seq);
}

/** The grant's token, once it is worthless to whoever reads the receipt. */
function spentGrant(
  covered: readonly StoredEntry[],
  sealing: ReceiptParts['grant'],
): string | undefined {
  const approval = replay(covered.map(readEntry));
  const isSpent = approval.state === 'executing' || 'last' in approval;
  if (!sealing || !isSpent || !approval.grant) return undefined;
  const { proposed, judged, asked, votes, grant } = approval;
  const ready = { proposed, judged, votes, grant, ...(asked ? { asked } : {}) };
  return sealGrant({ ...ready, state: 'approved' }, sealing.issuer, sealing.key);
}
