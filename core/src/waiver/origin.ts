import type { Approval, Pending, Ready, Settled } from '../approval/approval.ts';
import { err, ok, type Result } from '../result.ts';

/** An approval that people were asked about, from which a waiver may be made. */
export type Origin = (Pending | Ready | Settled) & { readonly asked: Pending['asked'] };

const OPEN: readonly Approval['state'][] = [
  'pending',
  'approved',
  'executing',
  'executed',
  'failed',
  'unknown',
  'lapsed',
];

/** The request a waiver is of: one that waits, or that people said yes to. */
export function originOf(approval: Approval): Result<Origin, 'not-found' | 'settled'> {
  if (!('asked' in approval) || !approval.asked) return err('not-found');
  return OPEN.includes(approval.state) ? ok(approval as Origin) : err('settled');
}
