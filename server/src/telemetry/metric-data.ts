import type { Resource } from '@opentelemetry/resources';
import { ValueType, type HrTime } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  type DataPoint,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { Distribution, Family, Labels } from '../metrics.ts';
import { hrTime } from './hr-time.ts';

/** The figures of now in the form OpenTelemetry's exporter takes: the same ones Prometheus reads. */
export function resourceMetrics(
  families: readonly Family[],
  around: { readonly resource: Resource; readonly version: string; readonly now: number },
): ResourceMetrics {
  const times = { startTime: hrTime(performance.timeOrigin), endTime: hrTime(around.now) };
  const metrics = families.map((family) => metricData(family, times));
  const scope = { name: 'countersign', version: around.version };
  return {
    resource: around.resource,
    scopeMetrics: [{ scope, metrics: metrics.filter(({ dataPoints }) => dataPoints.length > 0) }],
  };
}

type Times = { readonly startTime: HrTime; readonly endTime: HrTime };

function metricData(family: Family, times: Times): MetricData {
  const { name, help, type } = family;
  const unit = name.endsWith('_seconds') ? 's' : name.endsWith('_bytes') ? 'By' : '1';
  const base = {
    descriptor: { name, description: help, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  if (type === 'histogram')
    return {
      ...base,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: family.samples.map((one) => ({
        ...point(one.labels, times),
        value: distribution(family.bounds, one),
      })),
    };
  const dataPoints = family.samples
    .filter(({ value }) => Number.isFinite(value))
    .map(({ labels, value }) => ({ ...point(labels, times), value }));
  return type === 'counter'
    ? { ...base, dataPointType: DataPointType.SUM, dataPoints, isMonotonic: true }
    : { ...base, dataPointType: DataPointType.GAUGE, dataPoints };
}

const point = (labels: Labels, times: Times): Omit<DataPoint<never>, 'value'> => ({
  ...times,
  attributes: { ...labels },
});

const distribution = (bounds: readonly number[], { buckets, sum, count }: Distribution) => ({
  buckets: { boundaries: [...bounds], counts: [...buckets] },
  sum,
  count,
});
