import { isReady, isSettled, NONE, type Approval, type Pending, type Settled } from './approval.ts';
import { isDrill } from './drill.ts';
import { escalatedWith } from './escalation.ts';
import type { ApprovalEvent, GrantTerms } from './event.ts';
import { withFinding, type GlassReviewed } from './glass.ts';

/** State after one more fact. Total; the only place state changes; settled states absorb all but a late closing and a finding. */
export function evolve(approval: Approval, event: ApprovalEvent): Approval {
  if (event.type === 'approval.glass-reviewed') return review(approval, event);
  if (isSettled(approval)) return close(approval, event);
  switch (approval.state) {
    case 'none':
      return event.type === 'action.proposed' ? { state: 'proposed', proposed: event } : approval;
    case 'proposed':
      return event.type === 'action.judged' ? judge(approval.proposed, event) : approval;
    case 'judged':
      return open(approval, event);
    case 'pending':
      return answer(approval, event);
    case 'allowed':
    case 'approved':
      return use(approval, event);
    case 'executing':
      return finish(approval, event);
  }
}

/** The state after all these facts. */
export const replay = (events: readonly ApprovalEvent[]): Approval => events.reduce(evolve, NONE);

type At<S extends Approval['state']> = Extract<Approval, { state: S }>;

function judge(proposed: At<'proposed'>['proposed'], judged: At<'judged'>['judged']): Approval {
  const known = { proposed, judged } as const;
  return judged.judgement.verdict === 'deny'
    ? { ...known, state: 'denied', votes: [], last: judged }
    : { ...known, state: 'judged' };
}

function open(approval: At<'judged'>, event: ApprovalEvent): Approval {
  switch (event.type) {
    case 'approval.requested':
      return { ...approval, state: 'pending', asked: event, votes: [] };
    case 'action.waived':
      return approval.judged.judgement.verdict === 'review' && event.waivers.length > 0
        ? { ...approval, waived: event.waivers }
        : approval;
    case 'grant.issued':
      // INVARIANT: a grant without a request needs policy's own yes, or a waiver of every review; a drill has none, whatever is written
      return (approval.judged.judgement.verdict === 'allow' || approval.waived) &&
        !isDrill(approval)
        ? { ...approval, state: 'allowed', votes: [], grant: event.grant }
        : approval;
    case 'action.turned-away':
      return {
        ...approval,
        state: event.code === 'denied-before' ? 'denied' : 'budget-exhausted',
        votes: [],
        last: event,
      };
    case 'approval.unsatisfiable':
      return { ...approval, state: 'unsatisfiable', votes: [], last: event };
    case 'approval.drill-ended':
      return { ...approval, state: 'cancelled', votes: [], last: event };
    default:
      return approval;
  }
}

function answer(approval: Pending, event: ApprovalEvent): Approval {
  switch (event.type) {
    case 'approval.vote-cast':
      return { ...approval, votes: [...approval.votes, event.vote] };
    case 'approval.confirmed':
      return { ...approval, confirmed: event.vote };
    case 'approval.vote-refused':
      return { ...approval, turnedAway: [...(approval.turnedAway ?? []), event.by] };
    case 'approval.glass-broken':
      return { ...approval, glass: { broken: event } };
    case 'approval.escalated':
      return { ...approval, escalated: escalatedWith(approval, event) };
    case 'approval.reminded':
      return { ...approval, reminded: { times: event.reminder, at: event.at } };
    case 'grant.issued':
      return isDrill(approval) ? approval : toReady(approval, event.grant);
    case 'approval.denied':
    case 'approval.expired':
    case 'approval.cancelled':
    case 'approval.unsatisfiable':
    case 'approval.drill-ended':
      return settle(approval, stateOf[event.type], event);
    case 'approval.superseded':
      return { ...settle(approval, 'superseded', event), successor: event.successor };
    default:
      return approval;
  }
}

function toReady(
  { proposed, judged, asked, votes, confirmed, glass, escalated }: Pending,
  grant: GrantTerms,
): Approval {
  const answers = { votes, ...(confirmed && { confirmed }), ...(escalated && { escalated }) };
  const broken = glass ? { glass } : {};
  return { state: 'approved', proposed, judged, asked, ...answers, ...broken, grant };
}

function use(approval: At<'allowed' | 'approved'>, event: ApprovalEvent): Approval {
  switch (event.type) {
    case 'grant.redeemed':
      return { ...approval, state: 'executing', redeemedBy: event.by, deadline: event.deadline };
    case 'approval.lapsed':
    case 'approval.revoked':
    case 'approval.refused':
    case 'approval.cancelled':
      return settle(approval, stateOf[event.type], event);
    default:
      return approval;
  }
}

function finish(approval: At<'executing'>, event: ApprovalEvent): Approval {
  switch (event.type) {
    case 'action.executed':
    case 'action.failed':
    case 'action.unknown':
      return { ...settle(approval, stateOf[event.type], event), redeemedBy: approval.redeemedBy };
    default:
      return approval;
  }
}

/** What was found afterwards: the only fact that any state takes in, and it changes no state. */
function review(approval: Approval, event: GlassReviewed): Approval {
  if (!('glass' in approval) || !approval.glass) return approval;
  return { ...approval, glass: withFinding(approval.glass, event) };
}

function close(approval: Settled, event: ApprovalEvent): Approval {
  if (approval.state !== 'unknown' || event.type !== 'action.closed' || approval.closed)
    return approval;
  return { ...approval, closed: { by: event.by, outcome: event.outcome, at: event.at } };
}

const stateOf = {
  'approval.denied': 'denied',
  'approval.expired': 'expired',
  'approval.cancelled': 'cancelled',
  'approval.drill-ended': 'cancelled',
  'approval.unsatisfiable': 'unsatisfiable',
  'approval.lapsed': 'lapsed',
  'approval.revoked': 'revoked',
  'approval.refused': 'refused',
  'action.executed': 'executed',
  'action.failed': 'failed',
  'action.unknown': 'unknown',
} as const;

function settle(
  approval: Exclude<Approval, { state: 'none' | 'proposed' }>,
  state: Settled['state'],
  last: ApprovalEvent,
): Settled {
  const { proposed, judged } = approval;
  return {
    state,
    proposed,
    judged,
    votes: 'votes' in approval ? approval.votes : [],
    ...('asked' in approval && approval.asked ? { asked: approval.asked } : {}),
    ...('confirmed' in approval && approval.confirmed ? { confirmed: approval.confirmed } : {}),
    ...('escalated' in approval && approval.escalated ? { escalated: approval.escalated } : {}),
    ...(isReady(approval) || approval.state === 'executing' ? { grant: approval.grant } : {}),
    ...('glass' in approval && approval.glass ? { glass: approval.glass } : {}),
    ...('waived' in approval && approval.waived ? { waived: approval.waived } : {}),
    last,
  };
}
