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
  /**
   * Starts to listen. Open first, look after: a change in between is not missed.
   * Undefined where this caller waits too often already.
   */
  readonly open: (id: ActionId, by: string, response: ServerResponse) => Wait | undefined;
  /** Wakes everyone; from now on nobody waits. */
  readonly drain: () => void;
  readonly count: () => number;
};

/** ATTACKER: each wait holds a socket, a timer and a reader of the ledger; one caller must not take them from all others. */
const MAX_WAITS = 2_000;

/** Waits that are released by the append itself; nothing is polled. */
export function createWaits(
  { watch }: Pick<Gatekeeper, 'watch'>,
  onReleased: (why: Woken) => void = () => undefined,
): Waits {
  const wakers = new Set<(why: Woken) => void>();
  const waiting = new Map<string, number>();
  let isDraining = false;

  function open(id: ActionId, by: string, response: ServerResponse): Wait | undefined {
    const others = waiting.get(by) ?? 0;
    if (others >= MAX_WAITS) return undefined;
    waiting.set(by, others + 1);
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
            onReleased(why);
            resolve(why);
          };
          if (isChanged) wake('changed');
        }),
      close: () => {
        unwatch();
        if (wakers.delete(tell)) left(by);
        response.off('close', gone);
      },
    };
  }

  function left(by: string): void {
    const others = (waiting.get(by) ?? 0) - 1;
    if (others > 0) waiting.set(by, others);
    else waiting.delete(by);
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
