import type { WaiverUse } from './approval/event.ts';
import type { Draft } from './draft.ts';
import type { Judgement } from './judgement.ts';
import type { Parts } from './parts.ts';
import type { Claim } from './ports.ts';
import { instant } from './time.ts';
import { changeWaiver } from './waiver/stream.ts';
import { overClaim, useClaim } from './waiver/waiver.ts';
import { err, ok } from './result.ts';

/** The waiver under which a judged draft may go on, if there is one; a denial that is remembered was looked for before. */
export async function waiverFor(
  { waivers }: Parts,
  { action, proposed }: Draft,
  judgement: Judgement,
): Promise<WaiverUse | undefined> {
  if (judgement.verdict !== 'review') return undefined;
  return waivers?.lifting(action, proposed, judgement.requirements);
}

/** What the unit of a waived action claims: its use is taken by nobody else, and the waiver is not revoked (R4, R6). */
export const claimsOf = ({ id, use, until }: WaiverUse): readonly Claim[] => [
  { name: useClaim(id, use), until },
  isNotOver({ id }),
];

/** Held for no time: written only if nobody revoked the waiver by then, at any gateway. */
export const isNotOver = ({ id }: Pick<WaiverUse, 'id'>): Claim => ({
  name: overClaim(id),
  until: instant(0),
});

/** The next use, where that one was taken; none where there is no next. */
export const afterTaken = ({ use, ...waiver }: WaiverUse, claimed: string): WaiverUse | undefined =>
  claimed === useClaim(waiver.id, use) && use < waiver.uses
    ? { ...waiver, use: use + 1 }
    : undefined;

/** Tells of a use in the waiver's own stream. Only told: what counts uses is their claims. */
export async function tellSpent(
  { store, clock }: Parts,
  { id, use }: WaiverUse,
  { id: actionId }: Draft,
): Promise<void> {
  const told = changeWaiver(store, id, (waiver) =>
    waiver
      ? ok({ events: [{ type: 'waiver.spent', at: clock(), use, actionId }] })
      : err('not-found'),
  );
  // the action is recorded: that this is not told as well is no reason to keep its answer back
  await told.catch(() => undefined);
}
