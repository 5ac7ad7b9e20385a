import { err, ok } from '../result.ts';
import { after, instant, type Instant } from '../time.ts';
import { isReady, isSettled, type Approval, type Pending } from './approval.ts';
import { breakGlass, reviewGlass } from './break-glass.ts';
import type { As, CastVote, Command, Decided, Known } from './command.ts';
import { asDrill, isDrill } from './drill.ts';
import { everyoneBarred, seated, whyNotConfirm, whyNotEdit, whyNotVote } from './eligibility.ts';
import { isAmongAsked } from './escalation.ts';
import type { ApprovalEvent } from './event.ts';
import { close, expire, redeem, report } from './run.ts';
import { stillNeeds, whatIsUnsatisfiable } from './tally.ts';
import type { Directory } from '../directory.ts';

/** What a command would append, or why it may not. Decides; changes nothing. */
export function decide(approval: Approval, command: Command, now: Instant): Decided {
  const decided = decideReal(approval, command, now);
  return decided.ok && isDrill(approval) ? asDrill(decided.value) : decided;
}

function decideReal(approval: Approval, command: Command, now: Instant): Decided {
  if (approval.state === 'none' || approval.state === 'proposed' || approval.state === 'judged')
    return err('not-found');
  switch (command.type) {
    case 'cast-vote':
      return castVote(approval, command, now);
    case 'confirm':
      return confirm(approval, command, now);
    case 'note-refusal':
      return noteRefusal(approval, command, now);
    case 'expire':
      return expire(approval, now);
    case 'recheck':
      return recheck(approval, command.directory, now);
    case 'cancel':
      return cancel(approval, command.by, now);
    case 'supersede':
      return supersede(approval, command, now);
    case 'revoke':
      return revoke(approval, command, now);
    case 'redeem':
      return redeem(approval, command, now);
    case 'report':
      return report(approval, command, now);
    case 'close':
      return close(approval, command, now);
    case 'break-glass':
      return breakGlass(approval, command, now);
    case 'review-glass':
      return reviewGlass(approval, command, now);
  }
}

function castVote(approval: Known, command: CastVote, now: Instant): Decided {
  if (approval.state !== 'pending') return err('not-pending');
  const refusal = whyNotVote(approval, command, now);
  if (refusal) return err(refusal);
  const vote = seated(approval, command);
  const cast: ApprovalEvent = { type: 'approval.vote-cast', at: now, vote };
  if (command.vote.statement.choice === 'deny')
    return ok([cast, { type: 'approval.denied', at: now, by: command.vote.statement.person }]);
  const votes = [...approval.votes, vote];
  return ok([cast, ...whenMet({ ...approval, votes }, command, now)]);
}

function confirm(approval: Known, command: CastVote, now: Instant): Decided {
  if (approval.state !== 'pending') return err('not-pending');
  const refusal = whyNotConfirm(approval, command, now);
  if (refusal) return err(refusal);
  const confirmed: ApprovalEvent = { type: 'approval.confirmed', at: now, vote: command.vote };
  if (command.vote.statement.choice === 'deny')
    return ok([confirmed, { type: 'approval.denied', at: now, by: command.vote.statement.person }]);
  return ok([confirmed, ...whenMet({ ...approval, confirmed: command.vote }, command, now)]);
}

// ATTACKER: whoever is refused may try again for ever; the ledger tells of each of them once, and of so many at most
const MOST_TOLD = 50;

function noteRefusal(
  approval: Known,
  { by, because, choice, channel }: As<'note-refusal'>,
  at: Instant,
): Decided {
  if (approval.state !== 'pending') return err('not-pending');
  const told = approval.turnedAway ?? [];
  if (told.includes(by.id) || told.length >= MOST_TOLD) return err('already-voted');
  const { id, human } = by;
  return ok([{ type: 'approval.vote-refused', at, by: id, human, because, choice, channel }]);
}

/** The conclusion, appended with the vote that caused it: `evolve` never counts. */
function whenMet(
  approval: Pending,
  { grantId, directory }: CastVote,
  now: Instant,
): readonly ApprovalEvent[] {
  if (stillNeeds(approval.asked.requirements, approval, directory, now).length > 0) return [];
  return [
    { type: 'approval.approved', at: now },
    {
      type: 'grant.issued',
      at: now,
      grant: {
        id: grantId,
        audience: approval.judged.execution.audience,
        notBefore: now,
        useBy: useBy(approval),
      },
    },
  ];
}

/** Use-by: each counted answer holds no longer than the requirement it serves says; the earliest ends it. */
function useBy({ asked, votes, confirmed }: Pending): Instant {
  const shortest = Math.min(...asked.requirements.map(({ expiresMs }) => expiresMs));
  const answers = confirmed ? [...votes, confirmed] : votes;
  return after(instant(Math.min(...answers.map(({ statement }) => statement.issuedAt))), shortest);
}

function recheck(approval: Known, directory: Directory, now: Instant): Decided {
  if (approval.state !== 'pending') return err('not-pending');
  const missing = whatIsUnsatisfiable(
    approval.asked.requirements,
    approval.proposed.lineage,
    directory,
    now,
  );
  return missing.length === 0
    ? err('not-due')
    : ok([{ type: 'approval.unsatisfiable', at: now, missing }]);
}

function cancel(approval: Known, by: string, now: Instant): Decided {
  const { agent, owner, startedBy, onBehalfOf } = approval.proposed.lineage;
  if (![agent, owner, startedBy, onBehalfOf].includes(by)) return err('not-yours');
  if (approval.state !== 'pending' && !isReady(approval)) return err('settled');
  return ok([{ type: 'approval.cancelled', at: now, by }]);
}

function supersede(
  approval: Known,
  { by, successor, directory }: As<'supersede'>,
  now: Instant,
): Decided {
  if (approval.state !== 'pending') return err('not-pending');
  if (now >= approval.asked.expiresAt) return err('past-deadline');
  const refusal = whyNotEdit(approval, by, directory);
  if (refusal) return err(refusal);
  // whoever stands behind a drill has not caught it by taking it back
  const human = directory.person(by)?.human ?? by;
  if (isDrill(approval) && everyoneBarred(approval, directory).has(human))
    return ok([{ type: 'approval.cancelled', at: now, by }]);
  return ok([{ type: 'approval.superseded', at: now, by, successor }]);
}

function revoke(approval: Known, { by, reason }: As<'revoke'>, now: Instant): Decided {
  if (!isReady(approval)) return err(isSettled(approval) ? 'settled' : 'not-ready');
  const { owner, onBehalfOf } = approval.proposed.lineage;
  if (!by.active) return err('inactive-person');
  if (!isAmongAsked(approval, by) && by.id !== owner && by.id !== onBehalfOf)
    return err('not-an-approver');
  return ok([
    { type: 'approval.revoked', at: now, by: by.id, ...(reason === undefined ? {} : { reason }) },
  ]);
}
