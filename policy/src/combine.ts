import { ASSURANCES, RISKS } from '@countersign/core';
import type { Requirement } from '@countersign/core';

const union = <T extends string>(a: readonly T[], b: readonly T[]): readonly T[] =>
  [...new Set([...a, ...b])].toSorted();

/**
 * Requirements with one key ask the same people for the same thing, so they merge; others add up. POL-18: who is asked later
 * is part of it, or a review that asks nobody later would be met by whom another escalated to.
 */
const keyOf = ({ kind, stage, distinct, groups, escalation }: Requirement): string =>
  JSON.stringify([kind, stage, groups, distinct, ...(escalation ? [escalation] : [])]);

/** The later of two in a list that runs from weak to strong. */
const stronger = <T extends string>(order: readonly T[], a: T, b: T): T =>
  order.indexOf(a) >= order.indexOf(b) ? a : b;

/** What only holds where both say it: the lowest ceilings (POL-16), the groups that both name (POL-17). */
function exceptions(a: Requirement, b: Requirement): Pick<Requirement, 'waivable' | 'breakGlass'> {
  const both = a.breakGlass?.filter((group) => b.breakGlass?.includes(group)) ?? [];
  return {
    ...(a.waivable &&
      b.waivable && {
        waivable: {
          ms: Math.min(a.waivable.ms, b.waivable.ms),
          uses: Math.min(a.waivable.uses, b.waivable.uses),
        },
      }),
    ...(both.length > 0 && { breakGlass: both }),
  };
}

function plain(requirement: Requirement): Requirement {
  const { waivable: _waivable, breakGlass: _breakGlass, ...rest } = requirement;
  return rest;
}

const merge = (a: Requirement, b: Requirement): Requirement => ({
  ...plain(a),
  ...exceptions(a, b),
  quorum: Math.max(a.quorum, b.quorum),
  assurance: stronger(ASSURANCES, a.assurance, b.assurance),
  expiresMs: Math.min(a.expiresMs, b.expiresMs),
  exclude: union(a.exclude, b.exclude),
  risk: stronger(RISKS, a.risk, b.risk),
  policies: union(a.policies, b.policies),
  why: union(a.why, b.why),
  ...remindersOf(a, b),
});

/** POL-19. */
function remindersOf(a: Requirement, b: Requirement): Pick<Requirement, 'remindMs'> {
  if (!a.remindMs && !b.remindMs) return {};
  const times = new Set([...(a.remindMs ?? []), ...(b.remindMs ?? [])]);
  return { remindMs: [...times].toSorted((one, other) => one - other) };
}

/** All of these as one list, strictest where they overlap. Commutative, idempotent; one more never loosens. */
export function combine(requirements: readonly Requirement[]): readonly Requirement[] {
  const byKey = new Map<string, Requirement>();
  for (const one of requirements) {
    const key = keyOf(one);
    const held = byKey.get(key);
    byKey.set(key, held ? merge(held, one) : one);
  }
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, requirement]) => requirement);
}
