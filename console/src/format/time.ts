const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** A span in its two largest units: `2 h 5 min`. */
export function span(ms: number): string {
  const parts: string[] = [];
  let rest = Math.max(0, ms);
  for (const [size, unit] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ') || '0 s';
}

/** A span in its largest unit, for lists. */
const shortSpan = (ms: number): string => span(ms).split(' ').slice(0, 2).join(' ');

/** How long something still has, in words. */
export const remaining = (until: number, now: number): string =>
  until <= now ? 'expired' : `${shortSpan(until - now)} left`;

/** How long ago something was, in words. */
export const ago = (at: number, now: number): string =>
  now - at < 10_000 ? 'just now' : `${shortSpan(now - at)} ago`;

/** Date and time in the reader's own zone and words. */
export const absolute = (at: number): string =>
  new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' }).format(at);
