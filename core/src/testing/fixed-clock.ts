import { instant, type Instant } from '../time.ts';
import type { Clock } from '../ports.ts';

/** A clock that stands still until it is moved. */
export type FixedClock = Clock & {
  readonly advance: (ms: number) => void;
  readonly set: (at: Instant) => void;
};

/** Makes a clock standing at a moment. */
export function createFixedClock(start = 1_700_000_000_000): FixedClock {
  let now = start;
  return Object.assign(() => instant(now), {
    advance: (ms: number): void => {
      now += ms;
    },
    set: (at: Instant): void => {
      now = at;
    },
  });
}
