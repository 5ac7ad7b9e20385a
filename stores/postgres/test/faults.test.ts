import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, type PostgresServer } from '../../../test/postgres.ts';
import { createProxy, type Proxy } from './proxy.ts';
import { appender, damageOf, newLedger, open, through, type Acks } from './ledger.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.remove());

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Three replicas under load while something happens, then rest; what is broken afterwards. */
async function underLoad(
  happens: (proxies: readonly Proxy[]) => Promise<void>,
  more: Parameters<typeof open>[1] = {},
): Promise<{
  readonly damage: readonly string[];
  readonly acks: number;
  readonly failures: readonly string[];
}> {
  const access = await newLedger(server.url);
  const proxies = await Promise.all([0, 1, 2].map(() => createProxy(server.port)));
  const stores = await Promise.all(
    proxies.map(({ port }) => open({ ...access, url: through(server.url, port) }, more)),
  );
  const acks: Acks = new Map();
  const appenders = stores.flatMap((store, i) =>
    Array.from({ length: 8 }, (_, j) => appender(store, `${i}_${j}`, acks)),
  );
  await pause(300);
  await happens(proxies);
  const before = acks.size;
  await pause(600);
  expect(acks.size).toBeGreaterThan(before); // it goes on by itself
  await Promise.all(appenders.map((one) => one.stop()));
  const fresh = await open(access);
  const damage = await damageOf(fresh, acks);
  await Promise.all([...stores, fresh].map((store) => store.close()));
  await Promise.all(proxies.map((proxy) => proxy.close()));
  return { damage, acks: acks.size, failures: appenders.flatMap(({ failures }) => failures) };
}

const unit = (stream: string, text = '{}') => ({ stream, expectedVersion: 0, entries: [text] });

