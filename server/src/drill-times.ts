import { hmac, type Instant } from '@countersign/core';

/** When people are at work: minutes of the day, Monday to Friday. */
const [OPENS, CLOSES] = [9 * 60, 17 * 60];
const DAYS = 5;
/** How long after its time a drill is still asked, such as after a restart. */
const LATE_MINUTES = 60;

/** One drill of a week: which of them, and a number nobody can guess that chooses what it asks. */
export type Due = { readonly key: string; readonly chance: number };

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const DAY_MS = 24 * 3_600_000;

let format: Intl.DateTimeFormat | undefined;

/** Making one costs far more than using it. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  if (format?.resolvedOptions().timeZone === timeZone) return format;
  format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return format;
}

type Local = { readonly week: string; readonly day: number; readonly minute: number };

/** A moment as people there read it: the Monday of its week, the day from 0, the minute of the day. */
export function localOf(now: Instant, timeZone: string): Local {
  const parts = formatOf(timeZone).formatToParts(now);
  const text = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  const day = WEEKDAYS.indexOf(text('weekday'));
  const date = Date.UTC(Number(text('year')), Number(text('month')) - 1, Number(text('day')));
  return {
    week: new Date(date - day * DAY_MS).toISOString().slice(0, 10),
    day,
    minute: Number(text('hour')) * 60 + Number(text('minute')),
  };
}

/**
 * The drills that are due now. Their times follow from a secret of the installation and the week, so every gateway
 * finds the same and nobody else finds any.
 */
export function dueDrills(
  now: Instant,
  {
    perWeek,
    timeZone,
    secret,
  }: { readonly perWeek: number; readonly timeZone: string; readonly secret: Uint8Array },
): readonly Due[] {
  const { week, day, minute } = localOf(now, timeZone);
  return Array.from({ length: perWeek }, (_, i) => hmac(secret, `drill ${week} ${i}`)).flatMap(
    (key) => {
      const when = Number.parseInt(key.slice(0, 12), 16) % (DAYS * (CLOSES - OPENS));
      const at = OPENS + (when % (CLOSES - OPENS));
      const isDue =
        Math.floor(when / (CLOSES - OPENS)) === day && minute >= at && minute < at + LATE_MINUTES;
      return isDue ? [{ key, chance: Number.parseInt(key.slice(12, 24), 16) }] : [];
    },
  );
}
