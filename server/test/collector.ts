// A stand-in for an OpenTelemetry collector: takes OTLP/HTTP in JSON, and nothing that deviates from it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

type Read<T> = (value: unknown, at: string) => T;

const fail = (at: string, want: string): never => {
  throw new TypeError(`${at} is not ${want}`);
};
const textOf =
  (form: RegExp): Read<string> =>
  (value, at) =>
    typeof value === 'string' && form.test(value) ? value : fail(at, String(form));
const text = textOf(/^/);
const number: Read<number> = (value, at) =>
  typeof value === 'number' && Number.isFinite(value) ? value : fail(at, 'a number');
const flag: Read<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : fail(at, 'true or false');
const list =
  <T>(item: Read<T>): Read<readonly T[]> =>
  (value, at) =>
    Array.isArray(value) ? value.map((one, i) => item(one, `${at}[${i}]`)) : fail(at, 'a list');
/** A closed record; members whose names end in `?` may be missing. */
function record<T>(members: Readonly<Record<string, Read<unknown>>>): Read<T> {
  return (value, at) => {
    if (typeof value !== 'object' || value === null) return fail(at, 'a record');
    const given = value as Record<string, unknown>;
    const names = Object.keys(members).map((name) => name.replace('?', ''));
    for (const name of Object.keys(given))
      if (!names.includes(name)) fail(`${at}.${name}`, `known (${names.join(', ')})`);
    const out: Record<string, unknown> = {};
    for (const [name, read] of Object.entries(members)) {
      const plain = name.replace('?', '');
      if (given[plain] === undefined && name.endsWith('?')) continue;
      out[plain] = read(given[plain], `${at}.${plain}`);
    }
    return out as T;
  };
}

/** One of the forms of AnyValue that we send. */
const anyValue: Read<unknown> = (value, at) => {
  const [[kind, inner] = ['', undefined], ...rest] = Object.entries(value ?? {});
  if (rest.length > 0) fail(at, 'one value');
  if (kind === 'stringValue') return text(inner, at);
  if (kind === 'intValue') return number(inner, at);
  if (kind === 'doubleValue') return number(inner, at);
  if (kind === 'boolValue') return flag(inner, at);
  if (kind !== 'arrayValue') return fail(at, 'a value');
  return record<{ values: unknown[] }>({ values: list(anyValue) })(inner, at).values;
};
const attributes: Read<Readonly<Record<string, unknown>>> = (value, at) =>
  Object.fromEntries(
    list(record<{ key: string; value: unknown }>({ key: text, value: anyValue }))(value, at).map(
      ({ key, value: one }) => [key, one],
    ),
  );
const resource = record<{ attributes: Readonly<Record<string, unknown>> }>({
  attributes,
  droppedAttributesCount: number,
});
const scope = record<{ name: string }>({ name: text, version: text });

const TRACE = textOf(/^(?!0{32})[0-9a-f]{32}$/);
const SPAN = textOf(/^(?!0{16})[0-9a-f]{16}$/);
const NANOS = textOf(/^\d{19}$/);

/** A span as it arrived. */
export type ReceivedSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code: number };
};
const span = record<ReceivedSpan>({
  traceId: TRACE,
  spanId: SPAN,
  'traceState?': text,
  'parentSpanId?': SPAN,
  name: text,
  kind: number,
  startTimeUnixNano: NANOS,
  endTimeUnixNano: NANOS,
  attributes,
  droppedAttributesCount: number,
  events: list((_, at) => fail(at, 'sent by us')),
  droppedEventsCount: number,
  status: record({ code: number }),
  links: list(
    record({
      attributes,
      traceId: TRACE,
      spanId: SPAN,
      droppedAttributesCount: number,
      flags: number,
    }),
  ),
  droppedLinksCount: number,
  flags: number,
});
type Traces = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Readonly<Record<string, unknown>> };
    readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[];
  }[];
};
const traces = record<Traces>({
  resourceSpans: list(
    record({
      resource,
      scopeSpans: list(record({ scope, spans: list(span) })),
      'schemaUrl?': text,
    }),
  ),
});

