import type { TimelineItem } from '@countersign/api';
import { toIso, type ApprovalEvent, type Report, type Vote } from '@countersign/core';

/** What an entry says: who did it, if anybody did, the rest of the sentence, and what somebody wrote about it. */
type Words = {
  readonly by?: string;
  readonly text: string;
  /** Written by somebody: masked and made visible when it was recorded. */
  readonly quote?: string | undefined;
  /** The sentence without what an agent may have named, where there is such in it. */
  readonly inert?: string;
};

/** Makes hostile text readable: masked, with nothing hidden in it. */
type Clean = (text: string) => string;

/** Every entry of an action in words. What others wrote is in them as it was masked when it was recorded. */
export const timelineOf = (
  events: readonly ApprovalEvent[],
  clean: Clean,
): readonly TimelineItem[] =>
  events.map((event) => ({
    at: toIso(event.at),
    type: event.type,
    ...itemOf(wordsOf(event, clean)),
  }));

const itemOf = ({ by, text, quote }: Words): Pick<TimelineItem, 'by' | 'text'> => ({
  ...(by === undefined ? {} : { by }),
  text: text + saying(quote),
});

const turnedAway = (event: Extract<ApprovalEvent, { type: 'action.turned-away' }>): string =>
  event.because === undefined ? event.code : `${event.code}, ${event.because}`;

/** One entry in words. */
export function wordsOf(event: ApprovalEvent, clean: Clean): Words {
  switch (event.type) {
    case 'action.proposed':
      return proposed(event);
    case 'action.judged':
      return judged(event);
    case 'action.joined':
      return { by: event.by, text: 'proposed the same again and waits too' };
    case 'action.turned-away':
      return { text: `was turned away (${turnedAway(event)}) until ${toIso(event.retryAt)}` };
    case 'action.revealed':
      return {
        by: event.by,
        text: `was shown ${event.path === '' ? 'all arguments' : clean(event.path)}`,
        inert: `was shown ${event.path === '' ? 'all arguments' : 'one argument'}`,
        quote: event.reason,
      };
    case 'action.executed':
    case 'action.failed':
      return { by: event.by, text: outcome(event.report), quote: event.report.summary };
    case 'action.unknown':
      return { text: `nobody knows what happened: ${event.because}` };
    case 'action.closed':
      return { by: event.by, text: `closed it as ${event.outcome}`, quote: event.note };
    case 'grant.issued':
      return { text: `may be run by ${event.grant.audience} until ${toIso(event.grant.useBy)}` };
    case 'action.waived':
      return { text: `waived by ${event.waivers.map(waiverUse).join(', ')}: nobody was asked` };
    case 'grant.redeemed':
      return { by: event.by, text: `began to run it; due by ${toIso(event.deadline)}` };
    default:
      return answered(event);
  }
}

type Of<T extends ApprovalEvent['type']> = Extract<ApprovalEvent, { readonly type: T }>;

const proposed = ({ lineage, follows }: Of<'action.proposed'>): Words => ({
  by: lineage.agent,
  text: [
    `proposed it, owned by ${lineage.owner}`,
    ...(lineage.onBehalfOf === undefined ? [] : [`for ${lineage.onBehalfOf}`]),
    ...(lineage.editors.length === 0
      ? []
      : [`with arguments edited by ${lineage.editors.join(', ')}`]),
    ...(follows === undefined ? [] : [`in place of ${follows}`]),
  ].join(', '),
});

function judged({ judgement: { verdict, reasons } }: Of<'action.judged'>): Words {
  const verb = {
    allow: 'policy allowed it',
    deny: 'policy denied it',
    review: 'policy asks people',
  };
  return { text: verb[verdict] + saying(reasons.join('; ')) };
}

type Answering = Exclude<
  ApprovalEvent,
  { readonly type: `action.${string}` } | { readonly type: `grant.${string}` }
>;

