import type { Instant } from '@countersign/core';

export const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
type Weekday = (typeof WEEKDAYS)[number];

/** Hours of a week in one place on earth. */
export type Calendar = {
  /** IANA time zone. */
  readonly timeZone: string;
  /** Days the window begins on. */
  readonly days: readonly Weekday[];
  /** Minutes after midnight; with `from` after `to` the window crosses midnight. */
  readonly from: number;
  readonly to: number;
  /** Dates (`2026-12-25`) on which no window begins. */
  readonly holidays: readonly string[];
};

/** A wall clock: what people there call this moment. */
type Wall = { readonly date: string; readonly weekday: Weekday; readonly minute: number };

const clocks = new Map<string, Intl.DateTimeFormat>();

/** What the clocks show in a time zone. */
function wallOf(at: Instant, timeZone: string): Wall {
  const clock =
    clocks.get(timeZone) ??
    new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      weekday: 'short',
      hourCycle: 'h23',
    });
  clocks.set(timeZone, clock);
  const parts = Object.fromEntries(
    clock.formatToParts(at).map(({ type, value }) => [type, value]),
  ) as Readonly<Record<string, string>>;
  const { year = '', month = '', day = '', hour = '0', minute = '0' } = parts;
  const weekday = WEEKDAYS.find((one) => parts['weekday']?.startsWith(one)) ?? 'Sun';
  return { date: `${year}-${month}-${day}`, weekday, minute: Number(hour) * 60 + Number(minute) };
}

/** The day before, or `days` earlier. */
const dayBefore = (date: string, days = 1): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);

const weekdayOf = (date: string): Weekday =>
  WEEKDAYS[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? 'Sun';

/** Whether a moment is within the hours of a calendar; `from` is in, `to` is out. */
export function isWithin(calendar: Calendar, at: Instant): boolean {
  const { date, minute } = wallOf(at, calendar.timeZone);
  const { from, to, days, holidays } = calendar;
  const begins = (day: string): boolean => days.includes(weekdayOf(day)) && !holidays.includes(day);
  if (from < to) return begins(date) && minute >= from && minute < to;
  return (begins(date) && minute >= from) || (begins(dayBefore(date)) && minute < to);
}

/** People who are on call in turn. */
export type Rotation = {
  readonly timeZone: string;
  /** The date of the first handover. */
  readonly starts: string;
  /** When one hands over to the next, in minutes after midnight. */
  readonly at: number;
  /** How many days each has. */
  readonly days: number;
  readonly people: readonly string[];
};

/** Whose turn it is; nobody's before the first. Counted in days on the wall, so that a changed clock moves no handover. */
export function onCall({ timeZone, starts, at, days, people }: Rotation, now: Instant): string[] {
  const { date, minute } = wallOf(now, timeZone);
  const passed = (Date.parse(`${date}T00:00:00Z`) - Date.parse(`${starts}T00:00:00Z`)) / 86_400_000;
  const turn = Math.floor((minute < at ? passed - 1 : passed) / days);
  const one = turn < 0 ? undefined : people[turn % people.length];
  return one === undefined ? [] : [one];
}
