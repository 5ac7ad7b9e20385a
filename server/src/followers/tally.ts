import { isSettledState } from '@countersign/api';
import {
  ALERTS,
  alertsOf,
  decodeEntry,
  STATES,
  type LedgerStore,
  type Unit,
} from '@countersign/core';
import type { Figures } from '../figures.ts';

/** Counts what this replica wrote: each entry is counted by exactly one replica, so figures may be added up. */
export function followTally(
  store: Pick<LedgerStore, 'onAppended'>,
  figures: Pick<Figures, 'count' | 'observe'>,
): () => void {
  return store.onAppended(({ unit }) => {
    if (!unit) return;
    countAnswers(unit, figures);
    countStates(unit, figures);
    if (unit.stream === ALERTS) countAlerts(unit, figures);
  });
}

function countStates(
  { standing, releases = [], entries }: Unit,
  { count, observe }: Pick<Figures, 'count' | 'observe'>,
): void {
  const state = STATES.find((one) => one === standing?.state);
  if (!standing || state === undefined) return;
  if (isSettledState(state)) count('countersign_actions_settled_total', { state });
  // an open action's claim is released by the unit that ends the wait for people
  const last = entries.at(-1);
  if (releases.length === 0 || last === undefined) return;
  count('countersign_approvals_decided_total', { state });
  const { at } = decodeEntry({ entry: last });
  observe('countersign_approval_wait_seconds', Math.max(0, at - standing.createdAt) / 1_000, {
    state,
  });
}

function countAlerts({ entries }: Unit, { count }: Pick<Figures, 'count'>): void {
  for (const { kind } of alertsOf(entries.map((entry) => ({ entry }))))
    count('countersign_alerts_total', { kind });
}

// within canonical JSON only a member of ours reads like this: quotes in a text are escaped
const COUNTED = /"type":"(?:approval\.(?:vote-cast|confirmed|vote-refused)|action\.revealed)"/;

function countAnswers({ entries }: Unit, { count }: Pick<Figures, 'count'>): void {
  for (const entry of entries) {
    if (!COUNTED.test(entry)) continue; // parsing every entry would cost more than all other counting
    const event = decodeEntry({ entry });
    if (event.type === 'approval.vote-refused')
      count('countersign_votes_refused_total', { because: event.because });
    if (event.type === 'action.revealed') count('countersign_reveals_total');
    if (event.type !== 'approval.vote-cast' && event.type !== 'approval.confirmed') continue;
    const { assurance, statement } = event.vote;
    count('countersign_votes_total', { choice: statement.choice, assurance });
  }
}
