import type { Clock } from '@countersign/core';

/** Whether a name is met for the first time within the last eleven minutes. */
export type FirstTime = (name: string) => boolean;

/** Longer than a request is good that was signed for five minutes ahead. */
const KEPT_MS = 660_000;
const MOST = 20_000;

/** Remembers what was met. What is older than any of it may be is not accepted anyway, so forgetting it is safe. */
export function createSeen(clock: Clock): FirstTime {
  const met = new Map<string, number>();
  return (name) => {
    const now = clock();
    for (const [old, at] of met) {
      if (now - at <= KEPT_MS && met.size < MOST) break;
      met.delete(old);
    }
    if (met.has(name)) return false;
    met.set(name, now);
    return true;
  };
}
