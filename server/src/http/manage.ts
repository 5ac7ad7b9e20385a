import type { Instant, Person } from '@countersign/core';
import type { Caller } from './exchange.ts';

/** Members manage people, agents and their keys; managing is all it gives: nobody votes by being one. */
const ADMINISTRATORS = 'administrators';

export const isAdministrator = ({ groups }: Pick<Person, 'groups'>): boolean =>
  groups.includes(ADMINISTRATORS);

export type NotManaging = 'administrators-only' | 'sign-in-again';

/**
 * Why a caller may not manage. What gives power needs proof of who they are that is recent; what takes it away does not.
 * A token of the configuration proves nothing recent, and will do only where there is nothing better: no way to sign in.
 */
export function whyNotManage(
  caller: Caller,
  {
    gives,
    hasSignIn,
    now,
  }: { readonly gives: boolean; readonly hasSignIn: boolean; readonly now: Instant },
): NotManaging | undefined {
  if (caller.kind !== 'person' || !isAdministrator(caller.person)) return 'administrators-only';
  if (!gives) return undefined;
  const isRecent = caller.session ? now < caller.session.recentUntil : !hasSignIn;
  return isRecent ? undefined : 'sign-in-again';
}
