/**
 * A number that changes with everything a verdict depends on. Looked at when it is asked for, so that nothing has to be heard of:
 * each part is of this moment, and another object whenever it says something else.
 */
export function createEpoch(parts: readonly (() => unknown)[]): () => number {
  const seen: unknown[] = [];
  let epoch = 0;
  return () => {
    for (let i = 0; i < parts.length; i++) {
      const now = parts[i]?.();
      if (now === seen[i]) continue;
      seen[i] = now;
      epoch += 1;
    }
    return epoch;
  };
}
