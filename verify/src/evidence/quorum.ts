import { ASSURANCES, type Assurance, type Requirement, type Vote } from './event.ts';
import { counted, groupsAsked, type Answers, type Counted } from './seats.ts';

const isAtLeast = (have: Assurance, need: Assurance): boolean =>
  ASSURANCES.indexOf(have) >= ASSURANCES.indexOf(need);

/** Whether a yes counts for a review requirement at a moment: group, assurance, neither future nor stale (EV-7). */
const isCounting = (requirement: Requirement, vote: Counted, at: number): boolean =>
  requirement.kind === 'review' &&
  vote.statement.choice === 'approve' &&
  vote.statement.issuedAt <= at &&
  at - vote.statement.issuedAt <= requirement.expiresMs &&
  isAtLeast(vote.assurance, requirement.assurance) &&
  groupsAsked(requirement, vote.called).some((group) => vote.groups.includes(group));

/** Whether the confirmation that was given meets a confirm requirement at a moment (EV-8). */
const isConfirmed = (requirement: Requirement, confirmed: Vote | undefined, at: number): boolean =>
  confirmed?.statement.choice === 'approve' &&
  at - confirmed.statement.issuedAt <= requirement.expiresMs &&
  isAtLeast(confirmed.assurance, requirement.assurance);

/** The requirements that the answers do not meet at a moment. Votes are of distinct humans (EV-5). */
export function unmet(
  requirements: readonly Requirement[],
  answers: Answers,
  at: number,
): readonly Requirement[] {
  const { confirmed } = answers;
  const votes = counted(answers);
  const reviews = requirements.filter(({ kind }) => kind === 'review');
  const confirms = requirements.filter(({ kind }) => kind === 'confirm');
  const short = reviews.filter(
    (one) =>
      one.quorum < 1 || votes.filter((vote) => isCounting(one, vote, at)).length < one.quorum,
  );
  const open = short.length > 0 || canServe(reviews, votes, at) ? short : distinctOf(reviews);
  return [...open, ...confirms.filter((one) => !isConfirmed(one, confirmed, at))];
}

const distinctOf = (reviews: readonly Requirement[]): readonly Requirement[] =>
  reviews.filter(({ distinct }) => distinct);

const MOST_STATES = 100_000;

/**
 * Whether humans can be dealt out so that whoever serves a `distinct` requirement serves no other.
 * Goes through humans one by one, remembering which needs were left at each; gives up as unmet when that is too much.
 */
function canServe(reviews: readonly Requirement[], votes: readonly Counted[], at: number): boolean {
  if (distinctOf(reviews).length === 0) return true;
  const start = reviews.map(({ quorum }) => quorum);
  let states = new Map([[start.join(), start]]);
  for (const vote of votes) {
    const serves = reviews.map((one) => isCounting(one, vote, at));
    const next = new Map<string, number[]>();
    const add = (needs: number[]): void => void next.set(needs.join(), needs);
    const less = (needs: number[], takes: (i: number) => boolean): number[] =>
      needs.map((need, i) => (serves[i] === true && takes(i) ? Math.max(0, need - 1) : need));
    for (const needs of states.values()) {
      add(less(needs, (i) => reviews[i]?.distinct === false));
      for (const [i, one] of reviews.entries()) if (one.distinct) add(less(needs, (j) => j === i));
    }
    if (next.size > MOST_STATES) return false;
    states = next;
  }
  return [...states.values()].some((needs) => needs.every((need) => need === 0));
}