const child = (url: string, schema: string) =>
  spawn(
    process.execPath,
    [
      '--conditions=@countersign/source',
      fileURLToPath(new URL('./appending-child.ts', import.meta.url)),
      url,
      schema,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );

/** What a restored backup or a standby that was behind would hold. */
async function rewind(schema: string, copy: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`DROP SCHEMA ${schema} CASCADE; ALTER SCHEMA ${copy} RENAME TO ${schema}`);
  await client.end();
}
async function copyOf(schema: string): Promise<string> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const copy = `${schema}_copy`;
  await client.query(`CREATE SCHEMA ${copy}`);
  const tables = await client.query('SELECT tablename FROM pg_tables WHERE schemaname = $1', [
    schema,
  ]);
  for (const { tablename } of tables.rows)
    await client.query(
      `CREATE TABLE ${copy}.${tablename} (LIKE ${schema}.${tablename} INCLUDING ALL);
       INSERT INTO ${copy}.${tablename} SELECT * FROM ${schema}.${tablename}`,
    );
  await client.end();
  return copy;
}
describe('R1 nothing acknowledged is lost, nothing is there twice', () => {
  test.each([
    ['killed', 'kill'],
    ['crashed', 'immediate'],
    ['restarted', 'fast'],
  ] as const)('the database is %s under three replicas', async (_, how) => {
    const { damage, failures } = await underLoad(async () => {
      for (let round = 0; round < 3; round++) {
        await server.stop(how);
        await server.start();
        await pause(500);
      }
    });
    expect(damage).toEqual([]);
    expect(failures.filter((code) => code !== 'unreachable')).toEqual([]);
  });

  test('the database is killed under early lock release', async () => {
    const { damage } = await underLoad(
      async () => {
        for (let round = 0; round < 3; round++) {
          await server.stop('kill');
          await server.start();
          await pause(500);
        }
      },
      { isEarlyRelease: true },
    );
    expect(damage).toEqual([]);
  });

  test('answers to commits are lost: the mark tells that they were written', async () => {
    let lost = 0;
    const { damage, failures } = await underLoad(async (proxies) => {
      for (let round = 0; round < 20; round++) {
        for (const proxy of proxies) proxy.loseNextCommit();
        await pause(60);
      }
      lost = proxies.reduce((sum, proxy) => sum + proxy.lost(), 0);
    });
    expect(damage).toEqual([]);
    expect(lost).toBeGreaterThan(20);
    expect(failures).toEqual([]); // nobody who appended noticed
  });

  test('connections break in the middle of anything', async () => {
    const { damage, failures } = await underLoad(async (proxies) => {
      for (let round = 0; round < 40; round++) {
        proxies[round % 3]?.cut();
        await pause(20 + (round % 7));
      }
    });
    expect(damage).toEqual([]);
    expect(failures).toEqual([]);
  });

  test('a replica is cut off: it fails closed, says so, and comes back by itself', async () => {
    const access = await newLedger(server.url);
    const proxy = await createProxy(server.port);
    const far = await open({ ...access, url: through(server.url, proxy.port) });
    const near = await open(access);
    proxy.blackHole(true);
    await expect(far.append(unit('act_1'))).rejects.toMatchObject({
      code: 'unreachable',
      retryable: true,
    });
    expect(far.health()).toMatchObject({ status: 'down', detail: 'unreachable' });
    expect(await near.append(unit('act_2'))).toMatchObject({ ok: true });
    const heard: string[] = [];
    far.onAppended(({ stream }) => void heard.push(stream));
    proxy.blackHole(false);
    await expect.poll(() => far.health(), { timeout: 15_000 }).toMatchObject({ status: 'ok' });
    expect(await far.append(unit('act_3'))).toMatchObject({ ok: true });
    await expect
      .poll(() => heard, { timeout: 5_000 })
      .toEqual(expect.arrayContaining(['act_2', 'act_3']));
    await Promise.all([far.close(), near.close()]);
    await proxy.close();
  }, 60_000);

  test('control: a commit that does not wait for the disk loses what it acknowledged', async () => {
    const access = await newLedger(server.url);
    const client = new pg.Client({ connectionString: server.url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('SET synchronous_commit = off');
    let told = 0;
    for (; told < 500; told++)
      await client.query(`INSERT INTO ${access.schema}.claims (name, stream) VALUES ($1, $1)`, [
        `c${told}`,
      ]);
    await server.stop('kill');
    await server.start();
    const again = new pg.Client({ connectionString: server.url });
    await again.connect();
    const found = await again.query(`SELECT count(*)::int AS n FROM ${access.schema}.claims`);
    await again.end();
    expect(found.rows[0]?.n).toBeLessThan(told);
  });
});

describe('a replica that dies or stands still', () => {
  test.each([['SIGKILL'], ['SIGSTOP']] as const)(
    '%s holds nobody up for long, and nothing it said is lost',
    async (signal) => {
      const access = await newLedger(server.url);
      const mine = await open(access);
      const acks: Acks = new Map();
      const own = appender(mine, 'own', acks);
      for (let round = 0; round < 4; round++) {
        const other = child(access.url, access.schema);
        const closed = new Promise((resolve) => other.once('close', resolve));
        let said = '';
        other.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
        while (!said.includes('ack')) await pause(20);
        await pause(40 + round * 13);
        other.kill(signal);
        const stopped = acks.size;
        await expect.poll(() => acks.size, { timeout: 8_000 }).toBeGreaterThan(stopped + 5);
        if (signal === 'SIGSTOP') {
          other.kill('SIGCONT');
          await pause(300);
          other.kill('SIGKILL');
        }
        await closed;
        for (const line of said.split('\n').slice(0, -1)) {
          const [word, stream = '', seq] = line.split(' ');
          if (word === 'ack') acks.set(stream, Number(seq));
        }
      }
      await own.stop();
      expect(await damageOf(mine, acks)).toEqual([]);
      expect(own.failures).toEqual([]);
      await mine.close();
    },
    60_000,
  );
});

describe('a database that is not what it was', () => {
  test.each([
    ['has lost entries', []],
    ['has others in their place', ['{"other":1}', '{"other":2}', '{"other":3}']],
  ] as const)('one that %s is never appended to', async (_, others) => {
    const access = await newLedger(server.url);
    const proxy = await createProxy(server.port);
    const store = await open({ ...access, url: through(server.url, proxy.port) });
    await store.append(unit('act_1'));
    const copy = await copyOf(access.schema);
    await store.append(unit('act_2'));
    await store.append(unit('act_3'));
    await rewind(access.schema, copy);
    const other = await open(access);
    for (const [i, text] of others.entries()) await other.append(unit(`act_other_${i}`, text));
    await other.close();
    proxy.cut();
    const refused = { code: 'rolled-back', retryable: false };
    await expect(store.append(unit('act_4'))).rejects.toMatchObject(refused);
    await expect(store.append(unit('act_5'))).rejects.toMatchObject(refused); // for good
    expect(store.health()).toMatchObject({ status: 'down', detail: 'rolled-back' });
    await store.close();
    await proxy.close();
  });

  test('one that became read-only denies until it is not', async () => {
    const access = await newLedger(server.url);
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    const store = await open(access);
    const proxy = await createProxy(server.port);
    await client.query("ALTER ROLE postgres SET default_transaction_read_only = 'on'");
    const standby = await open({ ...access, url: through(server.url, proxy.port) });
    try {
      await expect(standby.append(unit('act_1'))).rejects.toMatchObject({
        code: 'read-only',
        retryable: true,
      });
    } finally {
      await client.query('ALTER ROLE postgres RESET default_transaction_read_only');
    }
    proxy.cut();
    expect(await standby.append(unit('act_1'))).toMatchObject({ ok: true });
    await Promise.all([store.close(), standby.close(), client.end()]);
    await proxy.close();
  }, 30_000);
});
