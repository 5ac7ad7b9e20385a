import type { Directory, Person, StandsFor } from '../directory.ts';
import type { Instant } from '../time.ts';
import type { Pending } from './approval.ts';
import type { CastVote, Refusal } from './command.ts';
import type { Vote } from './event.ts';
import { fullyEscalated, groupsAsked, isAmongAsked } from './escalation.ts';
import { isAtLeast, type Requirement } from './requirement.ts';
import { isBarredDelegate, openSeats, seatsTaken } from './seats.ts';
import { isSaid } from './signing.ts';
import { askedStage, barredHumans } from './tally.ts';

/** Every reason why an answer to a request does not count, before asking who it must come from. */
export function whyNotAnswer(
  approval: Pending,
  command: Pick<CastVote, 'vote' | 'expected' | 'directory'>,
  now: Instant,
): Refusal | undefined {
  const { vote, directory } = command;
  const { statement } = vote;
  if (now >= approval.asked.expiresAt) return 'past-deadline'; // a late timer must not fail open
  if (
    statement.approvalId !== approval.asked.approvalId ||
    statement.version !== approval.asked.version
  )
    return 'version-mismatch';
  if (statement.actionDigest !== approval.proposed.digest) return 'digest-mismatch';
  if (statement.seenDigest !== approval.asked.seenDigest) return 'seen-mismatch';
  if (!isSaid(approval, command, now)) return 'statement-invalid';
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
  const { requirements } = approval.asked;
  const barred = everyoneBarred(approval, directory);
  if (barred.has(vote.human)) return 'excluded';
  if (approval.votes.some(({ human }) => human === vote.human)) return 'already-voted';
  const person = directory.person(vote.statement.person);
  if (!person) return 'inactive-person';
  const own = [person, ...openSeats(person, approval.votes, barred)].flatMap((one) => one.groups);
  const serves = requirements.filter(
    (one) =>
      one.kind === 'review' &&
      groupsAsked(one, approval.escalated).some((group) => own.includes(group)),
  );
  if (serves.length === 0) return whyNotAsked(requirements, { person, own, barred });
  const stage = askedStage(approval, directory, now);
  const askedNow = serves.filter((requirement) => requirement.stage <= stage);
  if (askedNow.length === 0) return 'not-asked-yet';
  if (vote.statement.choice === 'deny') return undefined; // a no is safe however little we know the person
  if (vote.shown?.complete === false) return 'not-shown-whole'; // A7, EV-21
  const isSure = askedNow.some(({ assurance }) => isAtLeast(vote.assurance, assurance));
  return isSure ? undefined : 'assurance-too-low';
}

/** Somebody who may not answer, though others of their kind may. */
function whyNotAsked(
  requirements: readonly Requirement[],
  who: {
    readonly person: Person;
    readonly own: readonly string[];
    readonly barred: ReadonlySet<string>;
  },
): Refusal {
  const later = requirements.map(fullyEscalated);
  if (later.some(({ groups }) => groups.some((group) => who.own.includes(group))))
    return 'not-asked-yet';
  return isBarredDelegate(who.person, requirements, who.barred) ? 'excluded' : 'not-an-approver';
}

/** Every human who may not answer: as the directory is now, and as it was when people were asked. */
export function everyoneBarred(approval: Pending, directory: Directory): ReadonlySet<string> {
  const { requirements, excluded } = approval.asked;
  const now = barredHumans(approval, requirements, directory);
  return new Set([...now, ...excluded.map(({ human }) => human)]);
}

/** A vote as it is recorded: with the seats of others that it is cast on, found here and nowhere else (EV-15). */
export function seated(approval: Pending, { vote, directory }: CastVote): Vote {
  const { standsFor: _, ...rest } = vote;
  const person = directory.person(vote.statement.person);
  const seats = person ? seatsTaken(approval, person, everyoneBarred(approval, directory)) : [];
  return seats.length === 0 ? rest : { ...rest, standsFor: seats };
}

/** Who may answer now in the place of a member of the asked groups. */
export function standIns(
  approval: Pending,
  directory: Directory,
): readonly { readonly person: Person; readonly seat: StandsFor }[] {
  const { asked, escalated, votes } = approval;
  const groups = asked.requirements.flatMap((one) => groupsAsked(one, escalated));
  const barred = everyoneBarred(approval, directory);
  const mayVote = ({ active, human }: Person): boolean =>
    active && !barred.has(human) && !votes.some((vote) => vote.human === human);
  return (directory.delegates?.(groups) ?? []).filter(mayVote).flatMap((person) =>
    openSeats(person, votes, barred)
      .filter((seat) => groups.some((group) => seat.groups.includes(group)))
      .map((seat) => ({ person, seat })),
  );
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
  if (vote.statement.choice === 'approve' && vote.shown?.complete === false)
    return 'not-shown-whole';
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
  return isAmongAsked(approval, person) ? undefined : 'not-an-approver';
}
