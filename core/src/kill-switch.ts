import type { Judgement } from './judgement.ts';

/** A deny by the kill switch, whatever the engine said: it holds even when policy forgets it. */
export const withKillSwitch = (judgement: Judgement, isKilled: boolean): Judgement =>
  isKilled
    ? {
        ...judgement,
        verdict: 'deny',
        code: 'kill-switch',
        requirements: [],
        reasons: ['The kill switch is on'],
      }
    : judgement;
