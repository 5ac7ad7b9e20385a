/** Chance that comes again for the same seed. */
export type Chance = {
  /** A whole number in `[0, below)`. */
  readonly below: (below: number) => number;
  readonly pick: <T>(all: readonly T[]) => T;
  readonly from: (alphabet: string, length: number) => string;
  readonly digits: (length: number) => string;
};

export const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
export const LOWER: string = UPPER.toLowerCase();
const DIGIT = '0123456789';
export const WORD: string = UPPER + LOWER + DIGIT;
export const HEX = '0123456789abcdef';

/** Makes chance of a seed (mulberry32). */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  const from = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet[below(alphabet.length)]).join('');
  return {
    below,
    pick: (all) => all[below(all.length)] as (typeof all)[number],
    from,
    digits: (length) => from(DIGIT, length),
  };
}
