/** One timer for everything that is held: a thousand calls cost one wake-up, not a thousand. */
export type Ticker = {
  /** Calls back every `signMs` until it is told to stop. */
  readonly every: (tick: () => void) => () => void;
  readonly close: () => void;
};

const PARTS = 5;

/** Makes the ticker; its timer runs only while something is held. */
export function createTicker(signMs: number): Ticker {
  const ticks = new Set<{ readonly tick: () => void; left: number }>();
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  const round = (): void => {
    for (const one of ticks) {
      if (--one.left > 0) continue;
      one.left = PARTS;
      one.tick();
    }
  };
  return {
    every: (tick) => {
      const one = { tick, left: PARTS };
      ticks.add(one);
      timer ??= setInterval(round, Math.max(1, signMs / PARTS));
      timer.unref();
      return () => {
        ticks.delete(one);
        if (ticks.size === 0) stop();
      };
    },
    close: () => {
      ticks.clear();
      stop();
    },
  };
}
