import { StoreFailure, type Judge, type Leases, type LedgerStore } from '@countersign/core';
import type { Figures } from './figures.ts';
import type { Troubles } from './troubles.ts';

type Telling = Pick<Figures, 'count' | 'observe'>;

const secondsSince = (began: number): number => (performance.now() - began) / 1_000;

/** The same judge, timed and counted. */
export const measuredJudge = (judge: Judge, figures: Telling): Judge => ({
  judge: async (question) => {
    const began = performance.now();
    const judgement = await judge.judge(question);
    const { verdict, code } = judgement;
    figures.observe('countersign_decide_duration_seconds', secondsSince(began));
    figures.count('countersign_decisions_total', { verdict, code });
    return judgement;
  },
});

/** The same store, its appends timed and counted; `troubles` hears whether they come through. */
export const measuredStore = (
  store: LedgerStore,
  figures: Telling,
  troubles: Troubles,
): LedgerStore => ({
  ...store,
  append: async (unit) => {
    const began = performance.now();
    try {
      const appended = await store.append(unit);
      figures.observe('countersign_append_duration_seconds', secondsSince(began));
      if (!appended.ok)
        figures.count('countersign_append_refused_total', { code: appended.error.code });
      troubles.end('ledger');
      return appended;
    } catch (cause) {
      const code = cause instanceof StoreFailure ? cause.code : 'bug';
      figures.count('countersign_append_failed_total', { code });
      if (cause instanceof StoreFailure) troubles.begin('ledger', code);
      throw cause;
    }
  },
});

/** The same leases; which of them this replica holds is a figure. */
export function measuredLeases(leases: Leases, figures: Pick<Figures, 'gauge'>): Leases {
  const held = new Map<string, boolean>();
  return {
    ...leases,
    hold: async (name, ms) => {
      const isHeld = await leases.hold(name, ms);
      if (!held.has(name))
        figures.gauge('countersign_leases_held', () => Number(held.get(name)), { lease: name });
      held.set(name, isHeld);
      return isHeld;
    },
  };
}
