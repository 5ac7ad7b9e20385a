/** One measured number beside what it is compared with, both from the same run. */
export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is measured against, in words, with its own value where it has one. */
  readonly baseline: string | number | null;
  /** Value by baseline, where the goal is a ratio. */
  readonly ratio?: number;
  readonly target: string;
  readonly ok: boolean;
};

/** The p-quantile of samples; they are sorted in place. */
export function quantile(samples: number[], p: number): number {
  samples.sort((a, b) => a - b);
  return samples[Math.min(samples.length - 1, Math.floor(samples.length * p))] ?? Number.NaN;
}

export const median = (samples: number[]): number => quantile(samples, 0.5);
