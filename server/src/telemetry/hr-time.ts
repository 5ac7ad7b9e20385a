import type { HrTime } from '@opentelemetry/api';

/** Milliseconds in OpenTelemetry's form: whole seconds, and nanoseconds of the rest. */
export const hrTime = (ms: number): HrTime => [
  Math.floor(ms / 1_000),
  Math.round((ms % 1_000) * 1e6),
];
