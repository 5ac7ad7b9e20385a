import { instant } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { isWithin, onCall, type Calendar, type Rotation } from '../src/routing/calendar.ts';
import { loadRouting } from '../src/routing/load.ts';
import { alertPlaces, everyPlaceFor, placesFor, type Asking } from '../src/routing/places.ts';
import type { Routing } from '../src/routing/routing.ts';
import { makeFolder, put } from './config-fixture.ts';

const at = (iso: string) => instant(Date.parse(iso));
const office: Calendar = {
  timeZone: 'Europe/Berlin',
  days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'],
  from: 9 * 60,
  to: 17 * 60,
  holidays: ['2026-12-25'],
};
const night: Calendar = { ...office, from: 22 * 60, to: 2 * 60 };

describe('calendars', () => {
  test.each([
    ['2026-11-30T08:00:00Z', office, true],
    ['2026-11-30T07:59:59Z', office, false],
    ['2026-11-30T16:00:00Z', office, false],
    ['2026-11-28T10:00:00Z', office, false], // a Saturday
    ['2026-12-25T10:00:00Z', office, false],
    ['2026-07-01T07:00:00Z', office, true], // summer time: 09:00 there
    ['2026-12-01T00:00:00Z', night, true], // T22: 22:00–02:00 at 01:00
    ['2026-12-01T01:00:00Z', night, false],
    ['2026-11-30T21:00:00Z', night, true],
    ['2026-11-28T00:30:00Z', night, true], // began on Friday
    ['2026-11-29T00:30:00Z', night, false], // would have begun on Saturday
    ['2026-12-26T00:30:00Z', night, false], // would have begun on a holiday
  ] as const)('%s', (when, calendar, inside) => {
    expect(isWithin(calendar, at(when))).toBe(inside);
  });
});

describe('rotations', () => {
  const weekly: Rotation = {
    timeZone: 'Europe/Berlin',
    starts: '2026-10-19',
    at: 9 * 60,
    days: 7,
    people: ['ana', 'ben', 'cy'],
  };
  test.each([
    ['2026-10-19T06:59:00Z', []],
    ['2026-10-19T07:00:00Z', ['ana']],
    ['2026-10-26T07:59:00Z', ['ana']], // the clocks went back on the 25th: 08:59 there
    ['2026-10-26T08:00:00Z', ['ben']],
    ['2026-11-02T08:00:00Z', ['cy']],
    ['2026-11-09T08:00:00Z', ['ana']],
  ] as const)('%s', (when, people) => {
    expect(onCall(weekly, at(when))).toEqual(people);
  });
});

const CHANNELS = {
  slack: [{ id: 'slack' }],
  teams: [],
  email: [{ id: 'mail' }],
  webhooks: [{ id: 'siem' }],
  pagerduty: [],
};
const load = (text: string) =>
  loadRouting(put(makeFolder(), 'routing.yaml', text), {
    channels: CHANNELS as never,
  });
const FILE = `
calendars:
  office: { time_zone: Europe/Berlin, from: "09:00", to: "17:00" }
rotations:
  platform: { starts: "2026-11-02", people: [ana, ben] }
routes:
  - id: security
    groups: [security]
    to:
      - { channel: slack, place: C0SEC }
      - { channel: mail, direct: asked }
  - id: by-night
    outside: office
    risks: [high, critical]
    to: [{ channel: slack, rotation: platform }]
  - id: audit
    types: ["sql.*"]
    to: [{ channel: siem }]
alerts:
  - { channel: slack, place: C0ALERT }
`;

async function routing(): Promise<Routing> {
  const loaded = await load(FILE);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value;
}
const asking: Asking = {
  type: 'sql.export',
  risk: 'high',
  groups: ['security'],
  people: () => ['ana', 'dan'],
};
const told = (places: readonly { channel: string; place: string }[]) =>
  places.map(({ channel, place }) => `${channel} ${place}`);

describe('places', () => {
  test('every route that fits adds its places, each once', async () => {
    const now = at('2026-11-28T23:00:00Z');
    expect(told(placesFor(await routing(), asking, now))).toEqual([
      'slack C0SEC',
      'mail person:ana',
      'mail person:dan',
      'slack person:ben',
      'siem ',
    ]);
  });
  test('within business hours nobody is woken; another group, type and risk go elsewhere', async () => {
    const now = at('2026-11-30T10:00:00Z');
    const other = { ...asking, groups: ['dba'], type: 'shell.exec', risk: 'low' } as const;
    expect(told(placesFor(await routing(), asking, now))).not.toContain('slack person:ben');
    expect(placesFor(await routing(), other, now)).toEqual([]);
  });
  test('T28: with 25 groups and 80 people something is still sent', async () => {
    const many = {
      ...asking,
      groups: ['security', ...Array.from({ length: 24 }, (_, i) => `g${i}`)],
      people: () => Array.from({ length: 80 }, (_, i) => `p${i}`),
    };
    const places = placesFor(await routing(), many, at('2026-11-30T10:00:00Z'));
    expect(told(places)).toContain('slack C0SEC');
    expect(places.filter(({ channel }) => channel === 'mail')).toHaveLength(50);
  });
  test('what nobody may miss goes everywhere, whatever the hour, and to alerts', async () => {
    const now = at('2026-11-30T10:00:00Z');
    const places = told(everyPlaceFor(await routing(), asking, now));
    expect(places).toEqual(
      expect.arrayContaining(['slack C0SEC', 'slack person:dan', 'slack C0ALERT', 'siem ']),
    );
    expect(told(alertPlaces(await routing(), now))).toEqual(['slack C0ALERT']);
  });
});

describe('the file', () => {
  test('without one nothing is routed', async () => {
    const loaded = await loadRouting(`${makeFolder()}/routing.yaml`, {
      channels: CHANNELS as never,
    });
    expect(loaded.ok && loaded.value.routes).toEqual([]);
  });
  test.each([
    ['routes: [{ id: a, to: [{ channel: slak, place: C1 }] }]', 'unknown-channel', 1],
    ['routes:\n  - id: a\n    during: offic\n    to: []', 'unknown-name', 3],
    ['routes: [{ id: a, to: [{ channel: slack }] }]', 'bad-value', 1],
    ['routes: [{ id: a, to: [{ channel: siem, direct: asked }] }]', 'bad-value', 1],
    ['routes: [{ id: a, to: [{ channel: slack, rotation: x }] }]', 'unknown-name', 1],
    ['rotations: { r: { starts: "2026-11-02", people: [] } }', 'bad-value', 1],
    ['calendars: { c: { from: "9:00", to: "17:00" } }', 'wrong-type', 1],
    ['rout: []', 'unknown-key', 1],
  ])('%s: %s', async (text, code, line) => {
    const loaded = await load(text);
    expect(loaded.ok ? [] : loaded.error.map((one) => [one.code, one.line])).toEqual([
      [code, line],
    ]);
  });
});
