import type { LengthBucket, Share, Spread } from './report.ts';

/** Value at a share of a sorted list (nearest rank). */
const at = (sorted: Float64Array, share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;

/** Median and ninetieth percentile. */
export function spreadOf(times: readonly number[]): Spread {
  if (times.length === 0) return { of: 0 };
  const sorted = Float64Array.from(times).toSorted();
  return { of: times.length, medianMs: at(sorted, 0.5), p90Ms: at(sorted, 0.9) };
}

/** How often each name came, most often first. */
export const sharesOf = (
  counts: ReadonlyMap<string, number>,
  of: number,
): readonly (Share & { readonly name: string })[] =>
  [...counts]
    .map(([name, count]) => ({ name, count, of }))
    .toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));

export const plus = (counts: Map<string, number>, name: string, more = 1): void =>
  void counts.set(name, (counts.get(name) ?? 0) + more);

/** Lengths at which buckets begin. */
const FROM = [0, 500, 2_000, 8_000];

type Timed = { readonly length: number | undefined; readonly decidedMs: number | undefined };

/** Time to decision by how much there was to read. */
export const byLength = (requests: readonly Timed[]): readonly LengthBucket[] =>
  FROM.map((from, i) => {
    const below = FROM[i + 1];
    const within = requests.filter(
      ({ length }) =>
        length !== undefined && length >= from && (below === undefined || length < below),
    );
    const times = within.flatMap(({ decidedMs }) => (decidedMs === undefined ? [] : [decidedMs]));
    return {
      from,
      ...(below === undefined ? {} : { below }),
      requests: within.length,
      ...spreadOf(times),
    };
  });
