import type { Proposed } from '../approval/event.ts';
import { courseOf } from '../change.ts';
import type { Parts } from '../parts.ts';
import type { Counted } from '../ports.ts';
import { after } from '../time.ts';
import type { Barred } from './because.ts';
import { cappedBy } from './caps.ts';
import { denialClaim, lockClaim } from './denials.ts';

/** The denial that stands against asking again, if any is remembered. */
export async function denialOf(
  { store, clock, settings }: Pick<Parts, 'store' | 'clock' | 'settings'>,
  proposed: Proposed,
): Promise<Barred | undefined> {
  const now = clock();
  const [same, alike] = await Promise.all([
    store.holder(denialClaim(proposed.fingerprint), now),
    store.holder(lockClaim(proposed), now),
  ]);
  const holder = alike ?? same;
  if (holder === undefined) return undefined;
  const { approval } = await courseOf(store, holder);
  const at = 'last' in approval ? approval.last.at : now;
  const retryAt = after(at, settings.denialMs);
  return { code: 'denied-before', ...(alike === undefined ? {} : { because: 'locked' }), retryAt };
}

/** A cap that is reached. By `retryAt` one of what is counted has ended, if nobody answered before. */
export async function overCap(
  { store, clock }: Pick<Parts, 'store' | 'clock'>,
  of: Counted,
): Promise<Barred> {
  const due = await store.earliestDue(of, ['pending']);
  // what is due is over in a moment
  const soon = after(clock(), SOON_MS);
  const retryAt = due === undefined || due < soon ? soon : due;
  return { code: 'budget-exhausted', because: cappedBy(of), retryAt };
}

const SOON_MS = 1_000;
