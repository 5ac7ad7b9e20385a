import type { Approval } from '../approval/approval.ts';
import type { ApprovalEvent, Proposed } from '../approval/event.ts';
import { canonical } from '../canonical.ts';
import { sha256 } from '../crypto.ts';
import type { Settings } from '../parts.ts';
import type { Claim, LedgerStore } from '../ports.ts';
import { after, instant, type Instant } from '../time.ts';
import { lockAlert, type Alert } from './alert.ts';

/** What is kept of denials, and for how long. */
export type Memory = Pick<Settings, 'denialMs' | 'denialsBeforeLock'>;

/**
 * What a reworded action still is: this agent, this type, this resource (A20).
 * ATTACKER: nothing the agent is free to choose is in it, such as arguments or the name of a session.
 */
const keyOf = ({ lineage, actionType, resource }: Proposed): string =>
  sha256(canonical([lineage.agent, actionType, resource.type, resource.id]));

/** A denied action is remembered under this name. */
export const denialClaim = (fingerprint: string): string => `denied:${fingerprint}`;
/** Further actions of this kind are refused from memory while this is held. */
export const lockClaim = (proposed: Proposed): string => `locked:${keyOf(proposed)}`;
const slotClaim = (proposed: Proposed, n: number): string => `denials:${keyOf(proposed)}:${n}`;

/** Whether a claim counts denials: another denial was quicker, and this one is counted after it. */
export const isCounting = (name: string): boolean => /^(?:denials|locked):/.test(name);

/** What a denial leaves in memory, and the alert it is worth. */
export type Remembering = { readonly claims: readonly Claim[]; readonly alert?: Alert };

/**
 * What a change leaves in memory: nothing unless people denied. The action itself is remembered, and the denial takes the
 * next free place of its kind; with the last place the kind is locked. Two denials at once cannot take one place.
 */
export async function remember(
  store: Pick<LedgerStore, 'holder'>,
  { before, next, events }: Changing,
  { denialMs, denialsBeforeLock }: Memory,
): Promise<Remembering> {
  const at = events.at(-1)?.at;
  if (before.state !== 'pending' || next.state !== 'denied' || at === undefined)
    return { claims: [] };
  const { proposed } = next;
  const until = after(at, denialMs);
  const claims: Claim[] = [{ name: denialClaim(proposed.fingerprint), until }];
  const places = Array.from({ length: denialsBeforeLock }, (_, i) => slotClaim(proposed, i + 1));
  const holders = await Promise.all(places.map((name) => store.holder(name, at)));
  const free = places.filter((_, i) => holders[i] === undefined);
  if (free[0] !== undefined) claims.push({ name: free[0], until });
  if (free.length > 1 || (await store.holder(lockClaim(proposed), at)) !== undefined)
    return { claims };
  claims.push({ name: lockClaim(proposed), until });
  return { claims, alert: lockAlert(proposed, { at, until, count: denialsBeforeLock }) };
}

type Changing = {
  readonly before: Approval;
  readonly next: Approval;
  readonly events: readonly ApprovalEvent[];
};

/** Held for no time: a request is written only if no denial that stands against it is remembered by then (A20). */
export const notDenied = (proposed: Proposed): readonly Claim[] =>
  [denialClaim(proposed.fingerprint), lockClaim(proposed)].map((name) => ({ name, until: NEVER }));

const NEVER: Instant = instant(0);
