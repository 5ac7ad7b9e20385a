/** What an upstream may cost us. Each bound ends one request, never the upstream. */
export type Limits = {
  /** Largest single message, in bytes. */
  readonly answerBytes: number;
  /** Messages before the answer of one request. */
  readonly events: number;
  /** Longest silence of a request, in milliseconds. */
  readonly idleMs: number;
  /** Longest life of a request, however lively; a `listen` has none. */
  readonly totalMs: number;
  readonly connectMs: number;
  /** Requests under way at a time. */
  readonly inFlight: number;
};

/** Bounds for whoever sets none. */
export const LIMITS: Limits = {
  answerBytes: 16 * 1024 * 1024,
  events: 10_000,
  idleMs: 300_000,
  totalMs: 3_600_000,
  connectMs: 10_000,
  inFlight: 1_000,
};

/** What the messages before an answer may weigh together, as a multiple of the largest one. */
export const STREAM_FACTOR = 4;
