import type { Judge, Question, StoreFailure } from '@countersign/core';
import type { Check } from './http/public.ts';
import type { OpenStore } from './open-store.ts';

/** A question no policy permits; whoever answers it at all can answer. */
const PROBE: Question = {
  agent: 'readyz',
  action: 'readyz',
  resource: { type: 'Readyz', id: 'readyz' },
  facts: {},
  entities: [],
};

/** What must hold before actions can be taken, each really tried. */
export const createChecks =
  (parts: {
    readonly failure: () => StoreFailure | undefined;
    readonly health: OpenStore['health'];
    readonly judge: Judge;
    readonly isStopping: () => boolean;
  }): (() => Promise<readonly Check[]>) =>
  async () => {
    const failure = parts.failure();
    const { status, detail = failure?.code } = parts.health();
    const isDown = failure !== undefined || status === 'down';
    const { code } = await parts.judge.judge(PROBE);
    return [
      { name: 'ledger', ok: !isDown, ...(detail === undefined ? {} : { detail }) },
      { name: 'policy', ok: code !== 'engine-trap' },
      { name: 'accepting', ok: !parts.isStopping() },
    ];
  };
