import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isSettledState } from '@countersign/api';
import { ALERT_KINDS, STATES, type LedgerStore, type State } from '@countersign/core';
import { createMetrics, type Family, type Metrics } from './metrics.ts';
import { metricsText } from './metrics-text.ts';

const COUNTERS = {
  countersign_http_requests_total: 'Requests answered, by route and status.',
  countersign_decisions_total: 'Judgements of policy, by verdict and code.',
  countersign_approvals_decided_total: 'Actions whose wait for people ended, by state.',
  countersign_votes_total: 'Answers of people, by choice and assurance.',
  countersign_votes_refused_total:
    'Answers of people who may not answer, by reason; told once per person and request.',
  countersign_push_total: 'Messages to devices of people, by delivery.',
  countersign_deliveries_total: 'Messages to channels, by channel and what became of them.',
  countersign_reveals_total: 'Masked arguments that people were shown.',
  countersign_alerts_total: 'Alerts about agents, by kind.',
  countersign_actions_settled_total:
    'Actions that came to an end, by state; one closed after `unknown` counts again.',
  countersign_waits_released_total: 'Waits of callers that ended, by reason.',
  countersign_append_refused_total: 'Units the ledger refused, by code.',
  countersign_append_failed_total: 'Units the ledger failed to write, by code.',
  countersign_mcp_calls_total:
    'Calls of tools of MCP servers, by server and what became of them: an outcome, a state, or why it was refused.',
  countersign_postgres_statements_total:
    'Statements that were judged, by database and what became of them: an outcome, a state, or why it was refused.',
  countersign_postgres_repeats_total:
    'Statements that ran once more under a permission of their shape, by database; told when that is over.',
  countersign_spans_sent_total: 'Spans the collector took.',
  countersign_spans_dropped_total: 'Spans that were given up, by reason.',
} as const;

const HISTOGRAMS = {
  countersign_http_duration_seconds: 'Time from request to answer, waits included, by route.',
  countersign_decide_duration_seconds: 'Time policy took to judge.',
  countersign_approval_wait_seconds:
    'Time from proposal to the end of the wait for people, by state.',
  countersign_append_duration_seconds: 'Time until a unit of entries was durable, or refused.',
} as const;

const GAUGES = {
  countersign_ledger_reachable: '1 while the ledger takes entries, else 0.',
  countersign_leases_held: '1 while this replica holds the lease, else 0.',
  countersign_trouble: '1 while something goes wrong that is tried again, by name.',
  countersign_pending_approvals: 'Actions that wait for people; told by one replica.',
  countersign_ledger_entries: 'Entries in the ledger; told by one replica.',
  countersign_channel_up: '1 while messages go through a channel, else 0.',
  countersign_channel_waiting:
    'Requests and notices this replica has not delivered yet, by channel.',
  countersign_waiters: 'Callers that wait for an action.',
  countersign_eventloop_delay_seconds: 'Delay of the event loop since the last look.',
  countersign_policies: 'Policies in force.',
  countersign_engine_recycled: 'Policy engines replaced after a trap.',
  countersign_replica_info: 'Always 1; its labels name version and replica.',
  countersign_mcp_upstream_up:
    '1 while an MCP server answers, else 0; nothing before it was asked.',
  countersign_mcp_upstream_restarts: 'How often an MCP server was started again, by server.',
  countersign_postgres_up: '1 while a database behind the gate is known, else 0.',
  countersign_postgres_connections: 'Connections of clients to a database behind the gate.',
  process_resident_memory_bytes: 'Resident memory.',
  process_start_time_seconds: 'When the process started, in seconds since 1970.',
} as const;

/** From one second to four days. */
const HUMAN_BOUNDS = [
  1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 345_600,
] as const;

/** Every metric of a gateway. */
type Figure = keyof typeof COUNTERS | keyof typeof HISTOGRAMS | keyof typeof GAUGES;
export type Figures = Metrics<Figure> & {
  /** In the text format Prometheus reads (0.0.4). */
  readonly text: () => Promise<string>;
};

/** Metrics of a gateway, with the figures that are read when somebody looks. */
export function createFigures(parts: {
  readonly store: Pick<LedgerStore, 'count' | 'head'>;
  readonly waiters: () => number;
  readonly policies: () => number;
  readonly recycled: () => number;
  /** Whether this replica tells what is the same for all: told by each, sums over replicas would be wrong. */
  readonly isReporter: () => boolean;
  readonly replica: { readonly replica: string; readonly version: string };
}): Figures & { readonly stop: () => void } {
  const { store, isReporter } = parts;
  const metrics = createMetrics<Figure>({
    counters: COUNTERS,
    histograms: HISTOGRAMS,
    gauges: GAUGES,
    bounds: { countersign_approval_wait_seconds: HUMAN_BOUNDS },
  });
  startAtZero(metrics);
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const shared = (name: Figure, read: () => Promise<number>): void =>
    metrics.gauge(name, () => (isReporter() ? read() : undefined));
  shared('countersign_pending_approvals', () => store.count(undefined, ['pending']));
  shared('countersign_ledger_entries', async () => (await store.head()).size);
  metrics.gauge('countersign_waiters', parts.waiters);
  metrics.gauge('countersign_policies', parts.policies);
  metrics.gauge('countersign_engine_recycled', parts.recycled);
  metrics.gauge('countersign_replica_info', () => 1, parts.replica);
  metrics.gauge('process_resident_memory_bytes', () => process.memoryUsage.rss());
  const startedAt = performance.timeOrigin / 1_000;
  metrics.gauge('process_start_time_seconds', () => startedAt);
  for (const quantile of [50, 99])
    metrics.gauge('countersign_eventloop_delay_seconds', () => delay.percentile(quantile) / 1e9, {
      quantile: String(quantile / 100),
    });
  const families = async (): Promise<readonly Family[]> => {
    const told = await metrics.families();
    delay.reset();
    return told;
  };
  return {
    ...metrics,
    families,
    text: async () => metricsText(await families()),
    stop: () => void delay.disable(),
  };
}

/** A series that begins with its first count hides that count from `increase()`: those that alerts ask for begin at 0. */
function startAtZero({ count }: Pick<Figures, 'count'>): void {
  const ends = STATES.filter(isSettledState);
  for (const state of ends) count('countersign_actions_settled_total', { state }, 0);
  for (const state of ['approved', ...ends.filter((one) => WAITED.has(one))])
    count('countersign_approvals_decided_total', { state }, 0);
  for (const code of ['unreachable', 'store-failed', 'disk-full'])
    count('countersign_append_failed_total', { code }, 0);
  for (const kind of ALERT_KINDS) count('countersign_alerts_total', { kind }, 0);
  count('countersign_reveals_total', {}, 0);
  for (const delivery of ['sent', 'gone', 'again', 'refused'])
    count('countersign_push_total', { delivery }, 0);
  for (const because of ['excluded', 'inactive-person'])
    count('countersign_votes_refused_total', { because }, 0);
  for (const reason of ['full', 'refused', 'behind'])
    count('countersign_spans_dropped_total', { reason }, 0);
}

/** How a wait for people may end, besides with a yes. */
const WAITED = new Set<State>(['denied', 'expired', 'cancelled', 'unsatisfiable', 'superseded']);
