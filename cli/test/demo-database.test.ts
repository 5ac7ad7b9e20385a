import { afterAll, beforeAll, expect, test } from 'vitest';
import pg from 'pg';
import { startDatabase, type Database } from '../src/demo/database/database.ts';
import { CUSTOMERS, ROLES, SEED } from '../src/demo/database/seed.ts';

// The demo's database has one session; clients must not notice more of it than they have to.

const passwords: Readonly<Record<string, string>> = {
  [ROLES.read]: 'read-secret',
  [ROLES.write]: 'write-secret',
};
let database: Database;
beforeAll(
  async () =>
    void (database = await startDatabase({
      port: 0,
      seed: SEED,
      passwords,
      exporter: ROLES.exporter,
    })),
  120_000,
);
afterAll(() => database.close());

async function connect(user: string, password = passwords[user]): Promise<pg.Client> {
  const { port } = database;
  const client = new pg.Client({ host: '127.0.0.1', port, user, password, database: 'crm' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

test('a role shows its password, and a stranger is told as little as one who is wrong', async () => {
  const refused = { code: '28P01', message: 'password authentication failed' };
  await expect(connect(ROLES.read, 'wrong')).rejects.toMatchObject(refused);
  await expect(connect('postgres', 'guess')).rejects.toMatchObject(refused);
});

test('each connection has its role, its settings and its names, whoever was there before', async () => {
  const [read, write] = [await connect(ROLES.read), await connect(ROLES.write)];
  await read.query("set statement_timeout = '7s'; set search_path = pg_catalog, public");
  const who = "select current_user, session_user, current_setting('statement_timeout') as t";
  const path =
    "select array_length(current_schemas(false), 1) as n, current_setting('search_path') as p";
  for (let i = 0; i < 2; i++) {
    expect((await read.query(who)).rows).toEqual([
      { current_user: ROLES.read, session_user: ROLES.read, t: '7s' },
    ]);
    expect((await read.query(path)).rows).toEqual([{ n: 2, p: 'pg_catalog, public' }]);
    expect((await write.query(who)).rows).toEqual([
      { current_user: ROLES.write, session_user: ROLES.write, t: '0' },
    ]);
    expect((await read.query({ name: 's', text: 'select 1 as i' })).rows).toEqual([{ i: 1 }]);
    expect((await write.query({ name: 's', text: 'select 2 as j' })).rows).toEqual([{ j: 2 }]);
  }
  await write.query('prepare mine as select 3');
  await expect(read.query('execute mine')).rejects.toMatchObject({ code: '26000' });
  await expect(read.query('update customers set seats = 1')).rejects.toMatchObject({
    code: '42501',
  });
  await Promise.all([read.end(), write.end()]);
});

test("another's transaction is waited for, and one that is dropped is rolled back", async () => {
  const [read, write] = [await connect(ROLES.read), await connect(ROLES.write)];
  await write.query('begin; delete from customers where id > 5');
  const counted = read.query('select count(*)::int as n from customers');
  (
    write as unknown as { connection: { stream: { destroy: () => void } } }
  ).connection.stream.destroy();
  expect((await counted).rows).toEqual([{ n: CUSTOMERS }]);
  await read.end();
});

test('rows for COPY are refused before the engine ends of them', async () => {
  const write = await connect(ROLES.write);
  await expect(write.query('copy customers from stdin')).rejects.toMatchObject({ code: '0A000' });
  expect(await database.query('select 1 as still', [])).toEqual([{ still: 1 }]);
  await write.end();
});
