import type { Requirement, Seat, Vote } from './event.ts';

/** One step that was taken, and how many votes there were before it (EV-16). */
export type Escalated = {
  readonly step: number;
  readonly policies: readonly string[];
  readonly groups: readonly string[];
  readonly after: number;
};

/** The answers that stand. */
export type Answers = {
  readonly votes: readonly Vote[];
  readonly confirmed: Vote | undefined;
  readonly escalated?: readonly Escalated[];
};

/** A vote with the groups it counts by and the steps that had been taken when it was cast. */
export type Counted = Vote & { readonly called: readonly Escalated[] };

/** Humans whose seats a vote was cast on. */
export const holdersOf = ({ standsFor }: Vote): readonly string[] =>
  standsFor.map(({ human }) => human);

/** Everybody who had a hand in a seat. */
export const handsIn = ({ human, through }: Seat): readonly string[] => [human, ...through];

/**
 * Every vote by what it counts for: own groups, and those of seats whose holders did not answer themselves and that no vote
 * before it was cast on (EV-15).
 */
export function counted({ votes, escalated = [] }: Answers): readonly Counted[] {
  const voters = new Set(votes.map(({ human }) => human));
  const taken = new Set<string>();
  return votes.map((vote, i) => {
    const seats = vote.standsFor.filter(({ human }) => !voters.has(human) && !taken.has(human));
    for (const human of holdersOf(vote)) taken.add(human);
    const groups = [...vote.groups, ...seats.flatMap((seat) => seat.groups)];
    return { ...vote, groups, called: escalated.filter(({ after }) => after <= i) };
  });
}

/** Groups whose members may serve a requirement: its own, and those of the steps that were taken (EV-16). */
export const groupsAsked = (
  { groups, policies }: Requirement,
  taken: readonly Escalated[],
): readonly string[] => [
  ...groups,
  ...taken
    .filter((one) => one.policies.join('\n') === policies.join('\n'))
    .flatMap((one) => one.groups),
];
