import { StoreFailure } from '@countersign/core';

type Known = { readonly code: StoreFailure['code']; readonly what: string };

const UNREACHABLE: Known = { code: 'unreachable', what: 'cannot be reached now' };

// SQLSTATE classes and codes (postgresql.org/docs/current/errcodes-appendix.html); the longest that fits counts
const KNOWN: Readonly<Record<string, Known>> = {
  '08': UNREACHABLE,
  '57P': UNREACHABLE, // shutting down, starting, crashed
  '57014': { code: 'unreachable', what: 'took too long to answer' },
  '55P03': { code: 'unreachable', what: 'is held by another gateway for too long' },
  '25P03': { code: 'unreachable', what: 'ended a transaction that stood still' },
  '53': { code: 'unreachable', what: 'is out of connections or memory' },
  '53100': { code: 'disk-full', what: 'is on a full disk; free space there' },
  '25006': { code: 'read-only', what: 'is read-only, a standby perhaps; name the primary' },
  '40': { code: 'unreachable', what: 'gave up on a conflict' },
  '58': { code: 'unreachable', what: 'cannot read or write its files' },
  XX001: { code: 'corrupt', what: 'says its data is damaged; restore a backup' },
  XX002: { code: 'corrupt', what: 'says an index is damaged; rebuild it' },
};

/** These pass by themselves: the gateway stays up and tries again. */
const PASSING: readonly StoreFailure['code'][] = ['unreachable', 'disk-full', 'read-only'];

/** What went wrong with the database, as a failure that says what to do. The driver's words may name hosts, so they stay in `cause`. */
export function toStoreFailure(cause: unknown): StoreFailure {
  if (cause instanceof StoreFailure) return cause;
  const sqlState = sqlStateOf(cause);
  const { code, what } =
    sqlState === undefined
      ? UNREACHABLE // no answer of the server at all: refused, reset, timed out
      : (bestOf(sqlState) ?? { code: 'store-failed', what: `refuses with SQLSTATE ${sqlState}` });
  return new StoreFailure(code, `the database ${what}`, {
    cause,
    retryable: PASSING.includes(code),
  });
}

/** The five characters of an error that the server sent. */
export function sqlStateOf(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined;
  const { code } = cause;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in cause
    ? code
    : undefined;
}

const bestOf = (sqlState: string): Known | undefined =>
  KNOWN[sqlState] ?? KNOWN[sqlState.slice(0, 3)] ?? KNOWN[sqlState.slice(0, 2)];
