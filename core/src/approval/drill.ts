import { err, ok } from '../result.ts';
import type { Approval, Settled } from './approval.ts';
import type { Decided } from './command.ts';
import type { ApprovalEvent, DrillResult, EventType } from './event.ts';

/** Whether an action is a drill: a harmless request, asked of people to see that they read, and never run. */
export const isDrill = (approval: Approval): boolean =>
  'proposed' in approval && approval.proposed.drill === true;

// INVARIANT: closed on purpose. What is not listed is never told of a drill, so nothing thought of later can let one run
const PASSES: ReadonlySet<EventType> = new Set([
  'action.proposed',
  'action.judged',
  'action.joined',
  'action.turned-away',
  'action.revealed',
  'approval.requested',
  'approval.vote-cast',
  'approval.confirmed',
  'approval.vote-refused',
  'approval.cancelled',
  'approval.unsatisfiable',
  'approval.escalated',
  'approval.reminded',
  'approval.drill-ended',
]);

/**
 * What may be appended to a drill of what would be appended to a real action (EV-19): where a real one would be approved,
 * denied, edited or expired the drill is over, with what came of it. It is refused where nothing of that is meant.
 */
export function asDrill(events: readonly ApprovalEvent[]): Decided {
  const at = events.findIndex(({ type }) => !PASSES.has(type));
  const concluding = events[at];
  if (!concluding) return ok(events);
  const kept = events.slice(0, at);
  const ended = endOf(concluding, kept);
  return ended ? ok([...kept, ended]) : err('not-pending');
}

type Ended = Extract<ApprovalEvent, { type: 'approval.drill-ended' }>;

function endOf(event: ApprovalEvent, kept: readonly ApprovalEvent[]): Ended | undefined {
  const ended = (result: DrillResult, by?: string): Ended => ({
    type: 'approval.drill-ended',
    at: event.at,
    result,
    ...(by === undefined ? {} : { by }),
  });
  switch (event.type) {
    case 'approval.approved':
      return ended('missed', answererIn(kept));
    case 'approval.denied':
    case 'approval.superseded':
      return ended('caught', event.by);
    case 'approval.expired':
      return ended('unanswered');
    case 'grant.issued':
      return ended('skipped'); // nobody was to be asked
    default:
      return undefined;
  }
}

/** Whose answer was the last that was needed. */
function answererIn(events: readonly ApprovalEvent[]): string | undefined {
  const last = events.at(-1);
  return last && 'vote' in last ? last.vote.statement.person : undefined;
}

/** What came of a drill, once it is over; `withdrawn` where it was asked and something else ended it. */
export function drillOf({ asked, last }: Settled): DrillResult | 'withdrawn' {
  if (last.type === 'approval.drill-ended') return last.result;
  return asked ? 'withdrawn' : 'skipped';
}

/** How a drill's life begins: as any action's, but where nobody was asked it is over. */
export function openingOfDrill(events: readonly ApprovalEvent[]): readonly ApprovalEvent[] {
  const opened = asDrill(events);
  if (opened.ok) return opened.value;
  const kept = events.filter(({ type }) => PASSES.has(type));
  const at = events.at(-1)?.at;
  return at === undefined
    ? kept
    : [...kept, { type: 'approval.drill-ended', at, result: 'skipped' }];
}
