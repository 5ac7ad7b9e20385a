import { afterAll, beforeAll, expect, test } from 'vitest';
import type pg from 'pg';
import { frame, openRaw, Q, type Raw } from './postgres-raw.ts';
import { AGENT, ALL_PASSES, KEY, openStand, READS_PASS, type Stand } from './postgres-stand.ts';

// Whoever dies, and whenever: nothing half approved has happened, and nothing stays behind at the server.

/** A machine that is busy takes its time. */
const SOON = { timeout: 15_000 } as const;

let stand: Stand;
let idle: number;
beforeAll(async () => {
  stand = await openStand({ holdMs: 5_000 });
  idle = await stand.sessions();
}, 60_000);
afterAll(() => stand.close());

const raw = (database: string): Promise<Raw> =>
  openRaw({ host: '127.0.0.1', port: stand.port, database, user: AGENT, password: KEY });
const count = async (what: string): Promise<number> =>
  ((await stand.database.run(`select count(*)::int as n from ${what}`)).rows[0] as { n: number }).n;
/** Nobody is connected, at the gate nor at the server. */
const settled = async (): Promise<void> => {
  await expect.poll(stand.clients, SOON).toBe(0);
  await expect.poll(stand.sessions, SOON).toBeLessThanOrEqual(idle);
};
const pending = async (): Promise<number> =>
  (await stand.office.store.find({ states: ['pending'], limit: 5 })).length;
const outcomes = async (): Promise<readonly string[]> =>
  (await stand.entries()).flatMap(({ report }) => (report ? [report.outcome] : []));
const drop = (client: pg.Client): void =>
  (
    client as unknown as { connection: { stream: { destroy: () => void } } }
  ).connection.stream.destroy();

test('the client dies in a transaction: it is rolled back', async () => {
  stand.says(ALL_PASSES);
  const client = await stand.connect('crm-tx');
  await client.query('begin');
  await client.query("update customers set notes = 'half' where id = 20");
  drop(client);
  await settled();
  expect(await count("customers where notes = 'half'")).toBe(0);
});

test('the client dies while rows of a COPY come: none of them is there', async () => {
  const before = await count('orders');
  const it = await raw('crm-tx');
  it.send(Q('copy orders (customer_id, total) from stdin'));
  await expect.poll(() => it.said().toString('latin1'), SOON).toMatch(/^G|G\0\0/);
  it.send(...Array.from({ length: 500 }, () => frame('d', Buffer.from('7\t1.00\n'))));
  it.drop();
  await settled();
  expect(await count('orders')).toBe(before);
});

test('R4: the client dies while it is held: withdrawn, and a late yes runs nothing', async () => {
  stand.says(READS_PASS);
  const it = await raw('crm');
  it.send(Q("update customers set notes = 'late' where id = 21"));
  await expect.poll(pending, SOON).toBe(1);
  it.drop();
  await expect.poll(pending, SOON).toBe(0);
  await settled();
  expect((await stand.entries()).some(({ type }) => type === 'approval.cancelled')).toBe(true);
  expect(await count("customers where notes = 'late'")).toBe(0);
});

test('R4: the client dies while what was approved runs: it is done once and told, or not at all', async () => {
  const it = await raw('crm');
  const before = (await outcomes()).length;
  it.send(Q("update customers set notes = 'alone' where id = 22 and pg_sleep(1.5) is not null"));
  await stand.vote('approve');
  await expect
    .poll(
      () => count("pg_stat_activity where usename = 'cs_write' and wait_event = 'PgSleep'"),
      SOON,
    )
    .toBe(1);
  it.drop();
  await settled();
  const told = (await outcomes()).slice(before);
  const isDone = (await count("customers where notes = 'alone'")) === 1;
  expect(told.includes('executed') && !isDone).toBe(false);
});

test('R4: the database dies while what was approved runs: an error that says so, and nothing pretends', async () => {
  const client = await stand.connect('crm');
  const before = (await outcomes()).length;
  const running = client
    .query("update customers set notes = 'torn' where id = 23 and pg_sleep(5) is not null")
    .catch((error: unknown) => error);
  await stand.vote('approve');
  await expect
    .poll(
      () => count("pg_stat_activity where usename = 'cs_write' and wait_event = 'PgSleep'"),
      SOON,
    )
    .toBe(1);
  await stand.crash();
  const error = await running;
  expect(error).toBeInstanceOf(Error);
  expect((await outcomes()).slice(before)).not.toContain('executed');
  await settled();
  expect(await count("customers where notes = 'torn'")).toBe(0);
  expect(await stand.overdue()).toContain('action.unknown');
});

test('the database dies in a transaction: the client is told, and the next one is served', async () => {
  stand.says(ALL_PASSES);
  const client = await stand.connect('crm-tx');
  await client.query('begin');
  await client.query("update customers set notes = 'gone' where id = 24");
  await stand.crash();
  const error = await client.query('commit').catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(Error);
  await settled();
  expect(await count("customers where notes = 'gone'")).toBe(0);
  const next = await stand.connect('crm-tx');
  expect((await next.query('select plan from customers where id = 24')).rowCount).toBe(1);
  await next.end();
});

test('without the database nobody is let in, and nothing is asked of anybody', async () => {
  await stand.database.server.stop('kill');
  const before = stand.questions.length;
  await expect(stand.connect('crm')).rejects.toMatchObject({ code: '57P03' });
  expect(stand.questions).toHaveLength(before);
  await stand.restart();
  const client = await stand.connect('crm');
  expect((await client.query('select 1 as i')).rows).toEqual([{ i: 1 }]);
  await client.end();
});

test('R4: a cancel while it is held withdraws it, and the connection goes on', async () => {
  stand.says(READS_PASS);
  const client = await stand.connect('crm');
  const held = client
    .query("update customers set notes = 'x' where id = 25")
    .catch((error: unknown) => error);
  await expect.poll(pending, SOON).toBe(1);
  await stand.cancel(client);
  expect(await held).toMatchObject({ message: expect.stringContaining('NOT EXECUTED') });
  await expect.poll(pending, SOON).toBe(0);
  expect((await client.query('select 1 as i')).rows).toEqual([{ i: 1 }]);
  await client.end();
  await settled();
});

test('a hundred clients come and go: nothing stays', async () => {
  for (let round = 0; round < 5; round++) {
    const all = await Promise.all(Array.from({ length: 20 }, () => raw('crm')));
    all.forEach(
      (one, i) => (i % 2 ? one.send(Q('select * from customers')) : undefined, one.drop()),
    );
  }
  await settled();
});
