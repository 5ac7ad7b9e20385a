import type { Instant } from '@countersign/core';
import type { Access } from '../config/config.ts';
import type { Caller } from './exchange.ts';
import { isAdministrator } from './rights.ts';

export type NotManaging = 'administrators-only' | 'sign-in-again';

/**
 * Why a caller may not manage. What gives power needs proof of who they are that is recent; what takes it away does not.
 * A token of the configuration proves nothing recent, and will do only where there is nothing better: no way to sign in.
 */
export function whyNotManage(
  caller: Caller,
  {
    gives,
    access,
    hasSignIn,
    now,
  }: {
    readonly gives: boolean;
    readonly access: Access;
    readonly hasSignIn: boolean;
    readonly now: Instant;
  },
): NotManaging | undefined {
  if (caller.kind !== 'person' || !isAdministrator(caller.person, access))
    return 'administrators-only';
  if (!gives) return undefined;
  const isRecent = caller.session ? now < caller.session.recentUntil : !hasSignIn;
  return isRecent ? undefined : 'sign-in-again';
}
