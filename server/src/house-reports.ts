import { StoreFailure, type ActionId, type Report } from '@countersign/core';
import type { HouseParts } from './house.ts';
import { faultOf } from './log.ts';

/** Takes an outcome to be told; told once, it never throws. */
export type PutReport = (report: Report) => void;

/** What a gatekeeper says that may be another answer a moment later. */
export const RETRYABLE: ReadonlySet<string> = new Set(['busy', 'overloaded', 'unreachable']);

const REPORT_TRIES = 5;
/** Outcomes are told together, so that the calls that follow do not each wait behind the outcome of the one before. */
const REPORT_MS = 20;

/** Outcomes that wait a moment to be told together. */
export function createReports(
  parts: Pick<HouseParts, 'gatekeeper' | 'log'>,
  audience: string,
): {
  readonly put: (id: ActionId, report: Report) => void;
  readonly told: () => Promise<void>;
  /** Something could not be told, and nothing was since. */
  readonly isBehind: () => boolean;
} {
  const waiting: (readonly [ActionId, Report])[] = [];
  let timer: NodeJS.Timeout | undefined;
  let behind = false;
  const telling = new Set<Promise<void>>();
  const heard = (isHeard: boolean): void => void (behind = !isHeard);
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (const [id, report] of waiting.splice(0)) {
      const one = tell(parts, { id, audience, report, heard }).finally(() => telling.delete(one));
      telling.add(one);
    }
  };
  return {
    isBehind: () => behind,
    put: (id, report) => {
      waiting.push([id, report]);
      timer ??= setTimeout(flush, REPORT_MS);
    },
    told: async () => {
      flush();
      await Promise.all(telling);
    },
  };
}

/** Tells the ledger how it ended, after the caller has its answer. What cannot be told becomes `unknown` (R4). */
async function tell(
  { gatekeeper, log }: Pick<HouseParts, 'gatekeeper' | 'log'>,
  { id, audience, report, heard }: Telling,
): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      const told = await gatekeeper.report(id, audience, report);
      const isHeard = told.ok || !RETRYABLE.has(told.error);
      heard(isHeard);
      if (isHeard) return;
      if (tried === REPORT_TRIES)
        return log.error('report-failed', { action: id, code: told.error });
    } catch (error) {
      heard(false);
      if (tried === REPORT_TRIES || !(error instanceof StoreFailure) || !error.retryable)
        return log.error('report-failed', { action: id, ...faultOf(error) });
    }
    await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** tried));
  }
}

type Telling = {
  readonly id: ActionId;
  readonly audience: string;
  readonly report: Report;
  readonly heard: (isHeard: boolean) => void;
};
