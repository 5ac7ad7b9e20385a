import type { VNode } from 'preact';
import { place } from '../app/router.ts';
import { me, Problem } from '../http/client.ts';

const REMEDIED = ['step-up-needed', 'sign-in-again'];

/** The way to a sign-in that is recent enough, where that is all that is missing; it leads back to this page. */
export function SignInAgain({ error }: { readonly error: unknown }): VNode | null {
  const who = me.value;
  if (!(error instanceof Problem) || !REMEDIED.includes(error.code)) return null;
  if (typeof who !== 'object' || !who.session) return null;
  const next = encodeURIComponent(place.value.path);
  return <a href={`/auth/login/${who.session.provider}?step_up=1&next=${next}`}>Sign in again</a>;
}
