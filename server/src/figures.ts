import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Judge, LedgerStore } from '@countersign/core';
import { createMetrics, type Metrics } from './metrics.ts';

const HELP = {
  countersign_http_requests_total: 'Requests answered, by route and status.',
  countersign_http_duration_seconds: 'Time from request to answer, waits included, by route.',
  countersign_decisions_total: 'Judgements of policy, by verdict and code.',
  countersign_decide_duration_seconds: 'Time policy took to judge.',
  countersign_pending_approvals: 'Actions that wait for people.',
  countersign_waiters: 'Callers that wait for an action.',
  countersign_ledger_entries: 'Entries in the ledger.',
  countersign_eventloop_delay_seconds: 'Delay of the event loop since the last look.',
  countersign_policies: 'Policies in force.',
  countersign_engine_recycled: 'Policy engines replaced after a trap.',
  process_resident_memory_bytes: 'Resident memory.',
} as const;

/** Metrics of a gateway, with the figures that are read when somebody looks. */
export function createFigures(parts: {
  readonly store: Pick<LedgerStore, 'count' | 'head'>;
  readonly waiters: () => number;
  readonly policies: () => number;
  readonly recycled: () => number;
}): Metrics & { readonly stop: () => void } {
  const metrics = createMetrics(HELP);
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  metrics.gauge('countersign_pending_approvals', () => parts.store.count(undefined, ['pending']));
  metrics.gauge('countersign_waiters', parts.waiters);
  metrics.gauge('countersign_ledger_entries', async () => (await parts.store.head()).size);
  metrics.gauge('countersign_policies', parts.policies);
  metrics.gauge('countersign_engine_recycled', parts.recycled);
  metrics.gauge('process_resident_memory_bytes', () => process.memoryUsage.rss());
  for (const quantile of [50, 99])
    metrics.gauge('countersign_eventloop_delay_seconds', () => delay.percentile(quantile) / 1e9, {
      quantile: String(quantile / 100),
    });
  return {
    ...metrics,
    text: async () => {
      const text = await metrics.text();
      delay.reset();
      return text;
    },
    stop: () => void delay.disable(),
  };
}

/** The same judge, timed and counted. */
export const measured = (judge: Judge, metrics: Pick<Metrics, 'count' | 'observe'>): Judge => ({
  judge: async (question) => {
    const began = performance.now();
    const judgement = await judge.judge(question);
    const { verdict, code } = judgement;
    metrics.observe('countersign_decide_duration_seconds', (performance.now() - began) / 1_000);
    metrics.count('countersign_decisions_total', { verdict, code });
    return judgement;
  },
});
