import type { Run } from './house.ts';

/** A call that the server has not finished: it waits for the caller's answers, for exactly one next leg. */
type OpenRun = { readonly run: Run; readonly turn: number; readonly until: number };

/** Calls of this process that servers have not finished. */
export type OpenRuns = {
  readonly put: (open: OpenRun) => void;
  /** Takes one out: a leg is gone on from once (R4). */
  readonly take: (actionId: string, turn: number) => Run | undefined;
  readonly close: () => void;
};

const MOST = 10_000;

/** Makes the memory of unfinished calls; what is forgotten stays without a report, and becomes `unknown`. */
export function createOpenRuns(now: () => number): OpenRuns {
  const runs = new Map<string, OpenRun>();
  const sweep = (): void => {
    for (const [id, { until }] of runs) {
      if (until > now() && runs.size <= MOST) return;
      runs.delete(id);
    }
  };
  return {
    put: (open) => {
      runs.delete(open.run.actionId);
      runs.set(open.run.actionId, open);
      sweep();
    },
    take: (actionId, turn) => {
      const open = runs.get(actionId);
      if (!open || open.turn !== turn || open.until <= now()) return undefined;
      runs.delete(actionId);
      return open.run;
    },
    close: () => runs.clear(),
  };
}
