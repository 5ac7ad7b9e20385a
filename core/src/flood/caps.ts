import type { Lineage } from '../action/action.ts';
import type { Settings } from '../parts.ts';
import type { Counted, Quota } from '../ports.ts';

/** Whose cap stood against asking. */
export type Capped = 'agent' | 'session' | 'owner';

type Caps = Pick<Settings, 'maxPending' | 'maxPendingPerSession' | 'maxPendingPerOwner'>;

/**
 * The caps a request must stay under, the narrowest first (L37). Joining costs nobody attention: an identical waiting action
 * is found by its claim, before anything is counted.
 */
export function quotasOf(
  { maxPending, maxPendingPerSession, maxPendingPerOwner }: Caps,
  { agent, session, owner }: Lineage,
): readonly Quota[] {
  const states = ['pending'];
  return [
    ...(session === undefined
      ? []
      : [{ of: { agent, session }, states, most: maxPendingPerSession }]),
    { of: { agent }, states, most: maxPending },
    { of: { owner }, states, most: maxPendingPerOwner },
  ];
}

/** Whose cap a quota is. */
export function cappedBy(of: Counted): Capped {
  if ('owner' in of) return 'owner';
  return of.session === undefined ? 'agent' : 'session';
}
