import type { Similar } from '@countersign/api';
import { decodeEntry, replay, STATES, type LedgerStore } from '@countersign/core';
import { decidedAt, isAsked, type Asked } from './asked.ts';
import type { Visible } from './rights.ts';

/** How requests were decided lately. */
export type Past = {
  /** The newest that were decided, at most `LOOKED_AT`, newest first. */
  readonly decided: () => Promise<readonly Asked[]>;
};

/** How far back a page looks: whatever is older is not told of, and the page says how many it looked at. */
const LOOKED_AT = 200;
const DECIDED = STATES.filter((state) => state !== 'pending');

/** Remembers what it has read while that is among the newest: a page reads what was decided since the last one. */
export function createPast(store: Pick<LedgerStore, 'find' | 'read'>): Past {
  let known = new Map<string, Asked>();
  const readOne = async (stream: string): Promise<Asked | undefined> => {
    const approval = replay((await store.read(stream)).map(decodeEntry));
    return 'judged' in approval && isAsked(approval as Visible) ? (approval as Asked) : undefined;
  };
  return {
    decided: async () => {
      const found = await store.find({ states: DECIDED, limit: LOOKED_AT, isAsked: true });
      const read = await Promise.all(
        found.map(async ({ stream, standing }) => {
          const before = known.get(stream);
          // whatever changes in it changes its state too, but for a closing that says nothing of the decision
          return before?.state === standing.state ? before : readOne(stream);
        }),
      );
      const all = read.filter((one) => one !== undefined);
      known = new Map(all.map((one) => [one.proposed.actionId, one]));
      return all;
    },
  };
}

/** How an approval was decided, for counting. */
export function outcomeOf(approval: Asked): keyof Pick<Similar, 'approved' | 'denied' | 'other'> {
  if (approval.state === 'denied') return 'denied';
  if (approval.state === 'pending' || approval.state === 'revoked') return 'other';
  return approval.grant === undefined ? 'other' : 'approved';
}

/** Newest decision first. */
export const byDecision = (a: Asked, b: Asked): number => (decidedAt(b) ?? 0) - (decidedAt(a) ?? 0);