const NUMBER_POINT = {
  attributes,
  startTimeUnixNano: NANOS,
  timeUnixNano: NANOS,
};
const numberPoints = list(record({ ...NUMBER_POINT, asDouble: number }));
const histogramPoints = list(
  record({
    ...NUMBER_POINT,
    bucketCounts: list(number),
    explicitBounds: list(number),
    count: number,
    sum: number,
  }),
);
/** A metric as it arrived. */
type ReceivedMetric = {
  readonly name: string;
  readonly sum?: Points<{ readonly asDouble: number }>;
  readonly gauge?: Points<{ readonly asDouble: number }>;
  readonly histogram?: Points<{ readonly count: number; readonly bucketCounts: readonly number[] }>;
};
type Points<T> = {
  readonly dataPoints: readonly ({ readonly attributes: Readonly<Record<string, unknown>> } & T)[];
};
const metric = record<ReceivedMetric>({
  name: text,
  description: text,
  unit: textOf(/^(?:s|By|1)$/),
  'sum?': record({ aggregationTemporality: number, isMonotonic: flag, dataPoints: numberPoints }),
  'gauge?': record({ dataPoints: numberPoints }),
  'histogram?': record({ aggregationTemporality: number, dataPoints: histogramPoints }),
});
type Metrics = {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: Readonly<Record<string, unknown>> };
    readonly scopeMetrics: readonly { readonly metrics: readonly ReceivedMetric[] }[];
  }[];
};
const metrics = record<Metrics>({
  resourceMetrics: list(
    record({
      resource,
      scopeMetrics: list(record({ scope, metrics: list(metric) })),
      'schemaUrl?': text,
    }),
  ),
});

/** A collector on a port of this machine. */
export type Collector = {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  readonly metrics: Map<string, ReceivedMetric>;
  readonly resources: Readonly<Record<string, unknown>>[];
  /** Everything as it came. */
  readonly raw: () => string;
  /** What was not as it must be. */
  readonly misfits: string[];
  /** How it answers: takes everything, refuses everything, or says nothing. */
  mode: 'takes' | 'refuses' | 'hangs';
  readonly close: () => Promise<void>;
};

/** Starts a collector. */
export async function startCollector(port = 0): Promise<Collector> {
  let raw = '';
  const collector = {
    spans: [] as ReceivedSpan[],
    metrics: new Map<string, ReceivedMetric>(),
    resources: [] as Readonly<Record<string, unknown>>[],
    misfits: [] as string[],
    mode: 'takes' as Collector['mode'],
  };
  function take(path: string | undefined, body: string): void {
    raw += body;
    const value: unknown = JSON.parse(body);
    if (path === '/v1/traces')
      for (const one of traces(value, '$').resourceSpans) {
        collector.resources.push(one.resource.attributes);
        collector.spans.push(...one.scopeSpans.flatMap(({ spans }) => spans));
      }
    else if (path === '/v1/metrics')
      for (const one of metrics(value, '$').resourceMetrics) {
        collector.resources.push(one.resource.attributes);
        for (const each of one.scopeMetrics.flatMap(({ metrics: all }) => all))
          collector.metrics.set(each.name, each);
      }
    else throw new TypeError(`${path} is no path of OTLP`);
  }
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    if (collector.mode === 'hangs') return;
    if (collector.mode === 'refuses') return void response.writeHead(400).end();
    try {
      if (request.method !== 'POST' || request.headers['content-type'] !== 'application/json')
        throw new TypeError(`${request.method} of ${request.headers['content-type']}`);
      take(request.url, body);
    } catch (error) {
      collector.misfits.push(String(error));
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  return Object.assign(collector, {
    url,
    raw: () => raw,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
