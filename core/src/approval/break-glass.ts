import type { Directory, Person } from '../directory.ts';
import { err, ok } from '../result.ts';
import { after, instant, type Instant } from '../time.ts';
import type { Pending } from './approval.ts';
import type { As, Decided, Known, Refusal } from './command.ts';
import { whyNotAnswer } from './eligibility.ts';
import { LEAST_REASON, type Glass, type GlassBroken } from './glass.ts';
import { isAtLeast, type Assurance, type Requirement } from './requirement.ts';
import { barredHumans, stillNeeds } from './tally.ts';

type Break = As<'break-glass'>;

/** Goes ahead without those who are asked: told with its reason, usable for a short while, to be reviewed afterwards. */
export function breakGlass(approval: Known, command: Break, now: Instant): Decided {
  if (approval.state !== 'pending') return err('not-pending');
  const refusal = whyNotBreak(approval, command, now);
  if (refusal) return err(refusal);
  const { vote, directory, grantId, reviewMs, useMs } = command;
  const { statement, human, groups, knownBy, assurance, channel, proof, reason = '' } = vote;
  const open = stillNeeds(approval.asked.requirements, approval, directory, now);
  const broken: GlassBroken = {
    type: 'approval.glass-broken',
    at: now,
    by: statement.person,
    human,
    groups,
    ...(knownBy && { knownBy }),
    assurance,
    channel,
    statement,
    ...(proof && { proof }),
    reason,
    skipped: open.map((one) => ({ policies: one.policies, groups: one.groups })),
    reviewBy: after(now, reviewMs),
  };
  const shortest = Math.min(...approval.asked.requirements.map(({ expiresMs }) => expiresMs));
  // GR-7, with a confirmation that was given before
  const { confirmed } = approval;
  const earliest = Math.min(statement.issuedAt, confirmed?.statement.issuedAt ?? now);
  const useBy = instant(Math.min(after(now, useMs), earliest + shortest));
  const { audience } = approval.judged.execution;
  const grant = { id: grantId, audience, notBefore: now, useBy };
  return ok([broken, { type: 'grant.issued', at: now, grant }]);
}

/** R5 holds here as for votes, by the same functions; and who may is for policy to say, requirement by requirement. */
function whyNotBreak(approval: Pending, command: Break, now: Instant): Refusal | undefined {
  const { vote, directory } = command;
  const early = whyNotAnswer(approval, command, now);
  if (early) return early;
  if (vote.statement.choice !== 'approve') return 'statement-invalid';
  const { requirements, excluded } = approval.asked;
  const barred = barredHumans(approval, requirements, directory);
  if (barred.has(vote.human) || excluded.some(({ human }) => human === vote.human))
    return 'excluded';
  const person = directory.person(vote.statement.person);
  if (!person || !mayBreak(requirements, person.groups)) return 'not-breakable';
  if (!isSure(requirements, vote.assurance)) return 'assurance-too-low';
  if ((vote.reason ?? '').trim().length < LEAST_REASON) return 'reason-too-short';
  const isUnconfirmed = stillNeeds(requirements, approval, directory, now).some(
    ({ kind }) => kind === 'confirm',
  );
  return isUnconfirmed ? 'confirmation-missing' : undefined;
}

/** Whether a person of these groups may break the glass for every review there is; there is at least one. */
function mayBreak(requirements: readonly Requirement[], groups: readonly string[]): boolean {
  const reviews = requirements.filter(({ kind }) => kind === 'review');
  return (
    reviews.length > 0 &&
    reviews.every((one) => one.breakGlass?.some((group) => groups.includes(group)))
  );
}

/** A session at least, and whatever each of those who are passed over would have to show. */
const isSure = (requirements: readonly Requirement[], assurance: Assurance): boolean =>
  isAtLeast(assurance, 'session') &&
  requirements.every((one) => one.kind !== 'review' || isAtLeast(assurance, one.assurance));

/**
 * R6: of what policy demands now, what a broken glass does not lift. It lifts reviews, all or none: only while whoever broke
 * it still may, in groups they were in then and are in now.
 */
export function notBroken(
  open: readonly Requirement[],
  demanded: readonly Requirement[],
  { glass, proposed }: Pick<Pending, 'glass' | 'proposed'>,
  directory: Directory,
): readonly Requirement[] {
  const person = glass && directory.person(glass.broken.by);
  if (!glass || !person?.active || person.human !== glass.broken.human) return open;
  const groups = person.groups.filter((group) => glass.broken.groups.includes(group));
  const isBarred = barredHumans({ proposed }, demanded, directory).has(person.human);
  const holds = !isBarred && mayBreak(demanded, groups) && isSure(demanded, glass.broken.assurance);
  return holds ? open.filter(({ kind }) => kind !== 'review') : open;
}

/** What somebody of those who were passed over found, once, whatever became of the action. */
export function reviewGlass(
  approval: Known,
  { by, finding, note, directory }: As<'review-glass'>,
  now: Instant,
): Decided {
  const { glass, asked } = approval;
  if (!glass || !asked) return err('glass-not-broken');
  if (glass.reviewed) return err('already-reviewed');
  const refusal = whyNotReview(approval, glass, by, directory);
  if (refusal) return err(refusal);
  const { id, human } = by;
  return ok([{ type: 'approval.glass-reviewed', at: now, by: id, human, finding, note }]);
}

function whyNotReview(
  approval: Known,
  { broken }: Glass,
  by: Person,
  directory: Directory,
): Refusal | undefined {
  const person = directory.person(by.id);
  if (!person?.active || person.human !== by.human) return 'inactive-person';
  const barred = barredHumans(approval, approval.asked?.requirements ?? [], directory);
  const isListed = approval.asked?.excluded.some(({ human }) => human === person.human);
  if (person.human === broken.human || barred.has(person.human) || isListed) return 'excluded';
  const wasSkipped = broken.skipped.some(({ groups }) =>
    groups.some((group) => person.groups.includes(group)),
  );
  return wasSkipped ? undefined : 'not-an-approver';
}
