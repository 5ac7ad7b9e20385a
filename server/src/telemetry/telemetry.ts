import type { LedgerStore } from '@countersign/core';
import type { Telemetry as Settings } from '../config/config.ts';
import type { Figures } from '../figures.ts';
import { followTraces } from '../followers/traces.ts';
import { faultOf, type Log } from '../log.ts';
import type { Troubles } from '../troubles.ts';
import { within } from '../within.ts';
import { readTraceparent } from './ids.ts';
import type { Otlp } from './otlp.ts';
import { createOutbox } from './outbox.ts';
import type { Span } from './spans.ts';

/** Traces and metrics on their way to a collector. Nothing of it is in the path of an action. */
export type Telemetry = {
  /** What a caller sent as `traceparent` with an action it proposed. */
  readonly called: (action: string, traceparent: unknown) => void;
  readonly stop: () => Promise<void>;
};

type TelemetryParts = {
  readonly settings: Settings;
  readonly store: Pick<LedgerStore, 'onAppended' | 'read'>;
  readonly figures: Figures;
  readonly troubles: Troubles;
  readonly log: Log;
  readonly replica: { readonly replica: string; readonly version: string };
};

const NOTHING: Telemetry = { called: () => undefined, stop: () => Promise.resolve() };
const QUEUE = { most: 8_192, batch: 512, everyMs: 1_000 } as const;
/** How long leaving waits for a collector. */
const LEAVE_MS = 3_000;

/** Starts to send where a collector is configured; without one it costs nothing. */
export async function startTelemetry(parts: TelemetryParts): Promise<Telemetry> {
  const { settings, store, figures, replica } = parts;
  const { endpoint, service, intervalMs } = settings;
  if (endpoint === undefined) return NOTHING;
  const { createOtlp } = await import('./otlp.ts');
  const otlp = reported(createOtlp({ endpoint, service, ...replica, now: Date.now }), parts);
  const dropped = (count: number, reason: string): void =>
    figures.count('countersign_spans_dropped_total', { reason }, count);
  const outbox = createOutbox<Span>({
    ...QUEUE,
    send: otlp.sendSpans,
    onSent: (count) => figures.count('countersign_spans_sent_total', {}, count),
    onDropped: dropped,
  });
  const traces = followTraces({
    store,
    out: outbox.add,
    onDropped: (units) => dropped(units, 'behind'),
  });
  const sendMetrics = async (): Promise<void> => otlp.sendMetrics(await figures.families());
  const timer = setInterval(() => void sendMetrics().catch(ignore), intervalMs).unref();
  return {
    called: (action, traceparent) => {
      const caller = readTraceparent(traceparent);
      if (caller) traces.called(action, caller);
    },
    stop: async () => {
      clearInterval(timer);
      await traces.stop();
      await within(LEAVE_MS, async () => {
        await Promise.all([outbox.stop(), sendMetrics()]);
        await otlp.close();
      }).catch(ignore);
    },
  };
}

// `reported` has said it
const ignore = (): void => undefined;

/** The same way out; the first failure and the recovery are told once each. */
function reported(otlp: Otlp, { troubles, log }: Pick<TelemetryParts, 'troubles' | 'log'>): Otlp {
  const told = async (sending: Promise<void>): Promise<void> => {
    try {
      await sending;
      if (troubles.end('telemetry')) log.info('telemetry-recovered');
    } catch (error) {
      if (troubles.begin('telemetry', 'not-sent')) log.warn('telemetry-failed', faultOf(error));
      throw error;
    }
  };
  return {
    ...otlp,
    sendSpans: (spans) => told(otlp.sendSpans(spans)),
    sendMetrics: (families) => told(otlp.sendMetrics(families)),
  };
}
