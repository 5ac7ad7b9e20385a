import type { Lineage } from '../action/action.ts';
import type { Standing } from '../ports.ts';
import type { Instant } from '../time.ts';
import { nextStepAt } from './overdue.ts';
import { approvalIdOf, isReady, type Approval } from './approval.ts';

/** What the store keeps to find this action: its state and when time alone will change it. */
export function standingOf(approval: Approval): Standing | undefined {
  if (approval.state === 'none') return undefined;
  const { proposed } = approval;
  const approvalId = approvalIdOf(approval);
  const dueAt = dueAtOf(approval);
  return {
    state: approval.state,
    agent: proposed.lineage.agent,
    createdAt: proposed.at,
    ...(approvalId === undefined ? {} : { approvalId }),
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(approval.state === 'pending' ? cappedBy(proposed.lineage) : {}),
  };
}

const cappedBy = ({ owner, session }: Lineage): Pick<Standing, 'owner' | 'session'> => ({
  owner,
  ...(session === undefined ? {} : { session }),
});

function dueAtOf(approval: Approval): Instant | undefined {
  if (approval.state === 'pending') {
    const { expiresAt } = approval.asked;
    const next = nextStepAt(approval);
    return next !== undefined && next < expiresAt ? next : expiresAt;
  }
  if (approval.state === 'executing') return approval.deadline;
  return isReady(approval) ? approval.grant.useBy : undefined;
}
