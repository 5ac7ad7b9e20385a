import type { Assurance, Instant } from '@countersign/core';
import type { Caller } from './exchange.ts';

/**
 * What an answer of this caller counts as, before anything they sign: a browser's session counts as one while proof of
 * who it is is recent; tokens, a terminal's among them, never do: a coding agent runs as the same user (DESIGN §5).
 */
export function assuranceOf(caller: Caller, now: Instant): Assurance {
  if (caller.kind !== 'person' || caller.session?.kind !== 'browser') return 'chat';
  return now < caller.session.recentUntil ? 'session' : 'chat';
}

/** Whether proving again who they are would make more of their answers. */
export const isStale = (caller: Caller, now: Instant): boolean =>
  caller.kind === 'person' &&
  caller.session?.kind === 'browser' &&
  assuranceOf(caller, now) === 'chat';
