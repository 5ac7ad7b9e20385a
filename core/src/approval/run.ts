import { err, ok } from '../result.ts';
import { after, type Instant } from '../time.ts';
import { isReady, isSettled, type Pending, type Ready } from './approval.ts';
import { notBroken } from './break-glass.ts';
import { isAmongAsked } from './escalation.ts';
import { stepsDue } from './overdue.ts';
import type { As, Decided, Known } from './command.ts';
import { isDrill } from './drill.ts';
import type { Report } from './event.ts';
import type { Requirement } from './requirement.ts';
import { stillNeeds } from './tally.ts';

/** R4: appended by compare-and-set before the side effect. R6: judged again; deny wins, new demands must be met. */
export function redeem(approval: Known, command: As<'redeem'>, now: Instant): Decided {
  if (
    approval.state === 'executing' ||
    ('redeemedBy' in approval && approval.redeemedBy !== undefined)
  )
    return err('grant-spent');
  if (isDrill(approval)) return err('refused'); // whatever led here
  if (!isReady(approval)) return err(isSettled(approval) ? 'settled' : 'not-ready');
  if (approval.grant.id !== command.grantId) return err('grant-mismatch');
  if (approval.grant.audience !== command.by) return err('not-yours');
  if (approval.proposed.digest !== command.digest) return err('digest-mismatch');
  if (now >= approval.grant.useBy) return err('use-by-passed'); // a late timer must not fail open
  const { judgement } = command;
  const { policyDigest, gitCommit } = judgement;
  const open = judgement.verdict === 'deny' ? [] : notLifted(approval, command, now);
  if (judgement.verdict === 'deny' || open.length > 0) {
    const reasons =
      judgement.verdict === 'deny' ? judgement.reasons : open.flatMap(({ why }) => why);
    const code = judgement.verdict === 'deny' ? judgement.code : 'needs-review';
    return ok([{ type: 'approval.refused', at: now, code, policyDigest, reasons }]);
  }
  const deadline = after(now, approval.judged.execution.deadlineMs);
  const commit = gitCommit === undefined ? {} : { gitCommit };
  return ok([
    { type: 'grant.redeemed', at: now, by: command.by, policyDigest, ...commit, deadline },
  ]);
}

/** What policy demands now that neither votes nor a broken glass nor a waiver meet. */
function notLifted(
  approval: Ready,
  { judgement: { requirements }, directory, isWaived }: As<'redeem'>,
  now: Instant,
): readonly Requirement[] {
  if (approval.waived) return isWaived === true ? [] : requirements;
  const open = stillNeeds(requirements, approval, directory, now);
  return notBroken(open, requirements, approval, directory);
}

/** What the executor says happened; a late report closes an `unknown`. */
export function report(approval: Known, { by, report: told }: As<'report'>, now: Instant): Decided {
  if (approval.state === 'executing') {
    if (approval.redeemedBy !== by) return err('not-yours');
    return ok([{ type: `action.${told.outcome}`, at: now, by, report: telling(told) }]);
  }
  if (approval.state !== 'unknown') return err('not-executing');
  if (approval.redeemedBy !== by) return err('not-yours');
  return approval.closed
    ? err('already-closed')
    : ok([{ type: 'action.closed', at: now, by, outcome: told.outcome }]);
}

/** EV-24: repeats are told where there were any; once is what every outcome says. */
function telling({ repeats = 0, ...told }: Report): Report {
  return Number.isSafeInteger(repeats) && repeats > 0 ? { ...told, repeats } : told;
}

/** A person says what really happened to an `unknown`. Never re-opens execution. */
export function close(approval: Known, { by, outcome, note }: As<'close'>, now: Instant): Decided {
  if (approval.state !== 'unknown') return err('not-executing');
  if (approval.closed) return err('already-closed');
  if (!by.active) return err('inactive-person');
  const { owner } = approval.proposed.lineage;
  if (by.id !== owner && !isAmongAsked(approval, by)) return err('not-an-approver');
  return ok([
    { type: 'action.closed', at: now, by: by.id, outcome, ...(note === undefined ? {} : { note }) },
  ]);
}
/**
 * What time alone brings: nobody answered, nobody redeemed, nobody reported. Different words for each (R10). Before that,
 * others may be asked too or those who are asked reminded; that is never an answer.
 */
export function expire(approval: Known, now: Instant): Decided {
  if (approval.state === 'pending') return overtake(approval, now);
  if (isReady(approval))
    return now < approval.grant.useBy ? err('not-due') : ok([{ type: 'approval.lapsed', at: now }]);
  if (approval.state !== 'executing') return err('settled');
  return now < approval.deadline
    ? err('not-due')
    : ok([{ type: 'action.unknown', at: now, because: 'no outcome was reported by the deadline' }]);
}

function overtake(approval: Pending, now: Instant): Decided {
  if (now >= approval.asked.expiresAt) return ok([{ type: 'approval.expired', at: now }]);
  const due = stepsDue(approval, now);
  return due.length === 0 ? err('not-due') : ok(due);
}
