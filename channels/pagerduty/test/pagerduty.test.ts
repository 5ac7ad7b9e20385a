import type { Channel } from '@countersign/core';
import {
  describeChannelContract,
  sampleCard,
  sampleNotice,
  settledCard,
  type Fault,
  type Looked,
} from '@countersign/core/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createPagerDuty } from '../src/index.ts';
import { KEY, startFake, type Fake, type Incident } from './fake.ts';

const STATUS: Readonly<Partial<Record<Fault, number>>> = { limited: 429, broken: 502, barred: 400 };
const LINK = /[\w-]+:\/\/\S+|(?:mailto|tel):\S+|[\p{L}\p{N}_-]+\.\p{L}[\p{L}\p{N}-]+\S*/gu;

const everyText = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null
    ? Object.values(value).flatMap(everyText)
    : [String(value)];

/** An incident as whoever is on call sees it: PagerDuty makes links of what looks like one. */
function looked({ events, status }: Incident): Looked {
  const text = [status, ...events.flatMap(({ payload }) => everyText(payload))].join('\n');
  return {
    text,
    answers: [],
    links: events.flatMap(({ links = [] }) => links.map(({ href }) => href)),
    active: (text.match(LINK) ?? []).filter(
      (link) => !['crm.export', 'alert.raised'].includes(link),
    ),
    below: [],
  };
}

describeChannelContract(
  'pagerduty',
  async () => {
    const fake = await startFake();
    const make = (): Channel =>
      createPagerDuty({ id: 'oncall', routingKey: KEY, url: fake.url }, { tell: () => undefined });
    let posts = 0;
    // PagerDuty has one incident per request; the contract posts the same request again and again
    const apart = (channel: Channel): Channel => ({
      ...channel,
      post: (place, card, key) =>
        channel.post(place, { ...card, view: { ...card.view, approvalId: `apr_${posts++}` } }, key),
    });
    return {
      channel: apart(make()),
      restarted: () => Promise.resolve(make()),
      place: 'oncall',
      isWhole: false,
      secrets: [KEY, fake.url],
      // a lost answer is no trouble: what is sent again has the same key
      faults: ['down', 'limited', 'broken', 'barred'],
      fail: async (fault) => {
        const status = fault && STATUS[fault];
        fake.answerWith(
          fault &&
            ((response) => void (status ? response.writeHead(status).end() : response.destroy())),
        );
      },
      longestMs: 10_000,
      look: async () => fake.incidents().map(looked),
      dispose: fake.stop,
    };
  },
  { describe, test, expect },
);

let fake: Fake;
beforeAll(async () => {
  fake = await startFake();
});
afterEach(() => fake.answerWith(undefined));
afterAll(() => fake.stop());

const troubles: (string | undefined)[] = [];
const make = (timeoutMs = 5_000) =>
  createPagerDuty(
    { id: 'oncall', routingKey: KEY, url: fake.url },
    { tell: (because) => void troubles.push(because), timeoutMs },
  );

const statusOf = (key: string) => fake.incidents().find((one) => one.key === key)?.status;

test('one incident per request, however often it is posted; it ends with the request', async () => {
  const card = sampleCard();
  const key = card.view.approvalId;
  const asked = await make().post('oncall', card, 'k1');
  expect(asked).toEqual({ did: 'done', copy: `incident:${key}` });
  expect(await make().post('elsewhere', card, 'k2')).toEqual(asked);
  const before = fake.count();
  expect(await make().update?.(`incident:${key}`, sampleCard({ badges: ['reminded'] }))).toEqual(
    asked,
  );
  expect(fake.count(), 'nobody is woken twice').toBe(before);
  const open = fake.incidents().filter((one) => one.key === key);
  expect(open.map(({ status }) => status)).toEqual(['triggered']);
  expect(open[0]?.events[0]).toMatchObject({
    client_url: card.link,
    payload: {
      summary: 'Decision needed: Export customers from crm',
      severity: 'warning',
      source: 'Database crm',
      component: 'data-bot',
      group: 'data-owners',
      custom_details: { note: 'Acknowledging or resolving this incident approves nothing.' },
    },
  });
  expect(JSON.stringify(open), 'R9').not.toMatch(/city|quarterly/);
  expect(await make().update?.(`incident:${key}`, settledCard('denied'))).toEqual(asked);
  expect(statusOf(key)).toBe('resolved');
});

test('a broken glass stays until somebody has looked at it', async () => {
  const broken = { ...settledCard(), badges: ['break-glass'] as const };
  const view = { ...broken.view, approvalId: 'apr_glass' as const };
  const asked = await make().post('oncall', { ...broken, view }, 'k');
  expect(await make().update?.('incident:apr_glass', { ...broken, view })).toEqual(asked);
  expect(statusOf('apr_glass')).toBe('triggered');
  const at = broken.view.expiresAt;
  const timeline = [{ at, type: 'approval.glass-reviewed', text: 'Ana looked at it' }];
  await make().update?.('incident:apr_glass', { ...broken, view, timeline });
  expect(statusOf('apr_glass')).toBe('resolved');
});

test.each([
  ['low', 'info'],
  ['medium', 'warning'],
  ['high', 'error'],
  ['critical', 'critical'],
] as const)('risk %s is severity %s', async (risk, severity) => {
  await make().post('oncall', sampleCard({}, { risk, approvalId: `apr_${risk}` }), 'k');
  expect(fake.incidents().at(-1)?.events[0]).toMatchObject({ payload: { severity } });
});

test('the longest headline fits', async () => {
  const card = sampleCard({}, { headline: '漢😀'.repeat(5_000), approvalId: 'apr_long' });
  expect((await make().post('oncall', card, 'k')).did).toBe('done');
});

test('R7: nothing comes back: a channel to PagerDuty has no way to answer', () => {
  expect(Object.keys(make()).toSorted()).toEqual([
    'alert',
    'id',
    'kind',
    'post',
    'together',
    'update',
  ]);
});

test.each([
  [429, { 'retry-after': '12' }, { did: 'again', afterMs: 12_000 }],
  [500, {}, { did: 'again' }],
  [400, {}, { did: 'refused' }],
  [302, { location: 'http://127.0.0.1:9/' }, { did: 'refused' }],
] as const)('%i: %j', async (status, headers, end) => {
  fake.answerWith((response) => void response.writeHead(status, headers).end());
  const because = `PagerDuty answered ${status}`;
  expect(await make().alert('oncall', sampleNotice(), 'k')).toEqual({ ...end, because });
  expect(troubles.at(-1)).toBe(because);
});

test('one that never answers may answer later', async () => {
  fake.answerWith(() => undefined);
  expect((await make(100).alert('oncall', sampleNotice(), 'k')).did).toBe('again');
});
