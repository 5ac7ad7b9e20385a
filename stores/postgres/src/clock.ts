import { instant, type Clock } from '@countersign/core';
import type { Ask } from './reader.ts';

const EVERY_MS = 10_000;
/** A sample that took longer says too little about the other clock. */
const GOOD_TRIP_MS = 250;

/** The database's clock, as near as a round trip lets one know it. */
export type StoreClock = {
  readonly now: Clock;
  readonly stop: () => void;
};

/**
 * Follows the database's clock, so that replicas whose own clocks are minutes apart agree on every deadline. Between
 * samples it runs on this machine's monotonic clock: setting the machine's time changes nothing.
 */
export async function createStoreClock(ask: Ask): Promise<StoreClock> {
  let offset = await sample(ask, 5);
  const timer = setInterval(() => {
    // not reachable: the old one is good enough, and nothing is written meanwhile
    void sample(ask, 3)
      .then((better) => (offset = better))
      .catch(() => undefined);
  }, EVERY_MS).unref();
  return {
    now: () => instant(Math.round(performance.now() + offset)),
    stop: () => clearInterval(timer),
  };
}

/** Database time minus monotonic time, from the quickest of some round trips. */
async function sample(ask: Ask, tries: number): Promise<number> {
  let best = { trip: Infinity, offset: Number.NaN };
  for (let i = 0; i < tries; i++) {
    const sent = performance.now();
    const [row] = await ask('now', []);
    const trip = performance.now() - sent;
    if (trip < best.trip) best = { trip, offset: Number(row?.['now']) - (sent + trip / 2) };
  }
  if (best.trip > GOOD_TRIP_MS)
    throw new RangeError('the database answers too slowly to tell the time');
  return best.offset;
}
