import type { ActionStatus } from '@countersign/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCollector, type Collector } from '../../server/test/collector.ts';
import { spanIdOf, traceIdOf } from '../../server/src/telemetry/ids.ts';
import { startPostgres, type PostgresServer } from '../postgres.ts';
import { startReplicas, type Replicas } from './replicas.ts';
import { as, exportTo, vote, type World } from './world.ts';

const LONG = { timeout: 30_000, interval: 100 };
let server: PostgresServer;
let collector: Collector;
let replicas: Replicas;
beforeAll(async () => {
  [server, collector] = await Promise.all([startPostgres(), startCollector()]);
  replicas = await startReplicas([server.url, server.url], {
    schema: 'observed',
    more: `telemetry: { endpoint: '${collector.url}', interval: 1s }\n`,
  });
}, 60_000);
afterAll(async () => {
  await replicas.stop();
  await collector.close();
  await server.remove();
});

const at = (i: number): World => {
  const world = replicas.at[i];
  if (!world) throw new RangeError(`there is no replica ${i}`);
  return world;
};
const metrics = async (i: number): Promise<string> => (await fetch(`${at(i).url}/metrics`)).text();
const tellsForAll = async (i: number): Promise<boolean> =>
  /^countersign_ledger_entries \d+$/m.test(await metrics(i));

test('what two replicas and a restart did is one trace', async () => {
  const action = (await as(at(0), 'bot', '/v1/actions', exportTo('traced.csv')))
    .body as ActionStatus;
  expect((await vote(at(1), 'dana', action)).status).toBe(200);
  const names = (): readonly string[] =>
    collector.spans
      .filter(({ traceId }) => traceId === traceIdOf(action.id))
      .map(({ name }) => name)
      .toSorted();
  await expect.poll(names, LONG).toEqual(['judge', 'vote', 'waiting']);
  await replicas.end(0, 'SIGKILL');
  const { grant } = (await as(at(1), 'bot', `/v1/actions/${action.id}`)).body as ActionStatus;
  expect((await as(at(1), 'bot', '/v1/grants/redeem', { grant })).status).toBe(200);
  await replicas.start(0);
  const outcome = { outcome: 'executed' };
  expect((await as(at(0), 'bot', `/v1/actions/${action.id}/outcome`, outcome)).status).toBe(200);
  await expect.poll(names, LONG).toEqual(['action', 'execution', 'judge', 'vote', 'waiting']);
  const root = spanIdOf(action.id, 'action');
  for (const { name, traceId, parentSpanId } of collector.spans)
    if (traceId === traceIdOf(action.id))
      expect(parentSpanId, name).toBe(
        { action: undefined, vote: spanIdOf(action.id, 'waiting') }[name] ??
          (name === 'action' ? undefined : root),
      );
  expect(collector.misfits).toEqual([]);
}, 90_000);

test('what is the same for all is told once, and by another when its teller dies', async () => {
  const tellers = async (): Promise<number> =>
    (await Promise.all([tellsForAll(0), tellsForAll(1)])).filter(Boolean).length;
  await expect.poll(tellers, LONG).toBe(1);
  const teller = (await tellsForAll(0)) ? 0 : 1;
  await replicas.end(teller, 'SIGKILL');
  await expect.poll(() => tellsForAll(1 - teller), LONG).toBe(true);
  expect(await metrics(1 - teller)).toContain('countersign_leases_held{lease="figures"} 1\n');
  await replicas.start(teller);
}, 90_000);

test('replicas that start with one configuration record it once', async () => {
  const size = await fetch(`${at(0).url}/ledger/checkpoint`).then(async (answer) =>
    Number((await answer.text()).split('\n')[1]),
  );
  const entries = await (
    await fetch(`${at(0).url}/ledger/tile/entries/000.p/${Math.min(size, 255)}`)
  ).text();
  expect(entries.match(/"type":"config\.in-force"/g)).toHaveLength(1);
}, 30_000);

const health = async (): Promise<unknown> => (await fetch(`${at(0).url}/readyz`)).json();
test('R2 without its database a replica is down, with reason and time, and comes back', async () => {
  await server.stop('immediate');
  await expect.poll(health, LONG).toMatchObject({
    status: 'down',
    ready: false,
    checks: expect.arrayContaining([
      expect.objectContaining({
        name: 'ledger',
        status: 'down',
        detail: 'unreachable',
        since: expect.stringMatching(/^\d{4}-/),
      }),
    ]),
  });
  const told = await metrics(0);
  expect(told).toContain('countersign_ledger_reachable 0\n');
  expect(told).toMatch(/^process_resident_memory_bytes \d/m);
  await server.start();
  await expect.poll(health, LONG).toMatchObject({ status: 'ready', ready: true });
  await expect.poll(() => metrics(0), LONG).toContain('countersign_ledger_reachable 1\n');
}, 90_000);
