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

const padded = (most: number, digits: number): readonly string[] =>
  Array.from({ length: most }, (_, i) => String(i).padStart(digits, '0'));
const TWO = padded(60, 2);
const THREE = padded(1_000, 3);
let day = { number: Number.NaN, text: '' };

/** RFC 3339 in UTC with milliseconds. */
export function toIso(moment: Instant): string {
  const number = Math.floor(moment / UNITS.d);
  // what is called all day long is written once: the calendar is most of the work
  if (number !== day.number) day = { number, text: calendarOf(moment) };
  const ms = moment - number * UNITS.d;
  const hour = TWO[Math.floor(ms / UNITS.h)] ?? '';
  const minute = TWO[Math.floor(ms / UNITS.m) % 60] ?? '';
  const second = TWO[Math.floor(ms / UNITS.s) % 60] ?? '';
  return `${day.text}${hour}:${minute}:${second}.${THREE[Math.floor(ms % UNITS.s)] ?? ''}Z`;
}

const calendarOf = (moment: Instant): string =>
  // oxlint-disable-next-line no-restricted-globals -- formats a given moment, reads no clock
  new Date(moment).toISOString().slice(0, -'16:07:00.000Z'.length);
