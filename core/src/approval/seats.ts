import type { Person, StandsFor } from '../directory.ts';
import type { Pending } from './approval.ts';
import { groupsAsked } from './escalation.ts';
import type { Seat, Vote } from './event.ts';
import { ASSURANCES, type Assurance, type Requirement } from './requirement.ts';

type Barred = ReadonlySet<string>;

/** Whether nobody who had a hand in it is barred: a delegate of the owner is the owner's choice (R5). */
const isFree = ({ human, through = [] }: Seat, barred: Barred): boolean =>
  ![human, ...through].some((one) => barred.has(one));

/** Seats a person may sit on now: their holders have not answered, and no other vote sits there. */
export function openSeats(
  person: Person,
  votes: readonly Vote[],
  barred: Barred,
): readonly StandsFor[] {
  const taken = new Set(
    votes.flatMap(({ human, standsFor = [] }) => [human, ...holders(standsFor)]),
  );
  return (person.standsFor ?? []).filter(
    (seat) => seat.human !== person.human && !taken.has(seat.human) && isFree(seat, barred),
  );
}

/** Whether a person could answer, were it not that those they stand for may not themselves. */
export const isBarredDelegate = (
  person: Person,
  requirements: readonly Requirement[],
  barred: Barred,
): boolean =>
  (person.standsFor ?? []).some(
    (seat) =>
      !isFree(seat, barred) &&
      requirements.some(({ groups }) => groups.some((group) => seat.groups.includes(group))),
  );

/** Which of the open seats a vote is cast on: only those that let it serve what it could not serve otherwise. */
export function seatsTaken(
  { asked, votes, escalated }: Pending,
  person: Person,
  barred: Barred,
): readonly Seat[] {
  const mayServe = (groups: readonly string[]) => (one: Requirement) =>
    groupsAsked(one, escalated).some((group) => groups.includes(group));
  const reviews = asked.requirements.filter(({ kind }) => kind === 'review');
  let left = reviews.filter((one) => !mayServe(person.groups)(one));
  return openSeats(person, votes, barred).flatMap(({ human, groups, through }) => {
    const serves = left.filter(mayServe(groups));
    left = left.filter((one) => !serves.includes(one));
    return serves.length === 0 ? [] : [{ human, groups, ...(through && { through }) }];
  });
}

/**
 * Groups a vote counts by through the seats it was cast on: still held by the same, who are still away, still in the group,
 * and have not answered themselves. INVARIANT: a seat counts once, for the first vote that was cast on it.
 */
export function groupsOfSeats(
  vote: Vote,
  person: Person,
  votes: readonly Vote[],
  barred: Barred,
): readonly string[] {
  const voters = new Set(votes.map(({ human }) => human));
  const before = votes.slice(0, votes.indexOf(vote));
  const taken = new Set(before.flatMap(({ standsFor = [] }) => holders(standsFor)));
  return (vote.standsFor ?? [])
    .filter((seat) => !voters.has(seat.human) && !taken.has(seat.human) && isFree(seat, barred))
    .flatMap((seat) =>
      (person.standsFor ?? [])
        .filter((now) => now.human === seat.human && isFree(now, barred))
        .flatMap(({ groups }) => groups.filter((group) => seat.groups.includes(group))),
    );
}

const holders = (seats: readonly Seat[]): readonly string[] => seats.map(({ human }) => human);

type Standing = {
  readonly human: string;
  readonly groups: readonly string[];
  readonly assurance: Assurance;
  readonly beyond: Assurance;
};

/**
 * Who could answer in the place of members beyond what these reach themselves. A seat is no second person: the holder and one
 * delegate, the one who reaches most, never count both for one requirement.
 */
export function ableDelegates(
  delegates: readonly Person[],
  members: readonly Person[],
  barred: Barred,
): readonly Standing[] {
  const free = delegates.filter(({ active, human }) => active && !barred.has(human));
  const strongest = free.toSorted((a, b) => rankOf(b.reach) - rankOf(a.reach));
  const taken = new Map<string, string>();
  return strongest.flatMap((by) =>
    openSeats(by, [], barred).flatMap(({ human, groups }) => {
      const sitter = taken.get(human) ?? by.human;
      taken.set(human, sitter);
      if (sitter !== by.human) return [];
      const reached = members
        .filter((one) => one.human === human)
        .map(({ reach }) => rankOf(reach));
      const beyond = ASSURANCES[Math.max(0, ...reached)] ?? 'chat';
      return [{ human: by.human, groups, assurance: by.reach, beyond }];
    }),
  );
}

const rankOf = (assurance: Assurance): number => ASSURANCES.indexOf(assurance);
