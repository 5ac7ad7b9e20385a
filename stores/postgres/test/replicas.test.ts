import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresStore, migrate, SCHEMA_VERSION, type PostgresStore } from '../src/index.ts';
import { testDatabase } from '../../../test/postgres.ts';
import { damageOf, newLedger, open, through } from './ledger.ts';
import { createProxy } from './proxy.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.remove());

const unit = (stream: string, expectedVersion = 0, ...entries: readonly string[]) => ({
  stream,
  expectedVersion,
  entries: entries.length > 0 ? entries : [`{"at":${expectedVersion}}`],
});

async function three(): Promise<readonly PostgresStore[]> {
  const access = await newLedger(database.url);
  return Promise.all([open(access), open(access), open(access)]);
}
const closed = (stores: readonly PostgresStore[]): Promise<unknown> =>
  Promise.all(stores.map((store) => store.close()));

async function ask(text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('R4 of identical units on three replicas exactly one is written', async () => {
  const stores = await three();
  for (let round = 0; round < 20; round++) {
    const same = unit(`act_${round}`);
    const results = await Promise.all(
      stores.flatMap((store) => [store.append(same), store.append(same)]),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
  }
  await closed(stores);
});

test('claims, quotas and versions hold across replicas', async () => {
  const stores = await three();
  const claiming = await Promise.all(
    stores.map((store, i) =>
      store.append({ ...unit(`act_c${i}`), claims: [{ name: 'idem:agent:key' }] }),
    ),
  );
  expect(claiming.filter(({ ok }) => ok)).toHaveLength(1);
  const standing = { state: 'pending', agent: 'bot', createdAt: stores[0]?.clock() ?? 0 } as never;
  const quotas = [{ of: { agent: 'bot' }, states: ['pending'], most: 5 }];
  const asking = await Promise.all(
    stores.flatMap((store, i) =>
      Array.from({ length: 10 }, (_, j) =>
        store.append({ ...unit(`act_q${i}_${j}`), standing, quotas }),
      ),
    ),
  );
  expect(asking.filter(({ ok }) => ok)).toHaveLength(5);
  await closed(stores);
});

test('every replica hears every entry once, in the order of the ledger, whoever wrote it', async () => {
  const stores = await three();
  const heard = stores.map(() => [] as string[]);
  const own = stores.map(() => 0);
  for (const [i, store] of stores.entries())
    store.onAppended(({ stream, firstSeq, version, unit: mine }) => {
      heard[i]?.push(`${stream}@${firstSeq}→${version}`);
      if (mine) own[i] = (own[i] ?? 0) + 1;
    });
  await Promise.all(
    stores.map(async (store, i) => {
      for (let n = 0; n < 40; n++)
        await store.append(unit(`act_${i}_${n}`, 0, '{"a":1}', '{"b":2}'));
    }),
  );
  await expect
    .poll(() => heard.map((all) => all.length), { timeout: 5_000 })
    .toEqual([120, 120, 120]);
  expect(heard[1]).toEqual(heard[0]);
  expect(heard[2]).toEqual(heard[0]);
  expect(own).toEqual([40, 40, 40]);
  const order = (heard[0] ?? []).map((it) => Number(/@(\d+)/.exec(it)?.[1]));
  expect(order).toEqual(Array.from({ length: 120 }, (_, i) => i * 2));
  const [first] = stores;
  expect(first && (await damageOf(first, new Map()))).toEqual([]);
  await closed(stores);
});

test('news come soon, by notice', async () => {
  const stores = await three();
  const [writer, reader] = stores;
  await expect.poll(() => reader?.health()).toEqual({ status: 'ok' });
  const news = new Promise((resolve) => reader?.onAppended(resolve));
  await writer?.append(unit('act_1'));
  await expect(news).resolves.toMatchObject({ stream: 'act_1', firstSeq: 0, version: 1 });
  await closed(stores);
});

test('where the engine has no LISTEN, news come by looking, at the same pace after an append', async () => {
  const access = await newLedger(database.url);
  const proxy = await createProxy(Number(new URL(database.url).port));
  proxy.forbidListening();
  const store = await open({ ...access, url: through(database.url, proxy.port) });
  const other = await open(access);
  await expect
    .poll(() => store.health())
    .toEqual({ status: 'degraded', detail: 'news-by-polling' });
  const heard: string[] = [];
  store.onAppended(({ stream }) => void heard.push(stream));
  await store.append(unit('act_own'));
  await other.append(unit('act_other'));
  await expect.poll(() => heard).toEqual(['act_own', 'act_other']);
  const before = proxy.looks();
  await sleep(1_000);
  const looks = proxy.looks() - before;
  expect(looks).toBeGreaterThan(2);
  expect(looks).toBeLessThan(60); // every 50 ms, not as fast as it can
  await closed([store, other]);
  await proxy.close();
});

test('one replica holds a lease, another takes over when it ends or is given up', async () => {
  const stores = await three();
  const [a, b] = stores;
  expect(await a?.leases.hold('expiry', 700)).toBe(true);
  expect(await b?.leases.hold('expiry', 700)).toBe(false);
  expect(await b?.leases.hold('other', 700)).toBe(true);
  await sleep(300);
  expect(await a?.leases.hold('expiry', 700)).toBe(true); // renewed
  await sleep(500);
  expect(await b?.leases.hold('expiry', 700)).toBe(false);
  await expect.poll(() => b?.leases.hold('expiry', 700), { timeout: 2_000 }).toBe(true);
  expect(await a?.leases.hold('expiry', 700)).toBe(false);
  await b?.leases.release();
  expect(await a?.leases.hold('expiry', 700)).toBe(true);
  await closed(stores);
});

test('the clock is that of the database', async () => {
  const store = await open(await newLedger(database.url));
  const [row] = await ask('SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now');
  expect(Math.abs(store.clock() - Number(row?.['now']))).toBeLessThan(200);
  await store.close();
});

test('schemas: made once by whoever is first, shown before, and refused when they do not fit', async () => {
  const access = { url: database.url, schema: `m${Date.now()}` };
  await expect(open(access)).rejects.toMatchObject({ code: 'needs-migration' });
  const dry = await migrate(access, { isDryRun: true });
  expect(dry).toMatchObject({ from: 0, to: SCHEMA_VERSION });
  expect(dry.sql).toContain('CREATE TABLE events');
  await expect(open(access)).rejects.toMatchObject({ code: 'needs-migration' });
  await Promise.all(Array.from({ length: 5 }, () => migrate(access)));
  expect(await migrate(access)).toMatchObject({
    from: SCHEMA_VERSION,
    to: SCHEMA_VERSION,
    sql: '',
  });
  const store = await open(access);
  await store.append(unit('act_1'));
  // a newer version came: this one goes on where it is said to suit, and stops where it is not
  await ask(`UPDATE ${access.schema}.schema_version SET version = ${SCHEMA_VERSION + 1}`);
  const older = await open(access);
  expect(await older.append(unit('act_1', 1))).toMatchObject({ ok: true });
  expect(await migrate(access)).toMatchObject({ to: SCHEMA_VERSION + 1 });
  await ask(`UPDATE ${access.schema}.schema_version SET since = ${SCHEMA_VERSION + 1}`);
  await expect(open(access)).rejects.toMatchObject({ code: 'too-new' });
  await expect(migrate(access)).rejects.toMatchObject({ code: 'too-new' });
  await closed([store, older]);
});

test.each([
  ['no such host', 'postgres://nobody@127.0.0.1:1/none', 'unreachable'],
  ['no such database', 'there-is-none', 'store-failed'],
])('%s: a clear refusal that repeats no secret', async (_, where, code) => {
  const url = new URL(where.includes(':') ? where : database.url);
  if (!where.includes(':')) url.pathname = `/${where}`;
  url.password = 'hush-hush';
  const opened = createPostgresStore({ url: url.href, schema: 'countersign' });
  await expect(opened).rejects.toMatchObject({ code });
  await expect(opened).rejects.not.toThrow(/hush/);
});

test('a schema with a name that is no name is refused before anything is sent', async () => {
  for (const schema of ['', 'A', 'a"b', 'a b', '1a', 'a'.repeat(49)])
    await expect(migrate({ url: database.url, schema })).rejects.toThrow('no name for a schema');
});
