import type { Directory } from '../directory.ts';
import type { Instant } from '../time.ts';
import type { Pending, Ready } from './approval.ts';
import type { Vote } from './event.ts';
import { fullyEscalated, type Escalated } from './escalation.ts';
import { exclusions } from './exclusion.ts';
import { unmet, type Countable, type Unmet } from './quorum.ts';
import { ableDelegates, groupsOfSeats } from './seats.ts';
import { isAtLeast, type Exclude, type Requirement } from './requirement.ts';

/** What was answered so far, and about what. */
export type Answers = {
  readonly votes: readonly Vote[];
  readonly confirmed?: Vote;
  readonly proposed: Ready['proposed'];
  readonly escalated?: readonly Escalated[];
};

/** Policies whose requirement is not met by what stands recorded, people as they are in the directory now. */
export const stillNeeds = (
  requirements: readonly Requirement[],
  answers: Answers,
  directory: Directory,
  now: Instant,
): readonly Requirement[] =>
  shortOf(requirements, answers, directory, now).map(({ requirement }) => requirement);

/** The same with how many persons are missing. */
export function shortOf(
  requirements: readonly Requirement[],
  answers: Answers,
  directory: Directory,
  now: Instant,
): readonly Unmet[] {
  const barred = barredHumans(answers, requirements, directory);
  const counting = answers.votes.flatMap((vote, i) => countable(answers, i, directory, barred));
  const open = unmet(requirements, counting, now);
  const confirms = requirements
    .filter(({ kind }) => kind === 'confirm')
    .map((requirement) => ({ requirement, missing: 1 }));
  const { confirmed } = answers;
  if (!confirmed || !isStanding(confirmed, answers.proposed, directory))
    return [...open, ...confirms];
  const isStale = ({ expiresMs, assurance }: Requirement): boolean =>
    now - confirmed.statement.issuedAt > expiresMs || !isAtLeast(confirmed.assurance, assurance);
  return [...open, ...confirms.filter(({ requirement }) => isStale(requirement))];
}

/** A yes of the person the agent acts for, who is still there. */
function isStanding(
  { statement }: Vote,
  { lineage }: Ready['proposed'],
  directory: Directory,
): boolean {
  const person = directory.person(statement.person);
  const actsFor = directory.person(lineage.onBehalfOf ?? lineage.owner);
  return (
    statement.choice === 'approve' && person?.active === true && person.human === actsFor?.human
  );
}

/** What a vote counts as now, if it does (DS-15): its person is active, not barred, and still in a group they voted for. */
function countable(
  { votes, escalated = [] }: Answers,
  i: number,
  directory: Directory,
  barred: ReadonlySet<string>,
): readonly Countable[] {
  const vote = votes[i];
  if (!vote) return [];
  const person = directory.person(vote.statement.person);
  if (vote.statement.choice !== 'approve' || !person?.active || barred.has(person.human)) return [];
  const { human } = person;
  // groups left since do not count any more, groups joined since do not count yet: the vote was not theirs
  const own = person.groups.filter((group) => vote.groups.includes(group));
  const groups = [...own, ...groupsOfSeats(vote, person, votes, barred)];
  const { assurance, statement } = vote;
  const taken = escalated.filter(({ after }) => after <= i);
  return [{ human, groups, assurance, at: statement.issuedAt, escalated: taken }];
}

/** Who else may not answer, over all requirements. */
const excludesOf = (requirements: readonly Requirement[]): readonly Exclude[] =>
  requirements.flatMap(({ exclude }) => exclude);

/** Every human R5 keeps from answering, as the directory is now. */
export function barredHumans(
  { proposed }: { readonly proposed: Ready['proposed'] },
  requirements: readonly Requirement[],
  directory: Directory,
): ReadonlySet<string> {
  const now = exclusions(proposed.lineage, excludesOf(requirements), directory);
  return new Set(now.map(({ human }) => human));
}

/** Lower stages are met before the next is asked. */
export function askedStage(approval: Pending, directory: Directory, now: Instant): number {
  const open = stillNeeds(approval.asked.requirements, approval, directory, now);
  return Math.min(...open.map(({ stage }) => stage));
}

/** Whether the people there are could still meet what is asked. */
export function whatIsUnsatisfiable(
  requirements: readonly Requirement[],
  lineage: Pending['proposed']['lineage'],
  directory: Directory,
  now: Instant,
): readonly string[] {
  const barred = new Set(
    exclusions(lineage, excludesOf(requirements), directory).map(({ human }) => human),
  );
  // whoever is asked only later can still answer in time
  const asked = requirements.map(fullyEscalated);
  const groups = asked.flatMap((one) => one.groups);
  const members = directory.members(groups).filter((one) => one.active && !barred.has(one.human));
  const able = members.map((one) => ({ ...one, assurance: one.reach, at: now }));
  const sitting = ableDelegates(directory.delegates?.(groups) ?? [], members, barred);
  const standIns = sitting.map((one) => ({ ...one, at: now }));
  const short = unmet(asked, [...able, ...standIns], now).flatMap(
    ({ requirement }) => requirement.policies,
  );
  const confirmer = directory.person(lineage.onBehalfOf ?? lineage.owner);
  const unconfirmable = requirements.filter(
    ({ kind, assurance }) =>
      kind === 'confirm' && !(confirmer?.active && isAtLeast(confirmer.reach, assurance)),
  );
  return [...new Set([...short, ...unconfirmable.flatMap(({ policies }) => policies)])].toSorted();
}
