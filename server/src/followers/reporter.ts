import type { Leases } from '@countersign/core';

/** Whether this replica tells the figures that are the same for all. */
export type Reporter = { readonly isReporter: () => boolean; readonly stop: () => void };

const LEASE = 'figures';
const HOLD_MS = 10_000;
const RENEW_MS = 3_000;

/** Holds the lease of figures while it can; a replica that dies is followed by another within the time of the lease. */
export async function createReporter({ hold }: Pick<Leases, 'hold'>): Promise<Reporter> {
  let until = 0;
  const renew = async (): Promise<void> => {
    const asked = performance.now();
    const isHeld = await hold(LEASE, HOLD_MS);
    until = isHeld ? asked + HOLD_MS : 0;
  };
  await renew();
  const timer = setInterval(() => void renew(), RENEW_MS).unref();
  return {
    isReporter: () => performance.now() < until,
    stop: () => clearInterval(timer),
  };
}
