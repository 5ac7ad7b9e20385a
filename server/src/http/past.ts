import type { Similar } from '@countersign/api';
import { STATES, type LedgerStore } from '@countersign/core';
import { decidedAt, isAsked, type Asked } from './asked.ts';
import type { Folds } from './folds.ts';

/** How requests were decided lately. */
export type Past = {
  /** The newest that were decided, at most `LOOKED_AT`, newest first. */
  readonly decided: () => Promise<readonly Asked[]>;
};

/** How far back a page looks: whatever is older is not told of, and the page says how many it looked at. */
const LOOKED_AT = 200;
const DECIDED = STATES.filter((state) => state !== 'pending');

/** Looks at the newest: those that nothing happened to since the last look are not read again. */
export function createPast(store: Pick<LedgerStore, 'find'>, folds: Pick<Folds, 'of'>): Past {
  return {
    decided: async () => {
      const found = await store.find({ states: DECIDED, limit: LOOKED_AT, isAsked: true });
      const read = await Promise.all(
        found.map(({ stream, standing }) => folds.of(stream, standing.state)),
      );
      return read.filter(isAsked);
    },
  };
}

/** How an approval was decided, for counting. */
export function outcomeOf(approval: Asked): keyof Pick<Similar, 'approved' | 'denied' | 'other'> {
  if (approval.state === 'denied') return 'denied';
  if (approval.state === 'pending' || approval.state === 'revoked' || approval.glass)
    return 'other';
  return approval.grant === undefined ? 'other' : 'approved';
}

/** Newest decision first. */
export const byDecision = (a: Asked, b: Asked): number => (decidedAt(b) ?? 0) - (decidedAt(a) ?? 0);
