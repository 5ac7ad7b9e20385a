import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type pg from 'pg';
import { openDatabase, type SampleDatabase } from './database.ts';
import { openGate, type TestGate } from './session.ts';

let database: SampleDatabase;
let gate: TestGate;
let client: pg.Client;
beforeAll(async () => {
  database = await openDatabase();
  gate = await openGate(database);
});
afterAll(async () => {
  await gate?.close();
  await database.remove();
});
beforeEach(async () => void (client = await gate.connect()));
afterEach(async () => {
  await client.end();
  gate.judge.say = () => 'permit';
  gate.judge.asked.length = gate.judge.reports.length = gate.judge.ran.length = 0;
});

test('a permitted query runs, simple and extended, and is counted', async () => {
  expect((await client.query('select 1 + 1 as two')).rows).toEqual([{ two: 2 }]);
  expect((await client.query('select $1::int + 1 as two', [1])).rows).toEqual([{ two: 2 }]);
  expect((await client.query('select code from countries order by 1')).rows).toHaveLength(3);
  expect(gate.judge.ran).toHaveLength(3);
});

const refusal = (message: RegExp) => ({
  code: '42501',
  message: expect.stringMatching(message) as string,
});
const plans = () => database.run("select count(*)::int as n from customers where plan = 'x'");

test('R2: a denied statement aborts the transaction it is in, by the server itself', async () => {
  gate.judge.say = (text) => (text.includes('countries') ? 'deny' : 'permit');
  for (const values of [undefined, []]) {
    await client.query('begin');
    await expect(client.query({ text: 'select * from countries', values })).rejects.toMatchObject(
      refusal(/^NOT EXECUTED, denied: said the test$/),
    );
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' });
    expect((await client.query('commit')).command).toBe('ROLLBACK');
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  }
  expect(gate.judge.asked).toHaveLength(2);
});

test('R2: what cannot be understood is denied, before anything of it runs', async () => {
  await expect(client.query('selekt 1')).rejects.toMatchObject(refusal(/NOT EXECUTED/));
  await expect(client.query('selekt $1', [1])).rejects.toMatchObject(refusal(/NOT EXECUTED/));
  await expect(client.query('select 1; drop table nothing; select')).rejects.toThrow();
});

test('R3: an approved write runs once as the writing role, as it is stored', async () => {
  gate.judge.say = (text) => (text.startsWith('update') ? 'allow' : 'permit');
  const text = "update customers set plan = 'x' where id = 7";
  expect((await client.query(text)).rowCount).toBe(1);
  expect((await plans()).rows).toEqual([{ n: 1 }]);
  const bound = 'update customers set plan = $1 where id = $2 returning id, plan, email';
  const { rows } = await client.query(bound, ['x', 8]);
  expect(rows).toEqual([{ id: 8, plan: 'x', email: expect.stringContaining('pii.email') }]);
  expect((await plans()).rows).toEqual([{ n: 2 }]);
  expect(
    gate.judge.asked.map(({ lane, transaction, values }) => [lane, transaction, values?.length]),
  ).toEqual([
    ['write', 'own', undefined],
    ['write', 'own', 2],
  ]);
  expect(gate.judge.reports).toEqual([
    { outcome: 'executed', summary: 'UPDATE 1', text },
    { outcome: 'executed', summary: 'UPDATE 1', text: bound },
  ]);
  // a person may have made it another one
  gate.judge.edit = (stored) => ({ ...stored, text: stored.text.replace('id = 9', 'id = 10') });
  await client.query("update customers set plan = 'x' where id = 9");
  gate.judge.edit = (stored) => ({ ...stored, values: [] });
  await expect(client.query(bound, ['x', 11])).rejects.toMatchObject(refusal(/not what was asked/));
  gate.judge.edit = (stored) => stored;
  const changed = await database.run(
    "update customers set plan = 'free' where plan = 'x' returning id",
  );
  expect(changed.rows.map(({ id }) => id as number).toSorted((a, b) => a - b)).toEqual([7, 8, 10]);
});

