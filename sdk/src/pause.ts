/** Milliseconds to wait before try number `attempt` (from 0): doubling, capped, with jitter so that a crowd spreads out. */
export const backoffMs = (attempt: number, maxMs = 5_000): number =>
  Math.min(maxMs, 100 * 2 ** attempt) * (0.5 + Math.random() / 2);

/** Resolves after `ms`, or rejects with the signal's reason at once. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(reasonOf(signal));
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    };
    const stop = (): void => {
      end();
      reject(reasonOf(signal));
    };
    const timer = setTimeout(() => {
      end();
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
    return undefined;
  });
}

/** Why a caller stopped, as an error. */
export function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('stopped by the caller', { cause: reason });
}
