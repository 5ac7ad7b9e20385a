import type { ApprovalPage, Json } from '../wire.ts';
import { digestOf } from './canonical.ts';
import { phraseOf } from './phrase.ts';

/** Whether what this page shows is what a vote would be recorded for; else the first thing that is wrong. */
export type Integrity = { readonly ok: true } | { readonly ok: false; readonly why: string };

const wrong = (why: string): Integrity => ({ ok: false, why });

/**
 * Recomputes, from the very object that is rendered, the digest that the vote will carry.
 * ATTACKER: whoever can change what is shown between the ledger and these eyes.
 */
export async function checkIntegrity(page: ApprovalPage, approvalId: string): Promise<Integrity> {
  const { view, seenDigest, status, version } = page;
  if (!view) return wrong('what was asked has been erased, so it cannot be shown');
  const digest = await digestOf(view as unknown as Json).catch(() => undefined);
  if (digest !== seenDigest) return wrong('what is shown does not hash to what would be recorded');
  if (view.approvalId !== approvalId) return wrong('this is the page of another request');
  if (view.version !== version) return wrong('this is another version of the request');
  if (view.digest !== status.digest || view.action.id !== status.id)
    return wrong('this describes another action than the one that waits');
  if (view.phrase !== phraseOf(view.digest)) return wrong('the phrase is not that of the digest');
  return { ok: true };
}
