import { isSettledState } from '@countersign/api';
import { evolve, replay, type Approval, type ApprovalEvent } from '@countersign/core';
import { spanIdOf, traceIdOf, type SpanRef } from './ids.ts';

/** One span: a stretch of an action's life. Times are those of the ledger, in milliseconds. */
export type Span = SpanRef & {
  readonly name: string;
  readonly parentId?: string;
  readonly start: number;
  readonly end: number;
  readonly isFailed?: boolean;
  /** R9: ids, types, codes, states and digests; nothing an agent or a person wrote. */
  readonly attributes: Readonly<Record<string, string | number | readonly string[]>>;
  readonly links: readonly SpanRef[];
};

/** Events of one action from its first on; those from `from` on are new. */
export type Stretch = {
  readonly action: string;
  readonly events: readonly ApprovalEvent[];
  readonly from: number;
  /** The span its agent was in, if it said so. */
  readonly caller?: SpanRef | undefined;
};

/** The spans that the new events end. A span is told once, when it ends, by whoever wrote its end. */
export function spansOf({ action, events, from, caller }: Stretch): readonly Span[] {
  const spans: Span[] = [];
  let before = replay(events.slice(0, from));
  for (const [i, event] of events.slice(from).entries()) {
    const after = evolve(before, event);
    const n = from + i + 1;
    spans.push(...ended({ action, n, event, before, after, times: events.slice(0, n), caller }));
    before = after;
  }
  return spans;
}

type Step = Pick<Stretch, 'action' | 'caller'> & {
  readonly event: ApprovalEvent;
  /** Its version in the stream. */
  readonly n: number;
  readonly before: Approval;
  readonly after: Approval;
  readonly times: readonly ApprovalEvent[];
};

function ended(step: Step): readonly Span[] {
  const { before, after } = step;
  return [
    ...judged(step),
    ...voted(step),
    ...(before.state === 'pending' && after.state !== 'pending' ? [waited(step)] : []),
    ...(before.state === 'executing' && after.state !== 'executing' ? [executed(step)] : []),
    ...(isOver(after) && !isOver(before) ? [lived(step)] : []),
    ...closed(step),
  ];
}

function judged({ action, event, after, caller }: Step): readonly Span[] {
  if (event.type !== 'action.judged' || after.state === 'none') return [];
  const { judgement } = event;
  const attributes = {
    'countersign.policy.engine': judgement.engine,
    'countersign.policy.matched': [
      ...judgement.matched.forbid,
      ...judgement.matched.review,
      ...judgement.matched.permit,
    ],
  };
  const { at } = after.proposed;
  const span = spanOf(action, 'judge', { start: at, end: event.at, after, attributes });
  return [{ ...span, links: caller ? [caller] : [] }];
}

function voted({ action, event, n, after }: Step): readonly Span[] {
  if (event.type !== 'approval.vote-cast' && event.type !== 'approval.confirmed') return [];
  const { statement, assurance, channel } = event.vote;
  const attributes = {
    'countersign.vote.choice': statement.choice,
    'countersign.vote.assurance': assurance,
    'countersign.vote.channel': channel,
  };
  const name = event.type === 'approval.confirmed' ? 'confirm' : 'vote';
  const span = spanOf(action, name, { start: event.at, end: event.at, after, attributes });
  return [
    { ...span, spanId: spanIdOf(action, `${name}.${n}`), parentId: spanIdOf(action, 'waiting') },
  ];
}

const waited = ({ action, event, after, times }: Step): Span =>
  spanOf(action, 'waiting', { start: timeOf(times, 'approval.requested'), end: event.at, after });

const executed = ({ action, event, after, times }: Step): Span => ({
  ...spanOf(action, 'execution', { start: timeOf(times, 'grant.redeemed'), end: event.at, after }),
  ...failing(after.state),
});

function lived({ action, event, after }: Step): Span {
  const { parentId: _, ...span } = spanOf(action, 'action', {
    start: 'proposed' in after ? after.proposed.at : event.at,
    end: event.at,
    after,
  });
  const follows = 'proposed' in after ? after.proposed.follows : undefined;
  return {
    ...span,
    ...failing(after.state),
    links: follows === undefined ? [] : [rootOf(follows)],
  };
}

const closed = ({ action, event, after }: Step): readonly Span[] =>
  event.type === 'action.closed'
    ? [spanOf(action, 'close', { start: event.at, end: event.at, after })]
    : [];

const rootOf = (action: string): SpanRef => ({
  traceId: traceIdOf(action),
  spanId: spanIdOf(action, 'action'),
});

const isOver = ({ state }: Approval): boolean =>
  state !== 'none' && state !== 'proposed' && state !== 'judged' && isSettledState(state);

const failing = (state: string): { readonly isFailed?: true } =>
  state === 'failed' || state === 'unknown' ? { isFailed: true } : {};

const timeOf = (times: readonly ApprovalEvent[], type: ApprovalEvent['type']): number =>
  times.findLast((event) => event.type === type)?.at ?? times.at(-1)?.at ?? 0;

function spanOf(
  action: string,
  name: string,
  more: Pick<Span, 'start' | 'end'> & {
    readonly after: Approval;
    readonly attributes?: Span['attributes'];
  },
): Span {
  const { start, end, after, attributes = {} } = more;
  const { traceId, spanId: parentId } = rootOf(action);
  return {
    traceId,
    spanId: spanIdOf(action, name),
    parentId,
    name,
    start,
    // clocks of replicas differ; a span never ends before it began
    end: Math.max(start, end),
    attributes: { ...identityOf(action, after), ...attributes },
    links: [],
  };
}

/** What every span of an action says of it. Never arguments, claims, reasons or people (R9). */
function identityOf(action: string, after: Approval): Span['attributes'] {
  const proposed = 'proposed' in after ? after.proposed : undefined;
  const judgement = 'judged' in after ? after.judged.judgement : undefined;
  const asked = 'asked' in after ? after.asked : undefined;
  return {
    'countersign.action.id': action,
    'countersign.action.state': after.state,
    ...(proposed && {
      'countersign.action.type': proposed.actionType,
      'countersign.action.digest': proposed.digest,
      'countersign.resource.type': proposed.resource.type,
      'countersign.resource.id': proposed.resource.id,
      'countersign.agent.id': proposed.lineage.agent,
      'countersign.gate': proposed.gate,
    }),
    ...(judgement && {
      'countersign.verdict': judgement.verdict,
      'countersign.code': judgement.code,
      'countersign.policy.digest': judgement.policyDigest,
    }),
    ...(asked && { 'countersign.approval.id': asked.approvalId }),
  };
}
