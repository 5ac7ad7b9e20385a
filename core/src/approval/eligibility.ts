import type { Directory } from '../directory.ts';
import type { Instant } from '../time.ts';
import type { Pending } from './approval.ts';
import type { CastVote, Refusal } from './command.ts';
import { isAtLeast } from './requirement.ts';
import { isSaid } from './signing.ts';
import { askedStage, barredHumans } from './tally.ts';

/** Every reason why an answer to a request does not count, before asking who it must come from. */
export function whyNotAnswer(
  approval: Pending,
  command: Pick<CastVote, 'vote' | 'expected' | 'directory'>,
  now: Instant,
): Refusal | undefined {
  const { vote, directory } = command;
  const { statement, shown } = vote;
  if (now >= approval.asked.expiresAt) return 'past-deadline'; // a late timer must not fail open
  if (
    statement.approvalId !== approval.asked.approvalId ||
    statement.version !== approval.asked.version
  )
    return 'version-mismatch';
  if (statement.actionDigest !== approval.proposed.digest) return 'digest-mismatch';
  if (statement.seenDigest !== approval.asked.seenDigest) return 'seen-mismatch';
  if (!isSaid(approval, command, now)) return 'statement-invalid';
  // A7, EV-21: whoever says no may have seen enough for that
  if (statement.choice === 'approve' && shown?.complete === false) return 'not-shown-whole';
  const person = directory.person(statement.person);
  if (!person?.active || person.human !== vote.human) return 'inactive-person';
  return undefined;
}

/** R5 and every other reason a vote does not count: one function, for every entry point. */
export function whyNotVote(
  approval: Pending,
  command: CastVote,
  now: Instant,
): Refusal | undefined {
  const early = whyNotAnswer(approval, command, now);
  if (early) return early;
  const { vote, directory } = command;
  const { requirements, excluded } = approval.asked;
  const barred = barredHumans(approval, requirements, directory);
  if (barred.has(vote.human) || excluded.some(({ human }) => human === vote.human))
    return 'excluded';
  if (approval.votes.some(({ human }) => human === vote.human)) return 'already-voted';
  const person = directory.person(vote.statement.person);
  const serves = requirements.filter(
    ({ kind, groups }) =>
      kind === 'review' && groups.some((group) => person?.groups.includes(group)),
  );
  if (serves.length === 0) return 'not-an-approver';
  const stage = askedStage(approval, directory, now);
  const askedNow = serves.filter((requirement) => requirement.stage <= stage);
  if (askedNow.length === 0) return 'not-asked-yet';
  if (vote.statement.choice === 'deny') return undefined; // a no is safe however little we know the person
  const isSure = askedNow.some(({ assurance }) => isAtLeast(vote.assurance, assurance));
  return isSure ? undefined : 'assurance-too-low';
}

/** A confirmation is a control of its own: only the person the agent acts for gives it, and it is never a vote. */
export function whyNotConfirm(
  approval: Pending,
  command: CastVote,
  now: Instant,
): Refusal | undefined {
  const early = whyNotAnswer(approval, command, now);
  if (early) return early;
  const { vote, directory } = command;
  const confirms = approval.asked.requirements.filter(({ kind }) => kind === 'confirm');
  const { onBehalfOf, owner } = approval.proposed.lineage;
  const actsFor = directory.person(onBehalfOf ?? owner)?.human;
  if (confirms.length === 0 || vote.human !== actsFor) return 'not-the-confirmer';
  if (approval.confirmed) return 'already-voted';
  return confirms.every(({ assurance }) => isAtLeast(vote.assurance, assurance))
    ? undefined
    : 'assurance-too-low';
}

/** An editor must be someone who was asked, or who answers for the agent; editing excludes them from voting after. */
export function whyNotEdit(
  approval: Pending,
  by: string,
  directory: Directory,
): Refusal | undefined {
  const person = directory.person(by);
  if (!person?.active) return 'inactive-person';
  const { owner, onBehalfOf, startedBy } = approval.proposed.lineage;
  if ([owner, onBehalfOf, startedBy].includes(by)) return undefined;
  const isAsked = approval.asked.requirements.some(({ groups }) =>
    groups.some((group) => person.groups.includes(group)),
  );
  return isAsked ? undefined : 'not-an-approver';
}
