// Two gateways on one PostgreSQL: caps are exact between them, alerts are raised once, attention is heard of.
import { randomBytes } from 'node:crypto';
import { ALERTS, alertsOf, createAttention, createGatekeeper } from '@countersign/core';
import { createPostgresStore, migrate, type PostgresStore } from '@countersign/store-postgres';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { must, openOffice, review } from '../core/test/office.ts';
import { followAttention } from '../server/src/followers/attention.ts';
import { testDatabase } from './postgres.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.remove());

const newAccess = () => ({ url: database.url, schema: `t${randomBytes(6).toString('hex')}` });

async function opened(access: ReturnType<typeof newAccess>): Promise<PostgresStore> {
  const store = await createPostgresStore({ ...access, connections: 2 });
  onTestFinished(() => store.close());
  return store;
}

/** A gateway as far as flood control goes; every agent it knows is mona's. */
async function gatewayOn(store: PostgresStore, caps: Readonly<Record<string, number>>) {
  const office = openOffice(review(), () => store);
  const attention = createAttention(caps['attention'] ?? 1_000);
  const parts = {
    ...office.parts,
    attention,
    clock: store.clock,
    settings: {
      ...office.parts.settings,
      maxPending: 100,
      maxPendingPerSession: 100,
      maxPendingPerOwner: 100,
      ...caps,
    },
    directory: () => ({
      ...office.parts.directory(),
      agent: (id: string) => ({ ...office.agent, id }),
    }),
  };
  const stop = await followAttention({
    parts,
    onFailure: (error) => {
      throw error;
    },
  });
  onTestFinished(stop);
  const gatekeeper = createGatekeeper(parts);
  return {
    attention,
    ask: async (agent: string, table: string, session?: string) =>
      must(
        await gatekeeper.propose({
          agent,
          type: 'crm.export',
          resource: { type: 'Database', id: 'crm' },
          arguments: { table },
          ...(session === undefined ? {} : { session: { id: session } }),
        }),
      ).status,
  };
}

test('A11: bursts at two gateways never pass the cap of an owner, an agent or a session together', async () => {
  const access = newAccess();
  await migrate(access);
  const stores = [await opened(access), await opened(access)];
  const caps = { maxPendingPerOwner: 12, maxPending: 8, maxPendingPerSession: 5 };
  const [left, right] = await Promise.all(stores.map((store) => gatewayOn(store, caps)));
  if (!left || !right) throw new RangeError('two gateways');
  const told = await Promise.all(
    Array.from({ length: 80 }, (_, i) =>
      (i % 2 === 0 ? left : right).ask(`bot-${i % 3}`, `t${i}`, i % 3 === 0 ? 'one' : undefined),
    ),
  );
  const waiting = told.filter((one) => one.state === 'pending');
  expect(waiting).toHaveLength(12);
  const refused = told.filter((one) => one.state === 'budget-exhausted');
  expect(refused).toHaveLength(68);
  const [store] = stores;
  const places = (await store?.find({ states: ['pending'], limit: 100 })) ?? [];
  expect(places).toHaveLength(12);
  const of = (agent: string) => places.filter(({ standing }) => standing.agent === agent).length;
  expect(of('bot-0')).toBeLessThanOrEqual(5);
  for (const agent of ['bot-1', 'bot-2']) expect(of(agent)).toBeLessThanOrEqual(8);
  // one alert for each agent that was turned away, whichever gateway did it
  const alerts = alertsOf((await store?.read(ALERTS)) ?? []);
  expect(alerts.map(({ agent }) => agent).toSorted()).toEqual(['bot-0', 'bot-1', 'bot-2']);
});

test('A11: what one gateway put before people counts at the other, and at one that starts later', async () => {
  const access = newAccess();
  await migrate(access);
  const stores = [await opened(access), await opened(access)] as const;
  const first = await gatewayOn(stores[0], { attention: 10 });
  const second = await gatewayOn(stores[1], { attention: 10 });
  for (let i = 0; i < 4; i++) expect((await first.ask('bot', `t${i}`)).state).toBe('pending');
  const now = stores[0].clock;
  await expect.poll(() => second.attention.countOf('bot', now()), { timeout: 5_000 }).toBe(4);
  expect((await second.ask('bot', 'fifth')).state).toBe('pending');
  expect(await second.ask('bot', 'sixth')).toMatchObject({ because: 'reviewers' });
  const third = await gatewayOn(await opened(access), { attention: 10 });
  expect(third.attention.countOf('bot', now())).toBe(5);
});

test('a ledger of before: what waits in it counts for its owner and its session', async () => {
  const access = newAccess();
  await migrate(access);
  const before = await opened(access);
  const old = await gatewayOn(before, {});
  await old.ask('bot', 'one', 's');
  await old.ask('bot', 'two');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  // as the first schema had it
  await client.query(
    `ALTER TABLE ${access.schema}.standings DROP COLUMN owner, DROP COLUMN session;
     UPDATE ${access.schema}.schema_version SET version = 1`,
  );
  await client.end();
  expect(await migrate(access)).toMatchObject({ from: 1, to: 2 });
  const store = await opened(access);
  const placed = await store.find({ states: ['pending'], limit: 9 });
  const counted = placed.map(({ standing }) => `${standing.owner} ${standing.session}`);
  expect(counted.toSorted()).toEqual(['mona s', 'mona undefined']);
  const next = await gatewayOn(store, { maxPendingPerOwner: 2 });
  expect(await next.ask('other', 'three')).toMatchObject({ because: 'owner' });
});
