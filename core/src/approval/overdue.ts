import { after, instant, type Instant } from '../time.ts';
import type { Pending } from './approval.ts';
import type { ApprovalEvent, Escalation } from './event.ts';
import { asRecorded, lastAnswer } from './progress.ts';
import type { Requirement } from './requirement.ts';
import { shortOf } from './tally.ts';

/**
 * What time brings before it settles a request: escalations and reminders of what is asked and not met, by what the ledger
 * tells alone, so that anybody finds the same. Neither decides anything.
 */
export function stepsDue(approval: Pending, now: Instant): readonly ApprovalEvent[] {
  const escalations = escalationsOf(approval).filter(({ due }) => due <= now);
  const isReminded = remindersOf(approval).some((due) => due <= now);
  const reminder = (approval.reminded?.times ?? 0) + 1;
  return [
    ...escalations.map(({ step, policies, groups }): ApprovalEvent => {
      return { type: 'approval.escalated', at: now, step, policies, groups };
    }),
    ...(isReminded ? [{ type: 'approval.reminded', at: now, reminder } as const] : []),
  ];
}

/** When the next of them is due. */
export function nextStepAt(approval: Pending): Instant | undefined {
  const due = [...escalationsOf(approval).map((one) => one.due), ...remindersOf(approval)];
  return due.length === 0 ? undefined : instant(Math.min(...due));
}

type Step = Pick<Escalation, 'step' | 'policies' | 'groups'> & { readonly due: Instant };

function escalationsOf(approval: Pending): readonly Step[] {
  const { asked, escalated = [] } = approval;
  return openNow(approval).flatMap(({ escalation = [], policies }) => {
    const taken = escalated.filter((one) => one.policies.join() === policies.join()).length;
    return escalation.slice(taken).map(({ afterMs, groups }, i) => ({
      step: taken + i + 1,
      policies,
      groups,
      due: after(asked.at, afterMs),
    }));
  });
}

/** What passed before the last answer or reminder is not made up for. */
function remindersOf(approval: Pending): readonly Instant[] {
  const { asked, reminded } = approval;
  const since = Math.max(reminded?.at ?? asked.at, lastAnswer(approval));
  return openNow(approval)
    .flatMap(({ remindMs = [] }) => remindMs.map((ms) => after(asked.at, ms)))
    .filter((due) => due > since);
}

/** Requirements that are not met and whose stage is asked. */
function openNow(approval: Pending): readonly Requirement[] {
  const { requirements } = approval.asked;
  if (!requirements.some(({ escalation, remindMs }) => escalation ?? remindMs)) return [];
  const open = shortOf(requirements, approval, asRecorded(approval), lastAnswer(approval));
  const stage = Math.min(...open.map(({ requirement }) => requirement.stage));
  return open.flatMap(({ requirement }) => (requirement.stage <= stage ? [requirement] : []));
}
