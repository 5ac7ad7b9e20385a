import { expect, test } from 'vitest';
import { instant } from '@countersign/core';
import { dueDrills, localOf } from '../src/drill-times.ts';

const MINUTE = 60_000;
const STEP = 10 * MINUTE;
const secret = new Uint8Array(32).fill(7);
const monday = Date.parse('2026-11-16T00:00:00Z');

/** Every drill of a week, with the first minute it is due. */
function week(timeZone: string, perWeek: number, by: Uint8Array = secret) {
  const first = new Map<string, number>();
  const minutes = new Map<string, number>();
  for (let at = monday - 24 * 60 * MINUTE; at < monday + 8 * 24 * 60 * MINUTE; at += STEP)
    for (const { key } of dueDrills(instant(at), { perWeek, timeZone, secret: by })) {
      if (!first.has(key)) first.set(key, at);
      minutes.set(key, (minutes.get(key) ?? 0) + 1);
    }
  return { first, minutes };
}

test('drills are due at work, so many a week, for an hour, in the time zone there', () => {
  for (const zone of ['UTC', 'America/New_York', 'Asia/Kolkata']) {
    const { first, minutes } = week(zone, 20);
    const within = [...first].filter(([, at]) => localOf(instant(at), zone).week === '2026-11-16');
    expect(within).toHaveLength(20);
    for (const [key, at] of within) {
      const { day, minute } = localOf(instant(at), zone);
      expect(day).toBeLessThan(5);
      expect(minute).toBeGreaterThanOrEqual(9 * 60);
      expect(minute).toBeLessThan(17 * 60);
      expect(minutes.get(key)).toBe(6);
    }
    expect(new Set(within.map(([, at]) => localOf(instant(at), zone).day)).size).toBeGreaterThan(2);
  }
});

test('without the secret nobody finds a time; with it every gateway finds the same', () => {
  expect(week('UTC', 3)).toEqual(week('UTC', 3));
  const keys = [...week('UTC', 3).first.keys()];
  expect(keys).not.toEqual([...week('UTC', 3, new Uint8Array(32)).first.keys()]);
  expect(week('UTC', 0).first.size).toBe(0);
});

test('a week is told by its Monday, the hour as clocks there show it', () => {
  const sunday = instant(Date.parse('2026-11-22T23:30:00Z'));
  expect(localOf(sunday, 'UTC')).toEqual({ week: '2026-11-16', day: 6, minute: 23 * 60 + 30 });
  expect(localOf(sunday, 'Europe/Berlin')).toEqual({ week: '2026-11-23', day: 0, minute: 30 });
});
