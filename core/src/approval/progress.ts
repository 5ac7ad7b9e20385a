import type { Directory, Person } from '../directory.ts';
import { after, type Instant } from '../time.ts';
import type { Approval } from './approval.ts';
import { groupsAsked } from './escalation.ts';
import type { Requested, Vote } from './event.ts';
import type { Requirement } from './requirement.ts';
import { shortOf, type Answers } from './tally.ts';

/** How far a requirement is met. */
export type Progress = {
  readonly requirement: Requirement;
  /** Groups whose members are asked now: those of steps that were taken too. */
  readonly groups: readonly string[];
  readonly have: number;
  readonly need: number;
};

type Asked = Answers & { readonly state: Approval['state']; readonly asked: Requested };

/**
 * For every requirement, how many persons count of how many that are needed: by the very count that decides. While people
 * are asked they count as the directory is now; afterwards as they were when they answered.
 */
export function progressOf(
  approval: Asked,
  directory: Directory,
  now: Instant,
): readonly Progress[] {
  const { requirements } = approval.asked;
  const isOpen = approval.state === 'pending';
  const open = isOpen
    ? shortOf(requirements, approval, directory, now)
    : shortOf(requirements, approval, asRecorded(approval), lastAnswer(approval));
  const missing = new Map(open.map((one) => [one.requirement, one.missing]));
  return requirements.map((requirement) => {
    const need = requirement.kind === 'confirm' ? 1 : Math.max(1, requirement.quorum);
    const groups = groupsAsked(requirement, approval.escalated);
    return { requirement, groups, have: Math.max(0, need - (missing.get(requirement) ?? 0)), need };
  });
}

const answersOf = ({ votes, confirmed }: Pick<Answers, 'votes' | 'confirmed'>): readonly Vote[] =>
  confirmed ? [...votes, confirmed] : votes;

/** When somebody last answered, or was asked. */
export const lastAnswer = (answers: Pick<Asked, 'asked' | 'votes' | 'confirmed'>): Instant =>
  after(
    answers.asked.at,
    Math.max(
      0,
      ...answersOf(answers).map(({ statement }) => statement.issuedAt - answers.asked.at),
    ),
  );

/** Nobody but those who answered, as they were then. */
export function asRecorded(answers: Answers): Directory {
  const { lineage } = answers.proposed;
  const people = new Map<string, Person>();
  const add = (id: string, { human, groups, assurance, standsFor, statement }: Vote): void => {
    const seats = standsFor?.map((seat) => ({
      ...seat,
      person: seat.human,
      until: statement.expiresAt,
    }));
    const known = { id, name: id, human, groups, active: true, reach: assurance };
    people.set(id, { ...known, ...(seats && { standsFor: seats }) });
  };
  // whoever confirmed was the one acted for then, under whichever account
  if (answers.confirmed) add(lineage.onBehalfOf ?? lineage.owner, answers.confirmed);
  for (const vote of answersOf(answers)) add(vote.statement.person, vote);
  return {
    person: (id) => people.get(id),
    agent: () => undefined,
    members: () => [],
    resource: () => undefined,
    isKilled: () => false,
  };
}
