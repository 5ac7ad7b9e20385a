import type { Clock, Gatekeeper, Leases, LedgerStore } from '@countersign/core';

const PERIOD_MS = 1_000;
const BATCH = 500;
/** After a replica died, another goes on this much later. */
const LEASE_MS = 3_000;

/** Brings what time has overtaken to the truth; returns how many actions changed. */
export type Reconciler = {
  /** Everything that is due now, however much. */
  readonly run: () => Promise<number>;
  readonly stop: () => Promise<void>;
};

/**
 * Follows the ledger: wakes at the nearest due time it has heard of, and every second for all it has not.
 * A late wake-up is safe: core checks every deadline itself.
 */
export function createReconciler(parts: {
  readonly gatekeeper: Pick<Gatekeeper, 'reconcile'>;
  readonly store: Pick<LedgerStore, 'onAppended'>;
  readonly clock: Clock;
  /** Of the replicas on one ledger, the one that holds `expiry` settles what is due. */
  readonly leases: Pick<Leases, 'hold'>;
  readonly onFailure: (error: unknown) => void;
}): Reconciler {
  const { gatekeeper, clock, leases } = parts;
  let nearest = Infinity;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<number> | undefined;

  async function settle(): Promise<number> {
    let settled = 0;
    for (;;) {
      if (!(await leases.hold('expiry', LEASE_MS))) return settled;
      const changed = await gatekeeper.reconcile();
      settled += changed;
      if (changed < BATCH) return settled;
    }
  }
  const run = (): Promise<number> =>
    (running ??= settle().finally(() => {
      running = undefined;
    }));
  const wake = (): void => {
    nearest = Infinity;
    run().catch(parts.onFailure);
  };
  const period = setInterval(wake, PERIOD_MS).unref();
  const unfollow = parts.store.onAppended(({ unit }) => {
    const { dueAt } = unit?.standing ?? {};
    // later ones are left to the period: no list of deadlines is kept in memory
    if (dueAt === undefined || dueAt >= nearest || dueAt > clock() + PERIOD_MS) return;
    nearest = dueAt;
    clearTimeout(timer);
    timer = setTimeout(wake, Math.max(0, dueAt - clock())).unref();
  });
  return {
    run,
    stop: async () => {
      unfollow();
      clearInterval(period);
      clearTimeout(timer);
      await running?.catch(() => undefined); // whoever ran it hears of it
    },
  };
}
