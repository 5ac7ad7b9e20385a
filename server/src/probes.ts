import type { Judge, Question, StoreFailure } from '@countersign/core';
import type { Finding, Probe } from './checks.ts';
import type { TroubleName, Troubles } from './troubles.ts';

/** A question no policy permits; whoever answers it at all can answer. */
const QUESTION: Question = {
  agent: 'readyz',
  action: 'readyz',
  resource: { type: 'Readyz', id: 'readyz' },
  facts: {},
  entities: [],
};

const OK: Finding = { status: 'ok' };

/** Down while nothing can be written: broken for good, or out of reach until it answers again. */
export const ledgerProbe = (parts: {
  readonly failure: () => StoreFailure | undefined;
  /** What the store says of itself and its database. */
  readonly health: () => Finding | Promise<Finding>;
  readonly troubles: Troubles;
}): Probe => ({
  name: 'ledger',
  look: async () => {
    const { failure, troubles, health } = parts;
    const broken = failure();
    // looked at also when the last append failed: nobody appends where nothing is ready
    const found: Finding = broken ? { status: 'down', detail: broken.code } : await health();
    if (found.status !== 'down') troubles.end('ledger');
    else troubles.begin('ledger', found.detail ?? 'unreachable');
    const { since } = troubles.now('ledger') ?? {};
    return { ...found, ...(since && { since }) };
  },
});

/** Down while the engine starts over: everything would be denied. */
export const policyProbe = (judge: Judge): Probe => ({
  name: 'policy',
  look: async () => {
    const { code } = await judge.judge(QUESTION);
    return code === 'engine-trap' ? { status: 'down', detail: code } : OK;
  },
});

/** Down from the moment the gateway stops, so that callers are sent elsewhere while it answers those who wait. */
export const acceptingProbe = (isStopping: () => boolean): Probe => ({
  name: 'accepting',
  look: () => (isStopping() ? { status: 'down', detail: 'stopping' } : OK),
});

/** Degraded while something beside the path of an action goes wrong. */
export const troubleProbe = (troubles: Troubles, name: Exclude<TroubleName, 'ledger'>): Probe => ({
  name,
  look: () => {
    const { code, since } = troubles.now(name) ?? {};
    return code === undefined || since === undefined
      ? OK
      : { status: 'degraded', detail: code, since };
  },
});
