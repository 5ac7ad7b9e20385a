import type { ServerResponse } from 'node:http';
import type { ActionId, Gatekeeper } from '@countersign/core';

/** Why a wait is over. `changed`: something was appended since the last look. */
type Woken = 'changed' | 'timeout' | 'gone' | 'draining';

/** One caller waiting for one action. */
export type Wait = {
  /** Resolves at the next reason to look again, at once if there was one meanwhile. */
  readonly next: (ms: number) => Promise<Woken>;
  readonly close: () => void;
};

export type Waits = {
  /** Starts to listen. Open first, look after: a change in between is not missed. */
  readonly open: (id: ActionId, response: ServerResponse) => Wait;
  /** Wakes everyone; from now on nobody waits. */
  readonly drain: () => void;
  readonly count: () => number;
};

/** Waits that are released by the append itself; nothing is polled. */
export function createWaits({ watch }: Pick<Gatekeeper, 'watch'>): Waits {
  const wakers = new Set<(why: Woken) => void>();
  let isDraining = false;

  function open(id: ActionId, response: ServerResponse): Wait {
    let isChanged = false;
    let isGone = response.destroyed; // whoever left already says so no second time
    let wake: ((why: Woken) => void) | undefined;
    const tell = (why: Woken): void => {
      if (why === 'changed') isChanged = true;
      if (why === 'gone') isGone = true;
      wake?.(why);
    };
    const gone = (): void => tell('gone');
    const unwatch = watch(id, () => tell('changed'));
    wakers.add(tell);
    response.on('close', gone);
    return {
      next: (ms) =>
        new Promise((resolve) => {
          if (isGone) return resolve('gone');
          if (isDraining) return resolve('draining');
          const timer = setTimeout(() => wake?.('timeout'), ms);
          wake = (why) => {
            wake = undefined;
            isChanged = false;
            clearTimeout(timer);
            resolve(why);
          };
          if (isChanged) wake('changed');
        }),
      close: () => {
        unwatch();
        wakers.delete(tell);
        response.off('close', gone);
      },
    };
  }

  return {
    open,
    drain: () => {
      isDraining = true;
      for (const tell of wakers) tell('draining');
    },
    count: () => wakers.size,
  };
}
