import type { Labels } from './metrics.ts';

/** What is counted of one metric, by its labels. */
export type Series<T> = {
  /** The one with these labels, made where there is none yet. */
  readonly of: (labels: Labels) => T;
  readonly all: () => readonly T[];
};

/** Makes the series of one metric. */
export function createSeries<T extends { readonly labels: Labels }>(
  make: (labels: Labels) => T,
): Series<T> {
  const byKey = new Map<string, T>();
  let last: T | undefined;
  return {
    of: (labels) => {
      // what happens is mostly what happened before; a key costs more than all the counting
      if (last && isSame(last.labels, labels)) return last;
      const key = keyOf(labels);
      last = byKey.get(key) ?? make(labels);
      byKey.set(key, last);
      return last;
    },
    all: () => [...byKey.values()],
  };
}

function isSame(one: Labels, other: Labels): boolean {
  for (const name in one) if (one[name] !== other[name]) return false;
  for (const name in other) if (one[name] === undefined) return false;
  return true;
}

function keyOf(labels: Labels): string {
  let key = '';
  for (const name in labels) key += `${name}\0${labels[name] ?? ''}\0`;
  return key;
}
