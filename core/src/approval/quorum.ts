import { groupsAsked, type Escalated } from './escalation.ts';
import { isAtLeast, type Assurance, type Requirement } from './requirement.ts';
import type { Instant } from '../time.ts';

/** One approving vote as it counts now: groups and activity are those of this moment, not of the click. */
export type Countable = {
  readonly human: string;
  readonly groups: readonly string[];
  readonly assurance: Assurance;
  readonly at: Instant;
  /** Steps that had been taken when it was cast. */
  readonly escalated?: readonly Escalated[];
  /** Counts only where more than this is asked: the holder of the seat can answer themselves where it is not. */
  readonly beyond?: Assurance;
};

export type Unmet = { readonly requirement: Requirement; readonly missing: number };

/** Whether a vote counts for a review requirement: right group, enough assurance, neither future nor stale. */
const isCounting = (requirement: Requirement, vote: Countable, now: Instant): boolean =>
  requirement.kind === 'review' &&
  vote.at <= now &&
  now - vote.at <= requirement.expiresMs &&
  isAtLeast(vote.assurance, requirement.assurance) &&
  !(vote.beyond !== undefined && isAtLeast(vote.beyond, requirement.assurance)) &&
  groupsAsked(requirement, vote.escalated).some((group) => vote.groups.includes(group));

/**
 * The review requirements that these votes do not meet, with how many persons are missing.
 * One human counts once per requirement, and for several unless one says `distinct`.
 */
export function unmet(
  requirements: readonly Requirement[],
  votes: readonly Countable[],
  now: Instant,
): readonly Unmet[] {
  const reviews = requirements.filter(({ kind }) => kind === 'review');
  // INVARIANT: an empty group list or a quorum below 1 is never met (A15)
  const needs = reviews.map(({ quorum, groups }) =>
    quorum >= 1 && groups.length > 0 ? quorum : Infinity,
  );
  const pools = poolByEligibility(reviews, votes, now);
  const alone = reviews.map((_, i) => sum(pools, (pool) => pool.serves.has(i)));
  const short = reviews.flatMap((requirement, i) => {
    const missing = (needs[i] ?? Infinity) - (alone[i] ?? 0);
    return missing > 0
      ? [{ requirement, missing: Math.min(missing, requirement.quorum || 1) }]
      : [];
  });
  if (short.length > 0) return short;
  const distinct = reviews.flatMap(({ distinct: own }, i) => (own ? [i] : []));
  const shared = reviews.flatMap(({ distinct: own }, i) => (own ? [] : [i]));
  if (canServe(distinct, shared, needs, pools)) return [];
  return distinct.flatMap((i) => {
    const requirement = reviews[i];
    return requirement ? [{ requirement, missing: 1 }] : [];
  });
}

/** Humans that are interchangeable: those who may serve exactly the same requirements. */
type Pool = { readonly serves: ReadonlySet<number>; readonly count: number };

function poolByEligibility(
  reviews: readonly Requirement[],
  votes: readonly Countable[],
  now: Instant,
): Pool[] {
  const byHuman = new Map<string, Set<number>>();
  for (const vote of votes) {
    const serves = byHuman.get(vote.human) ?? new Set<number>();
    byHuman.set(vote.human, serves);
    for (const [i, requirement] of reviews.entries())
      if (isCounting(requirement, vote, now)) serves.add(i);
  }
  const pools = new Map<string, { serves: ReadonlySet<number>; count: number }>();
  for (const serves of byHuman.values()) {
    const key = [...serves].toSorted((a, b) => a - b).join();
    const pool = pools.get(key) ?? { serves, count: 0 };
    pools.set(key, { ...pool, count: pool.count + 1 });
  }
  return [...pools.values()];
}

const sum = (pools: readonly Pool[], where: (pool: Pool) => boolean): number =>
  pools.reduce((total, pool) => total + (where(pool) ? pool.count : 0), 0);

/** Whether disjoint sets of humans can serve every distinct requirement and leave enough for the shared ones. */
function canServe(
  distinct: readonly number[],
  shared: readonly number[],
  needs: readonly number[],
  pools: readonly Pool[],
): boolean {
  const [first, ...rest] = distinct;
  if (first === undefined)
    return shared.every((i) => sum(pools, ({ serves }) => serves.has(i)) >= (needs[i] ?? Infinity));
  return takes(pools, first, needs[first] ?? Infinity, 0, (left) =>
    canServe(rest, shared, needs, left),
  );
}

/** Tries every way to take `need` humans for requirement `i` from the pools, starting at pool `from`. */
function takes(
  pools: readonly Pool[],
  i: number,
  need: number,
  from: number,
  then: (left: readonly Pool[]) => boolean,
): boolean {
  if (need === 0) return then(pools);
  const pool = pools[from];
  if (!pool) return false;
  const most = pool.serves.has(i) ? Math.min(pool.count, need) : 0;
  for (let taken = most; taken >= 0; taken--) {
    const left = pools.with(from, { ...pool, count: pool.count - taken });
    if (takes(left, i, need - taken, from + 1, then)) return true;
  }
  return false;
}