test('a write that fails says so, to the client and to the house', async () => {
  gate.judge.say = () => 'allow';
  await expect(client.query("insert into countries values ('DE', 'again')")).rejects.toMatchObject({
    code: '23505',
  });
  await expect(
    client.query('insert into countries values ($1, $2)', ['DE', 'again']),
  ).rejects.toMatchObject({
    code: '23505',
  });
  expect(gate.judge.reports.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});

test('in mode `read` a write within a transaction, or beside others, is refused with a hint', async () => {
  gate.judge.say = () => 'allow';
  await client.query('begin');
  const error = await client
    .query("update customers set plan = 'x'")
    .catch((cause: unknown) => cause);
  expect(error).toMatchObject({
    ...refusal(/cannot be part of a transaction/),
    hint: expect.stringContaining('transactional'),
  });
  expect((await client.query('commit')).command).toBe('ROLLBACK');
  await expect(
    client.query("begin; update customers set plan = 'x'; commit"),
  ).rejects.toMatchObject(refusal(/in one text/));
  expect((await plans()).rows).toEqual([{ n: 0 }]);
});

test('what is held runs when people say yes, and not before', async () => {
  gate.judge.say = (text) => (text.startsWith('update') ? 'hold' : 'permit');
  const held = client.query("update customers set plan = 'x' where id = 1");
  const behind = client.query("select count(*)::int as n from customers where plan = 'x'");
  await expect.poll(() => gate.judge.held()).toBe(1);
  expect((await plans()).rows).toEqual([{ n: 0 }]);
  gate.judge.answer('approve');
  expect((await held).rowCount).toBe(1);
  expect((await behind).rows).toEqual([{ n: 1 }]);
  const denied = client.query("update customers set plan = 'free' where id = $1", [1]);
  await expect.poll(() => gate.judge.held()).toBe(1);
  gate.judge.answer('deny');
  await expect(denied).rejects.toMatchObject(refusal(/denied: by people/));
  await database.run("update customers set plan = 'free' where plan = 'x'");
});

test('a client that is gone withdraws what is held for it', async () => {
  gate.judge.say = () => 'hold';
  const other = await gate.connect();
  void other.query("update customers set plan = 'x'").catch(() => undefined);
  await expect.poll(() => gate.judge.held()).toBe(1);
  await other.end();
  await expect.poll(() => gate.judge.held()).toBe(0);
  expect((await plans()).rows).toEqual([{ n: 0 }]);
});

test('R9: private columns are masked; names, portals and cursors change nothing of it', async () => {
  const one = await client.query('select id, email, plan from customers where id = 1');
  const masked = expect.stringContaining('pii.email');
  expect(one.rows).toEqual([{ id: 1, email: masked, plan: 'free' }]);
  const named = {
    name: 'by id',
    text: 'select id, email from customers where id = $1',
    values: [1],
  };
  for (let again = 0; again < 2; again += 1)
    expect((await client.query(named)).rows).toEqual([{ id: 1, email: masked }]);
  await client.query(
    'prepare p as select id, email, upper(email) as u from customers where id = 1',
  );
  gate.judge.say = () => 'allow';
  expect((await client.query('execute p')).rows[0]).toMatchObject({ id: 1, email: masked });
  expect(gate.judge.asked.at(-1)).toMatchObject({
    text: 'execute p',
    prepared: [{ name: 'p', text: expect.stringContaining('prepare p as') }],
  });
  await client.query('begin');
  await client.query('declare c cursor for select count(*)::int as n, max(id) as id from orders');
  expect((await client.query('fetch all from c')).rows).toEqual([{ n: 3000, id: 3000 }]);
  await client.query('commit');
  await expect(client.query('fetch all from c')).rejects.toMatchObject({ code: '34000' });
  await expect(client.query('execute nobody')).rejects.toMatchObject({
    code: '26000',
    message: 'prepared statement "nobody" does not exist',
  });
});
