import type { Instant, StandsFor } from '@countersign/core';
import type { Attributed } from './event.ts';

/** Facts about who answers for whom while they are away (L36). `reason` is masked and made visible before it comes here. */
export type DelegationEvent = Attributed & { readonly delegation: string } & (
    | ({ readonly type: 'delegation.granted' } & Granted)
    | { readonly type: 'delegation.ended' }
  );

type Granted = {
  /** The account that is away. */
  readonly from: string;
  readonly to: string;
  /** Only these of their groups. */
  readonly groups?: readonly string[];
  readonly begins: Instant;
  /** Not any more from here on. */
  readonly ends: Instant;
  readonly reason?: string;
};

/** The longest anybody is answered for at one go. */
export const LONGEST_DELEGATION_MS: number = 90 * 86_400_000;
/** Nobody's authority goes through more hands than this. */
const LONGEST_CHAIN = 3;

/** One period in which somebody answers for somebody. */
export type Delegation = Granted & {
  readonly id: string;
  /** Who set it up: the one who is away, or an administrator. */
  readonly by: string;
  readonly grantedAt: Instant;
  readonly endedAt?: Instant;
};

/** Delegations by id, in the order they were made. */
export type Delegations = Map<string, Delegation>;

/** Takes one more fact in. Total: what is unknown changes nothing, and what is longer than it may be is none. */
export function tellDelegations(delegations: Delegations, event: DelegationEvent): void {
  const { delegation: id, at, by } = event;
  const known = delegations.get(id);
  if (event.type === 'delegation.ended') {
    if (known && known.endedAt === undefined) delegations.set(id, { ...known, endedAt: at });
    return;
  }
  if (event.type !== 'delegation.granted' || known) return;
  const { from, to, groups, begins, ends, reason } = event;
  if (ends - begins > LONGEST_DELEGATION_MS) return;
  const rest = { ...(groups && { groups }), ...(reason === undefined ? {} : { reason }) };
  delegations.set(id, { id, by, grantedAt: at, from, to, begins, ends, ...rest });
}

/** Whether it may still count, now or later. */
export const isOver = ({ ends, endedAt }: Delegation, now: Instant): boolean =>
  endedAt !== undefined || now >= ends;

const isActive = (one: Delegation, now: Instant): boolean => one.begins <= now && !isOver(one, now);

/** The delegations that count at a moment, and until when they stay the same ones. */
export function activeAt(
  delegations: Delegations,
  now: Instant,
): { readonly active: readonly Delegation[]; readonly until: number } {
  const open = [...delegations.values()].filter((one) => !isOver(one, now));
  const edges = open.flatMap(({ begins, ends }) => [begins, ends]).filter((edge) => edge > now);
  return { active: open.filter((one) => isActive(one, now)), until: Math.min(...edges) };
}

/** What has to be known of an account. */
export type Away = {
  readonly id: string;
  readonly human: string;
  readonly groups: readonly string[];
  readonly active: boolean;
};

/** Finds whom somebody stands for, given the delegations of one moment and everybody as they are then. */
export type Standing = {
  readonly of: (to: Pick<Away, 'human'>) => readonly StandsFor[];
  /** Accounts somebody passed something on to. */
  readonly delegates: readonly string[];
};

/**
 * Looks delegations up by the human they lead to. A chain ends after three hands, where it comes back to somebody who is in it,
 * and at whoever is not active.
 */
export function standing(
  active: readonly Delegation[],
  personOf: (id: string) => Away | undefined,
): Standing {
  const humanOf = (id: string): string => personOf(id)?.human ?? id;
  let byHuman: Map<string, Delegation[]> | undefined;
  const leadingTo = (human: string): readonly Delegation[] => {
    byHuman ??= Map.groupBy(active, ({ to }) => humanOf(to));
    return byHuman.get(human) ?? [];
  };

  function reach(human: string, way: Way): readonly StandsFor[] {
    return leadingTo(human).flatMap((one) => {
      const from = personOf(one.from);
      if (!from?.active || way.seen.includes(from.human)) return [];
      const limit = limited(way.groups, one.groups);
      const until = (one.ends < way.until ? one.ends : way.until) as Instant;
      // ATTACKER: whoever set it up for another chose who answers: that is a hand in it too
      const helper = humanOf(one.by);
      const hands = helper === from.human ? way.through : [...way.through, helper];
      if (hands.includes(way.seen[0] ?? '')) return [];
      const groups = limit ? from.groups.filter((group) => limit.includes(group)) : from.groups;
      const seat = {
        human: from.human,
        person: from.id,
        groups,
        until,
        ...(hands.length > 0 && { through: hands }),
      };
      const seen = [...way.seen, from.human];
      const isLast = seen.length > LONGEST_CHAIN;
      const next = { groups: limit, until, seen, through: [...hands, from.human] };
      return [...(groups.length === 0 ? [] : [seat]), ...(isLast ? [] : reach(from.human, next))];
    });
  }

  return {
    of: ({ human }) =>
      active.length === 0 ? [] : reach(human, { seen: [human], through: [], until: Infinity }),
    delegates: [...new Set(active.map(({ to }) => to))],
  };
}

/** How far a chain has come: who is in it, whose hands it went through, and what of it is left. */
type Way = {
  readonly seen: readonly string[];
  readonly through: readonly string[];
  readonly groups?: readonly string[] | undefined;
  readonly until: number;
};

/** Groups that both let through; undefined is all. */
function limited(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): readonly string[] | undefined {
  if (!a || !b) return a ?? b;
  return a.filter((group) => b.includes(group));
}
