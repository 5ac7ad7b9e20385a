import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { once } from 'node:events';
import { connect } from 'node:net';
import type pg from 'pg';
import { CANCEL_REQUEST, startupPacket } from '../src/wire/packet.ts';
import { message, writeExecute, writeParse, writeQuery, writeSync } from '../src/wire/write.ts';
import { openRaw } from './raw.ts';
import { AGENT, KEYS } from './wire.ts';
import { openDatabase, type SampleDatabase } from './database.ts';
import { openGate, type TestGate } from './session.ts';

let database: SampleDatabase;
let gate: TestGate;
let client: pg.Client;
beforeAll(async () => {
  database = await openDatabase();
  gate = await openGate(database, { notices: true });
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

const refusal = (like: RegExp) => ({
  code: '42501',
  message: expect.stringMatching(like) as string,
});
const bindNothing = message('B', '', '', Buffer.alloc(6));
/** As drivers do it: by a connection of its own, with the key this one was given. */
async function cancel(): Promise<void> {
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const key = Buffer.alloc(8);
  key.writeInt32BE(processID, 0);
  key.writeInt32BE(secretKey, 4);
  const socket = connect(gate.port, '127.0.0.1');
  socket.end(startupPacket(CANCEL_REQUEST, key));
  await once(socket.resume(), 'close');
}
const plans = () => database.run("select count(*)::int as n from customers where plan = 'x'");

test('R2: a denied statement aborts the transaction it is in, by the server itself', async () => {
  gate.judge.say = (text) => (text.includes('countries') ? 'deny' : 'permit');
  for (const values of [[], undefined]) {
    await client.query('begin');
    await expect(client.query('select * from countries', values)).rejects.toMatchObject(
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
  const one = await client.query('select id, email, plan from customers where id = 2');
  const masked = expect.stringContaining('pii.email');
  expect(one.rows).toEqual([{ id: 2, email: masked, plan: 'enterprise' }]);
  const named = {
    name: 'by id',
    text: 'select id, email from customers where id = $1',
    values: [2],
  };
  for (let again = 0; again < 2; again += 1)
    expect((await client.query(named)).rows).toEqual([{ id: 2, email: masked }]);
  await client.query(
    'prepare p as select id, email, upper(email) as u from customers where id = 2',
  );
  gate.judge.say = () => 'allow';
  expect((await client.query('execute p')).rows[0]).toMatchObject({ id: 2, email: masked });
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

test('a held statement says so in a notice, and a cancel withdraws it', async () => {
  gate.judge.say = () => 'hold';
  const notices: string[] = [];
  client.on('notice', (said) => notices.push(said.message ?? ''));
  const held = client.query("update customers set plan = 'x'");
  await expect.poll(() => notices).toEqual(['waiting for a decision: apr_1']);
  await cancel();
  await expect(held).rejects.toMatchObject(refusal(/withdrawn/));
  expect((await plans()).rows).toEqual([{ n: 0 }]);
});

test('a cancel of what runs reaches the server, on either connection', async () => {
  for (const word of ['permit', 'allow'] as const) {
    gate.judge.say = () => word;
    const text =
      word === 'permit'
        ? 'select pg_sleep(20)'
        : "update customers set plan = 'x' where pg_sleep(20)::text = 'x'";
    const running = client.query(text);
    await expect
      .poll(
        async () =>
          (
            await database.run(
              `select 1 from pg_stat_activity where query like '%pg_sleep(20)%' and state = 'active' and usename = '${word === 'permit' ? 'cs_read' : 'cs_write'}'`,
            )
          ).rowCount,
      )
      .toBe(1);
    await cancel();
    await expect(running).rejects.toMatchObject({ code: '57014' });
  }
  expect(gate.judge.reports).toMatchObject([{ outcome: 'failed' }]);
});

test('R4: what was sent when the connection was lost is not told, and never sent again', async () => {
  gate.judge.say = () => 'allow';
  const running = client.query("update customers set plan = 'x' where pg_sleep(20)::text = 'x'");
  const sleeping = `select pg_terminate_backend(pid) from pg_stat_activity
    where usename = 'cs_write' and state = 'active' and query like '%pg_sleep(20)%'`;
  await expect.poll(async () => (await database.run(sleeping)).rowCount).toBe(1);
  await expect(running).rejects.toMatchObject(refusal(/^OUTCOME UNKNOWN/));
  expect(gate.judge.asked).toHaveLength(1);
  expect(gate.judge.reports).toEqual([]);
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});

test('what changes the catalog is known before anything else is judged by it', async () => {
  gate.judge.say = () => 'allow';
  await database.run('grant create on schema public to cs_write');
  await client.query('create table made (id int, email text)');
  await client.query('select 1');
  expect(
    gate.mounted.catalog
      .now()
      ?.relation('public', 'made')
      ?.columns.filter(({ attnum }) => attnum > 0),
  ).toHaveLength(2);
  await database.run('drop table made');
});

test('COPY runs apart too, and a client that goes away leaves nothing of it', async () => {
  gate.judge.say = () => 'allow';
  const raw = await openRaw(gate.port, { user: AGENT, password: KEYS[0], database: 'sales' });
  const copy = 'copy countries from stdin';
  raw.send(writeQuery(copy), message('d', Buffer.from('IT\tItaly\n')), message('c'));
  expect(await raw.until('Z')).toEqual(['G', 'C COPY 1', 'Z I']);
  raw.send(writeParse('', copy), bindNothing, writeExecute(''), writeSync());
  raw.send(message('d', Buffer.from('ES\tSpain\n')), message('c'), writeSync());
  expect(await raw.until('Z')).toEqual(['1', '2', 'G', 'C COPY 1', 'Z I']);
  raw.send(writeQuery(copy), message('d', Buffer.from('PT\tPortugal\n')));
  await raw.until('G');
  raw.close();
  await expect
    .poll(() => gate.judge.reports.map(({ outcome }) => outcome))
    .toEqual(['executed', 'executed', 'failed']);
  expect((await database.run('select count(*)::int as n from countries')).rows).toEqual([{ n: 5 }]);
  await database.run("delete from countries where code in ('IT', 'ES')");
});

test('a write stands alone between two Syncs, or does not run', async () => {
  gate.judge.say = () => 'allow';
  const raw = await openRaw(gate.port, { user: AGENT, password: KEYS[0], database: 'sales' });
  const write = [writeParse('', "update customers set plan = 'x'"), bindNothing, writeExecute('')];
  raw.send(...write, ...write, writeSync());
  expect(await raw.until('Z')).toEqual(['1', 'E 42501', 'Z I']);
  raw.send(
    writeParse('r', 'select 1'),
    message('B', '', 'r', Buffer.alloc(6)),
    writeExecute(''),
    ...write,
    writeSync(),
  );
  expect((await raw.until('Z')).slice(-2)).toEqual(['E 42501', 'Z I']);
  expect((await plans()).rows).toEqual([{ n: 0 }]);
  raw.close();
});

test('a read whose client is gone is cancelled at the server; a write is not', async () => {
  gate.judge.say = (text) => (text.startsWith('update') ? 'allow' : 'permit');
  const count = async (sql: string) =>
    (await database.run(`select count(*)::int as n from ${sql}`)).rows[0]?.n as number;
  const runs = async (like: string) => {
    // within a transaction it is what it was at first
    await database.run('select pg_stat_clear_snapshot()');
    return count(
      `pg_stat_activity where usename like 'cs_%' and state = 'active' and query ~ '^${like}'`,
    );
  };
  const who = { user: AGENT, password: KEYS[0], database: 'sales' };
  const reader = await openRaw(gate.port, who);
  reader.send(writeQuery('select count(*) from customers a, customers b, customers c'));
  await expect.poll(() => runs('select count... from customers a'), { timeout: 10_000 }).toBe(1);
  reader.close();
  await expect.poll(() => runs('select count... from customers a'), { timeout: 10_000 }).toBe(0);
  await database.run('begin; lock table orders in exclusive mode');
  const writer = await openRaw(gate.port, who);
  writer.send(writeQuery("update orders set status = 'left' where id = 1"));
  await expect.poll(() => runs('update orders'), { timeout: 10_000 }).toBe(1);
  writer.close();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await database.run('commit');
  await expect.poll(() => count("orders where status = 'left'"), { timeout: 10_000 }).toBe(1);
});
