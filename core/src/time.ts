/** A moment: whole milliseconds since 1970-01-01T00:00:00Z. Always an argument in this package, never read. */
export type Instant = number & { readonly '@instant': true };

/** Milliseconds as a moment. */
export const instant = (ms: number): Instant => ms as Instant;

/** The moment `ms` milliseconds after another. */
export const after = (moment: Instant, ms: number): Instant => instant(moment + ms);

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration such as `30s`, `15m`, `2h`, `1d` in milliseconds; undefined when it is not one (zero is not one). */
export function parseDuration(text: string): number | undefined {
  const match = /^([1-9]\d{0,5})([smhd])$/.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

/** RFC 3339 in UTC with milliseconds. */
export const toIso = (moment: Instant): string =>
  // oxlint-disable-next-line no-restricted-globals -- formats a given moment, reads no clock
  new Date(moment).toISOString();
