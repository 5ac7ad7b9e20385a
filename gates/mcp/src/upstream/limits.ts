/** What an upstream may cost us. Each bound ends one request, never the upstream. */
export type Limits = {
  /** Largest single message, in bytes. */
  readonly answerBytes: number;
  /** All messages of one request together; of a `listen`, in a minute. */
  readonly streamBytes: number;
  /** Messages of one request; of a `listen`, in a minute. */
  readonly events: number;
  /** Longest silence of a request, in milliseconds. */
  readonly idleMs: number;
  /** Longest life of a request, however lively, and longest silence of a `listen`. */
  readonly totalMs: number;
  readonly connectMs: number;
  /** Requests under way at a time. */
  readonly inFlight: number;
};

const MIB = 1024 * 1024;

/** Bounds for whoever sets none. */
export const LIMITS: Limits = {
  answerBytes: 16 * MIB,
  streamBytes: 64 * MIB,
  events: 10_000,
  idleMs: 300_000,
  totalMs: 3_600_000,
  connectMs: 10_000,
  inFlight: 1_000,
};
