// With what it imports the only part that loads OpenTelemetry; itself loaded only where a collector is configured.
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { Family } from '../metrics.ts';
import { resourceMetrics } from './metric-data.ts';
import { readableSpan } from './readable-span.ts';
import type { Span } from './spans.ts';

/** Sends to a collector. Rejects when it was not taken, after trying again for a while. */
export type Otlp = {
  readonly sendSpans: (spans: readonly Span[]) => Promise<void>;
  readonly sendMetrics: (families: readonly Family[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** How long one sending may take, further tries included. */
const SEND_MS = 5_000;

/** Opens nothing yet: connections are made when there is something to send. */
export function createOtlp(parts: {
  readonly endpoint: string;
  readonly service: string;
  readonly replica: string;
  readonly version: string;
  readonly now: () => number;
}): Otlp {
  const { endpoint, version, now } = parts;
  const resource = resourceFromAttributes({
    'service.name': parts.service,
    'service.version': version,
    'service.instance.id': parts.replica,
  });
  const to = (path: string) => ({ url: `${endpoint}${path}`, timeoutMillis: SEND_MS });
  const traces = new OTLPTraceExporter(to('/v1/traces'));
  const metrics = new OTLPMetricExporter(to('/v1/metrics'));
  return {
    sendSpans: (spans) =>
      sent((done) =>
        traces.export(
          spans.map((span) => readableSpan(span, { resource, version })),
          done,
        ),
      ),
    sendMetrics: (families) =>
      sent((done) =>
        metrics.export(resourceMetrics(families, { resource, version, now: now() }), done),
      ),
    close: async () => {
      await Promise.all([traces.shutdown(), metrics.shutdown()]);
    },
  };
}

const sent = (start: (done: (result: ExportResult) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    start(({ code, error }) => {
      if (code === ExportResultCode.SUCCESS) resolve();
      else reject(error ?? new Error('the collector did not take it'));
    });
  });
