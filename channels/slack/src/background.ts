import type { ChannelTrouble } from '@countersign/core';

/** Work that goes on after its request was answered. */
export type Background = {
  readonly begin: (work: () => Promise<void>) => void;
  /** Resolves when nothing is under way any more. */
  readonly settled: () => Promise<void>;
};

/** Nothing that fails here ends the process; it is told that something did, until something does not. */
export function createBackground(tell: ChannelTrouble): Background {
  const under = new Set<Promise<void>>();
  return {
    begin: (work) => {
      const running = work()
        .then(
          () => tell(undefined),
          () => tell('something went wrong here while a click was handled'),
        )
        .finally(() => under.delete(running));
      under.add(running);
    },
    settled: async () => {
      while (under.size > 0) await Promise.all(under);
    },
  };
}
