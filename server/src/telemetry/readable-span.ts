import { SpanKind, SpanStatusCode, TraceFlags, type SpanContext } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { hrTime } from './hr-time.ts';
import type { Span } from './spans.ts';

/** A span in the form OpenTelemetry's exporter takes. Ids and times are given: no tracer of this process made it. */
export function readableSpan(
  span: Span,
  { resource, version }: { readonly resource: Resource; readonly version: string },
): ReadableSpan {
  const { traceId, parentId, start, end } = span;
  const context = contextOf(traceId, span.spanId);
  const attributes = Object.entries(span.attributes).map(
    ([name, value]) => [name, typeof value === 'object' ? [...value] : value] as const,
  );
  return {
    name: span.name,
    kind: SpanKind.INTERNAL,
    spanContext: () => context,
    ...(parentId === undefined ? {} : { parentSpanContext: contextOf(traceId, parentId) }),
    startTime: hrTime(start),
    endTime: hrTime(end),
    duration: hrTime(end - start),
    status: { code: span.isFailed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: Object.fromEntries(attributes),
    links: span.links.map((link) => ({ context: contextOf(link.traceId, link.spanId) })),
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: 'countersign', version },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const contextOf = (traceId: string, spanId: string): SpanContext => ({
  traceId,
  spanId,
  traceFlags: TraceFlags.SAMPLED,
});
