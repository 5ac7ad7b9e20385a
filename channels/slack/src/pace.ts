/** Waits for one's turn in a channel; says for how long one would have to wait where that is longer than allowed. */
export type Pace = (place: string) => Promise<{ readonly waitMs?: number }>;

const MOST_PLACES = 10_000;

/** Slack takes about one message a second in each channel and answers 429 to the rest: so each waits for its turn. */
export function createPace(spacingMs: number, longestMs: number): Pace {
  const next = new Map<string, number>();
  return async (place) => {
    if (spacingMs === 0) return {};
    const now = performance.now();
    const at = Math.max(now, next.get(place) ?? 0);
    if (at - now > longestMs) return { waitMs: Math.ceil(at - now) };
    next.delete(place);
    next.set(place, at + spacingMs);
    if (next.size > MOST_PLACES) {
      const oldest = next.keys().next().value;
      if (oldest !== undefined) next.delete(oldest);
    }
    if (at > now) await new Promise((resolve) => setTimeout(resolve, at - now));
    return {};
  };
}