function answered(event: Answering): Words {
  switch (event.type) {
    case 'approval.requested':
      return { text: `asked ${event.requirements.map(demand).join(' and ')}` };
    case 'approval.vote-cast':
      return vote(event.vote, 'approved', 'denied');
    case 'approval.confirmed':
      return vote(event.vote, 'confirmed', 'said no');
    case 'approval.vote-refused':
      return {
        by: event.by,
        text: `tried to ${event.choice} it and was refused (${event.because}, ${event.channel})`,
      };
    case 'approval.approved':
      return { text: 'everything that was asked for is met' };
    case 'approval.denied':
      return { text: 'it is denied' };
    case 'approval.expired':
      return { text: 'nobody decided in time' };
    case 'approval.cancelled':
      return { by: event.by, text: 'withdrew it' };
    case 'approval.unsatisfiable':
      return { text: `nobody is left who could meet ${event.missing.join(', ')}` };
    case 'approval.superseded':
      return { by: event.by, text: `edited the arguments: ${event.successor} takes its place` };
    case 'approval.escalated':
      return { text: `escalated to ${event.groups.join(' and ')} (${event.policies.join(', ')})` };
    case 'approval.reminded':
      return { text: 'reminded those who are asked' };
    case 'approval.lapsed':
      return { text: 'the approval was not used in time' };
    case 'approval.revoked':
      return { by: event.by, text: 'took the approval back', quote: event.reason };
    case 'approval.drill-ended':
      return { text: `this was a drill: ${DRILL_ENDS[event.result]}` };
    case 'approval.refused':
      return { text: `policy refused it when it was to run${saying(event.reasons.join('; '))}` };
    case 'approval.glass-broken':
      return { by: event.by, text: glassBroken(event), quote: event.reason };
    case 'approval.glass-reviewed':
      return {
        by: event.by,
        text: `reviewed the broken glass: ${event.finding === 'justified' ? 'justified' : 'not justified'}`,
        quote: event.note,
      };
  }
}

const waiverUse = ({ id, use, uses }: Of<'action.waived'>['waivers'][number]): string =>
  `${id} (use ${use} of ${uses})`;

const glassBroken = (event: Of<'approval.glass-broken'>): string =>
  `broke the glass and went ahead without ${event.skipped.map(({ groups }) => groups.join(' or ')).join(' and ')} (${event.channel}, ${event.assurance}); to be reviewed by ${toIso(event.reviewBy)}`;

const DRILL_ENDS = {
  caught: 'it was caught, and nothing would have run',
  missed: 'it was approved, and nothing was run',
  unanswered: 'nobody decided in time',
  skipped: 'policy asked nobody',
} as const satisfies Record<Of<'approval.drill-ended'>['result'], string>;

const demand = ({
  kind,
  quorum,
  groups,
  assurance,
}: Of<'approval.requested'>['requirements'][number]): string =>
  kind === 'confirm'
    ? `the person the agent acts for (${assurance})`
    : `${quorum} of ${groups.join(' or ')} (${assurance})`;

const vote = (
  { statement, channel, assurance, reason, standsFor, batch }: Vote,
  yes: string,
  no: string,
): Words => ({
  by: statement.person,
  text: `${statement.choice === 'approve' ? yes : no} it${sittingFor(standsFor)} (${channel}, ${assurance}${batch ? `, one of ${batch.size} at once` : ''})`,
  quote: reason,
});

const sittingFor = (seats: Vote['standsFor'] = []): string =>
  seats.length === 0 ? '' : ` for ${seats.map(({ human }) => human).join(', ')}`;

const outcome = ({ outcome: how, exitCode, repeats }: Report): string =>
  `reported it ${how}${exitCode === undefined ? '' : `, exit code ${exitCode}`}${again(repeats)}`;

const again = (repeats: number | undefined): string =>
  repeats === undefined
    ? ''
    : `; it ran ${repeats} more time${repeats === 1 ? '' : 's'} under the same permission`;

const saying = (words: string | undefined): string =>
  words === undefined || words === '' ? '' : `: ${words}`;
