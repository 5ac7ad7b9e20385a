import type { Settled, State, Approval } from './approval/approval.ts';
import { isReady, isSettled } from './approval/approval.ts';
import { drillOf } from './approval/drill.ts';
import { groupsAsked } from './approval/escalation.ts';
import type { DrillResult, Report } from './approval/event.ts';
import type { Because } from './flood/because.ts';
import type { Finding } from './approval/glass.ts';
import type { Digest } from './crypto.ts';
import type { ActionId, ApprovalId, WaiverId } from './ids.ts';
import type { Verdict } from './judgement.ts';
import type { Instant } from './time.ts';

/** Where an action stands, for whoever waits for it. `retry` tells an agent what to do with a no (M7). */
export type Status = {
  readonly id: ActionId;
  readonly state: State;
  readonly verdict: Verdict;
  readonly code: string;
  readonly reasons: readonly string[];
  readonly digest: Digest;
  readonly policyDigest: Digest;
  readonly gitCommit?: string;
  readonly type: string;
  readonly resource: { readonly type: string; readonly id: string };
  readonly createdAt: Instant;
  readonly approvalId?: ApprovalId;
  /** Who is still asked, while pending. */
  readonly waitingFor?: readonly {
    readonly groups: readonly string[];
    readonly quorum: number;
    readonly why: readonly string[];
  }[];
  readonly votes?: { readonly approve: number };
  readonly expiresAt?: Instant;
  readonly useBy?: Instant;
  /** A reviewer's words: data, never instructions. */
  readonly reviewerNote?: string;
  readonly retry?: 'never' | 'after-change' | 'later';
  readonly retryAt?: Instant;
  /** Whose budget is spent, where nobody was asked; `locked`: what is like it was denied too often. */
  readonly because?: Because;
  readonly successor?: ActionId;
  readonly outcome?: Report;
  readonly closedAs?: 'executed' | 'failed';
  /** Waivers it went on under: people had said beforehand that they need not be asked. Nobody approved it. */
  readonly waivedBy?: readonly WaiverId[];
  /** Somebody went ahead without those who were asked; it stays, whatever becomes of the action. */
  readonly brokenGlass?: {
    readonly by: string;
    readonly reason: string;
    readonly at: Instant;
    readonly reviewBy: Instant;
    readonly finding?: Finding;
  };
  /** It was a drill, and this came of it; never told while it waits. */
  readonly drill?: DrillResult | 'withdrawn';
};

const RETRY: Partial<Record<State, Status['retry']>> = {
  denied: 'after-change',
  revoked: 'after-change',
  refused: 'after-change',
  expired: 'later',
  lapsed: 'later',
  unsatisfiable: 'later',
  'budget-exhausted': 'later',
  cancelled: 'later',
  unknown: 'never',
};

/** The status of an action; undefined before it is judged. */
export function statusOf(approval: Approval): Status | undefined {
  if (approval.state === 'none' || approval.state === 'proposed' || approval.state === 'judged')
    return undefined;
  const { proposed, judged, state } = approval;
  const { judgement } = judged;
  const retry = judgement.code === 'engine-trap' ? 'later' : RETRY[state];
  return {
    id: proposed.actionId,
    state,
    verdict: judgement.verdict,
    code: judgement.code,
    reasons: judgement.reasons,
    digest: proposed.digest,
    policyDigest: judgement.policyDigest,
    ...(judgement.gitCommit === undefined ? {} : { gitCommit: judgement.gitCommit }),
    type: proposed.actionType,
    resource: proposed.resource,
    createdAt: proposed.at,
    ...(retry === undefined ? {} : { retry }),
    ...asking(approval),
    ...exceptional(approval),
    ...(isSettled(approval) ? settling(approval) : {}),
  };
}

type Judged = Exclude<Approval, { state: 'none' | 'proposed' | 'judged' }>;

function asking(approval: Judged): Partial<Status> {
  const { asked } = approval;
  return {
    ...(asked ? { approvalId: asked.approvalId, expiresAt: asked.expiresAt } : {}),
    ...(asked && approval.state === 'pending'
      ? {
          waitingFor: asked.requirements.map((one) => ({
            groups: groupsAsked(one, approval.escalated),
            quorum: one.quorum,
            why: one.why,
          })),
        }
      : {}),
    ...(asked
      ? {
          votes: {
            approve: approval.votes.filter(({ statement }) => statement.choice === 'approve')
              .length,
          },
        }
      : {}),
    ...(isReady(approval) ? { useBy: approval.grant.useBy } : {}),
  };
}

/** What stands out of the ordinary course: a waiver, a broken glass. */
function exceptional(approval: Judged): Pick<Status, 'waivedBy' | 'brokenGlass'> {
  const waived = 'waived' in approval ? approval.waived : undefined;
  const { broken, reviewed } = approval.glass ?? {};
  return {
    ...(waived ? { waivedBy: waived.map(({ id }) => id) } : {}),
    ...(broken
      ? {
          brokenGlass: {
            by: broken.by,
            reason: broken.reason,
            at: broken.at,
            reviewBy: broken.reviewBy,
            ...(reviewed ? { finding: reviewed.finding } : {}),
          },
        }
      : {}),
  };
}

function settling(settled: Settled): Partial<Status> {
  const { proposed, last, votes, confirmed, successor, closed } = settled;
  const answers = confirmed ? [...votes, confirmed] : votes;
  const note = answers.find(({ statement }) => statement.choice === 'deny')?.reason;
  return {
    ...(note === undefined ? {} : { reviewerNote: note }),
    ...(successor === undefined ? {} : { successor }),
    ...(closed ? { closedAs: closed.outcome } : {}),
    ...(proposed.drill ? { drill: drillOf(settled) } : {}),
    ...('report' in last ? { outcome: last.report } : {}),
    ...(last.type === 'action.turned-away' ? turnedAway(last) : {}),
    ...(last.type === 'approval.refused' ? { code: last.code, reasons: last.reasons } : {}),
    ...(last.type === 'approval.revoked' && last.reason !== undefined
      ? { reviewerNote: last.reason }
      : {}),
  };
}

const turnedAway = ({
  code,
  because,
  retryAt,
}: Extract<Settled['last'], { type: 'action.turned-away' }>): Partial<Status> => ({
  code,
  retryAt,
  ...(because === undefined ? {} : { because }),
});
