// A flood through the front door: T14, what the agent is told, who hears of it, and that a restart forgets nothing.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActionStatus, AlertList, ApprovalList, ApprovalPage } from '@countersign/api';
import { checkStore, loadConfig } from '../src/operations.ts';
import {
  exportTo,
  startGateway,
  tokens,
  vote,
  type Fixture,
  type Name,
} from './gateway-fixture.ts';

let gateway: Fixture;
const limitTo =
  (limits: string) =>
  (folder: string): void => {
    const path = join(folder, 'countersign.yaml');
    const config = readFileSync(path, 'utf8');
    writeFileSync(path, config.replace(/^limits: .*$/m, `limits: { ${limits} }`));
  };
beforeAll(async () => {
  gateway = await startGateway(limitTo('max_pending_per_agent: 20, attention_per_reviewer: 1000'));
});
afterAll(() => gateway.stop());

const ask = async (agent: Name, more: Readonly<Record<string, unknown>> = {}) =>
  (await gateway.call<ActionStatus>(agent, 'POST', '/v1/actions', more)).body;
let made = 0;
const another = () => exportTo(`s3://${++made}`);
const alertsOf = async (name: Name, query = ''): Promise<AlertList> =>
  (await gateway.call<AlertList>(name, 'GET', `/v1/alerts${query}`)).body;
const denied = async (status: ActionStatus): Promise<void> => {
  const { body: page } = await gateway.call<ApprovalPage>(
    'rita',
    'GET',
    `/v1/approvals/${status.approvalId}`,
  );
  expect((await vote(gateway, 'rita', { status, page }, 'deny')).status).toBe(200);
};

test('T14 A11: of 300 requests the cap is asked, the rest is told why and when, one alert is raised, others go on', async () => {
  const told: ActionStatus[] = [];
  for (let i = 0; i < 3; i++)
    told.push(...(await Promise.all(Array.from({ length: 100 }, () => ask('etl', another())))));
  expect(told.filter(({ state }) => state === 'pending')).toHaveLength(20);
  const refused = told.filter(({ state }) => state === 'budget-exhausted');
  expect(refused).toHaveLength(280);
  expect(refused[0]).toMatchObject({
    code: 'budget-exhausted',
    because: 'agent',
    retry: 'later',
    retryAt: told.find(({ state }) => state === 'pending')?.expiresAt,
  });
  const { items } = await alertsOf('ada');
  expect(items).toEqual([
    expect.objectContaining({ n: 1, kind: 'flood', agent: 'etl', owner: 'olga', because: 'agent' }),
  ]);
  expect(await ask('other', another())).toMatchObject({ state: 'pending' });
  const { body } = await gateway.call<ApprovalList>('rita', 'GET', '/v1/approvals?for=me&limit=50');
  expect(body.items).toHaveLength(21);
  const { body: metrics } = await gateway.call<string>(undefined, 'GET', '/metrics');
  expect(metrics).toContain('countersign_alerts_total{kind="flood"} 1');
});

test('L37: administrators, auditors and the owner read the alert, nobody else', async () => {
  for (const name of ['ada', 'aud', 'olga', 'olga2'] as const)
    expect((await alertsOf(name)).items).toHaveLength(1);
  for (const name of ['rita', 'eve'] as const) expect((await alertsOf(name)).items).toEqual([]);
  const { status } = await gateway.call('etl', 'GET', '/v1/alerts');
  expect(status).toBe(403);
});

test('A11: a gateway that starts counts what was put before people in the last hour', async () => {
  limitTo('attention_per_reviewer: 42')(gateway.folder);
  await gateway.restart();
  // etl has put twenty before everybody: one of its half of 42 is left
  const told = [await ask('etl', another()), await ask('etl', another())];
  expect(told[0]).toMatchObject({ state: 'pending' });
  expect(told[1]).toMatchObject({ state: 'budget-exhausted', because: 'reviewers' });
  const retryAt = Date.parse(told[1]?.retryAt ?? '');
  expect(retryAt).toBeGreaterThan(Date.now());
  expect(retryAt).toBeLessThanOrEqual(Date.now() + 3_600_000);
  // the other agent has its own half
  expect(await ask('other', another())).toMatchObject({ state: 'pending' });
});

test('A20: what people denied three times is not asked again, and the owner reads of it', async () => {
  const { body } = await gateway.call<ApprovalList>(
    'rita',
    'GET',
    '/v1/approvals?agent=etl&limit=50',
  );
  const waiting = body.items.map(({ approvalId }) => approvalId);
  for (const approvalId of waiting.slice(0, 3)) await denied({ approvalId } as ActionStatus);
  const reworded = await ask('etl', { ...another(), session: { id: 'a new one' } });
  expect(reworded).toMatchObject({ state: 'denied', code: 'denied-before', because: 'locked' });
  const { items, next } = await alertsOf('olga', '?limit=1');
  expect(items).toMatchObject([{ n: 2, kind: 'denials', actionType: 'sql.export', count: 3 }]);
  expect(next).toBe(2);
  expect((await alertsOf('olga', `?before=${next}`)).items).toMatchObject([{ n: 1 }]);
  // what needs nobody is not held
  const elsewhere = {
    ...exportTo('x'),
    type: 'sql.select',
    arguments: { table: 'stats', columns: ['day'] },
  };
  expect(await ask('etl', elsewhere)).toMatchObject({ state: 'allowed' });
});

test('the store is what its entries say, caps and all', async () => {
  const path = join(gateway.folder, 'countersign.yaml');
  const loaded = await loadConfig({ path, env: tokens() });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  expect((await checkStore(loaded.value.config)).problems).toEqual([]);
});
