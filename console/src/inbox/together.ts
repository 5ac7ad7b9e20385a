import { isAtLeast } from '../format/words.ts';
import { isOneClick, neededFor } from '../review/decision-bar.ts';
import type { ApprovalPage, Me } from '../wire.ts';

/** Why a request is not answered together with others: only low risks that are shown whole, and need no passkey, are. */
export function whyNotTogether(page: ApprovalPage, me: Me, now: number): string | undefined {
  const { view, status, may } = page;
  if (!view || status.state !== 'pending') return 'it is settled';
  if (now >= view.expiresAt) return 'its time is over';
  if (view.risk !== 'low') return `its risk is ${view.risk}: open it by itself`;
  if (!isOneClick(view)) return 'it is not wholly shown or understood: open it by itself';
  if (!may.vote) return 'you may not answer it';
  const needs = neededFor(page, view);
  const isEnough = isAtLeast(me.session?.assurance ?? 'chat', needs);
  return isEnough ? undefined : 'it needs more proof that it is you: open it by itself';
}
