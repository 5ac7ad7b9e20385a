import type { ChannelTrouble } from '@countersign/core';

/** Several things that can be wrong at once, told as one: the first that is. */
export function createTroubles(tell: ChannelTrouble): (of: string) => ChannelTrouble {
  const wrong = new Map<string, string>();
  let last: string | undefined;
  return (of) => (because) => {
    if (because === undefined) wrong.delete(of);
    else wrong.set(of, because);
    const first = wrong.values().next().value;
    if (first !== last) tell(first);
    last = first;
  };
}
