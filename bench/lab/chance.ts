/** Numbers and choices that follow from a seed. */
export type Chance = {
  /** In [0, 1). */
  readonly next: () => number;
  /** In [low, high]. */
  readonly within: (range: Range) => number;
  readonly pick: <T>(from: readonly T[]) => T;
  /** `count` different ones, fewer where there are not as many. */
  readonly some: <T>(from: readonly T[], count: number) => readonly T[];
  /** One name by weight. */
  readonly weighted: <N extends string>(weights: Readonly<Record<N, number>>) => N;
  /** A chance of its own, so that what one client does moves no other. */
  readonly fork: (name: string) => Chance;
};

export type Range = readonly [low: number, high: number];

export function createChance(seed: string): Chance {
  let state = hashOf(seed);
  const next = (): number => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const pick = <T>(from: readonly T[]): T => {
    const picked = from[Math.floor(next() * from.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  };
  return {
    next,
    pick,
    within: ([low, high]) => low + next() * (high - low),
    some: (from, count) => {
      const left = [...from];
      const out = [];
      while (out.length < count && left.length > 0)
        out.push(...left.splice(Math.floor(next() * left.length), 1));
      return out;
    },
    weighted: <N extends string>(weights: Readonly<Record<N, number>>): N => {
      const entries = Object.entries<number>(weights) as [N, number][];
      let at = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [name, weight] of entries) if ((at -= weight) < 0) return name;
      throw new RangeError('no weights');
    },
    fork: (name) => createChance(`${seed}/${name}`),
  };
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
