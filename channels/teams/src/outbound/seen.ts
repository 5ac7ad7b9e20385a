import type { Shown } from '@countersign/core';

/** What this process put before people, so that what a click says it saw is not simply believed. */
export type Seen = {
  readonly add: (shown: Shown) => void;
  readonly get: (digest: string) => Shown | undefined;
};

const MOST_KEPT = 10_000;

/** Remembers the last ten thousand renderings, by digest. */
export function createSeen(): Seen {
  const kept = new Map<string, Shown>();
  return {
    add: (shown) => {
      kept.delete(shown.digest);
      kept.set(shown.digest, shown);
      const oldest = kept.size > MOST_KEPT ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
    },
    get: (digest) => kept.get(digest),
  };
}
