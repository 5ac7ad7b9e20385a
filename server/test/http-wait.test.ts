import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActionStatus, ApprovalPage } from '@countersign/api';
import { exportTo, held, startGateway, tokenOf, vote, type Fixture } from './gateway-fixture.ts';

let gateway: Fixture;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const at = (id: string, rest = ''): string => `/v1/actions/${id}${rest}`;
const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
const waiters = async (): Promise<number> => {
  const { body } = await gateway.call<string>(undefined, 'GET', '/metrics');
  return Number(/^countersign_waiters (\d+)$/m.exec(body)?.[1]);
};
const untilWaiting = async (count: number): Promise<void> => {
  while ((await waiters()) < count) await pause(5);
};

/** Events of a stream as they come, until it ends. */
async function readEvents(id: string): Promise<readonly (readonly [string, ActionStatus])[]> {
  const response = await fetch(`${gateway.url()}${at(id, '/events')}`, {
    headers: { authorization: `Bearer ${tokenOf('etl')}` },
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const text = await response.text();
  return [...text.matchAll(/^event: (\w+)\ndata: (.*)\n\n/gm)].map(([, event = '', data = '']) => [
    event,
    JSON.parse(data) as ActionStatus,
  ]);
}

test('a wait ends in time when nobody answers, and is answered at once when nothing is pending', async () => {
  const { status, page } = await held(gateway, 's3://patience');
  const began = performance.now();
  const waited = await gateway.call<ActionStatus>('etl', 'GET', at(status.id, '?wait=1'));
  expect(waited.body.state).toBe('pending');
  expect(performance.now() - began).toBeGreaterThan(950);
  await vote(gateway, 'rita', { status, page });
  const again = await gateway.call<ActionStatus>('etl', 'GET', at(status.id, '?wait=55'));
  expect(again.body.state).toBe('approved');
});

test('a waiter who leaves is forgotten', async () => {
  const { status } = await held(gateway, 's3://left');
  const leaving = new AbortController();
  const gone = fetch(`${gateway.url()}${at(status.id, '?wait=50')}`, {
    headers: { authorization: `Bearer ${tokenOf('etl')}` },
    signal: leaving.signal,
  }).catch(() => 'gone');
  await untilWaiting(1);
  leaving.abort();
  expect(await gone).toBe('gone');
  while ((await waiters()) > 0) await pause(5);
});

test('events tell every state until it is settled', async () => {
  const asked = await held(gateway, 's3://events');
  const events = readEvents(asked.status.id);
  await untilWaiting(1);
  const { grant } = (
    await (async () => {
      await vote(gateway, 'rita', asked);
      return gateway.call<ActionStatus>('etl', 'GET', at(asked.status.id));
    })()
  ).body;
  await gateway.call('etl', 'POST', '/v1/grants/redeem', { grant });
  await gateway.call('etl', 'POST', at(asked.status.id, '/outcome'), { outcome: 'executed' });
  const told = await events;
  expect(told[0]?.[1].state).toBe('pending');
  expect(told.at(-1)?.[1].state).toBe('executed');
  expect(new Set(told.map(([event]) => event))).toEqual(new Set(['status']));
});

test('100 pending approvals and their waiters: none is lost by stopping, each gets its answer afterwards', async () => {
  const ids = await Promise.all(
    Array.from({ length: 90 }, async (_, i) => {
      const action = exportTo(`s3://restart/${i}`);
      const { body } = await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', action);
      return body.id;
    }),
  );
  const others = await Promise.all(
    Array.from({ length: 10 }, async (_, i) => {
      const action = exportTo(`s3://restart/other/${i}`);
      const { body } = await gateway.call<ActionStatus>('other', 'POST', '/v1/actions', action);
      return body.id;
    }),
  );
  const waits = [
    ...ids.map((id) => gateway.call<ActionStatus>('etl', 'GET', at(id, '?wait=50'))),
    ...others.map((id) => gateway.call<ActionStatus>('other', 'GET', at(id, '?wait=50'))),
  ];
  const stream = readEvents(ids[0] ?? '');
  await untilWaiting(101);
  await gateway.restart();
  const answers = await Promise.all(waits);
  expect(answers.map(({ status, body }) => [status, body.state])).toEqual(
    answers.map(() => [200, 'pending']),
  );
  expect((await stream).map(([event]) => event)).toEqual(['status', 'shutdown']);

  const again = [
    ...ids.map((id) => gateway.call<ActionStatus>('etl', 'GET', at(id, '?wait=50'))),
    ...others.map((id) => gateway.call<ActionStatus>('other', 'GET', at(id, '?wait=50'))),
  ];
  await untilWaiting(100);
  await Promise.all(
    answers.map(async ({ body: status }) => {
      const path = `/v1/approvals/${status.approvalId}`;
      const { body: page } = await gateway.call<ApprovalPage>('rita', 'GET', path);
      expect((await vote(gateway, 'rita', { status, page })).status).toBe(200);
    }),
  );
  const settled = await Promise.all(again);
  expect(settled.map(({ body }) => body.state)).toEqual(settled.map(() => 'approved'));
});

test('a decision made while we stop reaches its waiter before the door closes', async () => {
  const asked = await held(gateway, 's3://last-minute');
  const waiting = gateway.call<ActionStatus>('etl', 'GET', at(asked.status.id, '?wait=50'));
  await untilWaiting(1);
  const [voted] = await Promise.all([vote(gateway, 'rita', asked), pause(1)]);
  await gateway.restart();
  expect(voted.status).toBe(200);
  expect((await waiting).body.state).toBe('approved');
});
