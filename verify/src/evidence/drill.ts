import type { JsonObject } from '../json.ts';
import {
  optionalObjectOf,
  digestOf,
  integerOf,
  Malformed,
  optionalTextOf,
  wordOf,
} from './read.ts';

/** All that may be told of a drill after it was judged (EV-19); no grant, and nothing of another kind. */
const IN_DRILL: readonly string[] = [
  'action.judged',
  'action.joined',
  'action.turned-away',
  'approval.requested',
  'approval.vote-cast',
  'approval.confirmed',
  'approval.vote-refused',
  'approval.escalated',
  'approval.reminded',
  'approval.cancelled',
  'approval.unsatisfiable',
  'approval.drill-ended',
];

/** Whether an event may stand in the stream of a drill, or of an action that is none (EV-19). */
export const mayStand = (type: string, isDrill: boolean): boolean =>
  isDrill ? IN_DRILL.includes(type) : type !== 'approval.drill-ended';

/** Whether a proposal is a drill: `drill` is true, or is not there (EV-19). */
export function readDrill({ drill }: JsonObject): boolean {
  if (drill !== undefined && drill !== true) throw new Malformed('`drill` is not true');
  return drill === true;
}

/** How a drill ended, by whom. */
export type DrillEnd = {
  readonly result: 'caught' | 'missed' | 'unanswered' | 'skipped';
  readonly by: string | undefined;
};

export const readDrillEnd = (event: JsonObject): DrillEnd => ({
  result: wordOf(event, 'result', ['caught', 'missed', 'unanswered', 'skipped']),
  by: optionalTextOf(event, 'by'),
});

const MOST_IN_BATCH = 50;

/** Which requests a vote was given together with (EV-20). */
export function readBatch(vote: JsonObject): void {
  const batch = optionalObjectOf(vote, 'batch');
  if (!batch) return;
  digestOf(batch, 'digest');
  const size = integerOf(batch, 'size');
  if (size < 1 || size > MOST_IN_BATCH)
    throw new Malformed(`\`size\` is not from 1 to ${MOST_IN_BATCH}`);
}
