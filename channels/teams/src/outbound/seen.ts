import type { Card, Shown } from '@countersign/core';

/** What this process put before people, so that what a click says it saw is not simply believed. */
export type Seen = {
  readonly add: (card: Card, shown: Shown) => void;
  /** A rendering of this very request and version, by its digest. */
  readonly get: (card: Card, digest: string) => Shown | undefined;
};

const MOST_KEPT = 10_000;

const keyOf = ({ view }: Card, digest: string): string =>
  `${view.approvalId}/${view.version}/${digest}`;

/** Remembers the last ten thousand renderings. */
export function createSeen(): Seen {
  const kept = new Map<string, Shown>();
  return {
    add: (card, shown) => {
      const key = keyOf(card, shown.digest);
      kept.delete(key);
      kept.set(key, shown);
      const oldest = kept.size > MOST_KEPT ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
    },
    get: (card, digest) => kept.get(keyOf(card, digest)),
  };
}
