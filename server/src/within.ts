/** What did not come in time. */
export class TooLate extends Error {
  readonly code = 'no-answer';
}

/** What `ask` answers; rejects after `ms`, so that one thing that hangs holds up nothing else. */
export async function within<T>(ms: number, ask: () => T | Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TooLate(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([ask(), promise]);
  } finally {
    clearTimeout(timer);
  }
}
