import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  message,
  writeBind,
  writeDescribe,
  writeExecute,
  writeFlush,
  writeParse,
  writeQuery,
  writeSync,
} from '../src/wire/write.ts';
import { openDatabase, type SampleDatabase } from './database.ts';
import { openRaw, type RawClient } from './raw.ts';
import { openGate, type TestGate } from './session.ts';
import { AGENT, KEYS } from './wire.ts';

// what no driver sends by itself: messages one by one, as an attacker would

let database: SampleDatabase;
let gate: TestGate;
let client: RawClient;
beforeAll(async () => {
  database = await openDatabase();
  await database.run(`create table scratch (id int primary key, n int unique deferrable initially deferred);
    insert into scratch values (1, 1), (2, 2), (3, 3);
    grant all on scratch to cs_write`);
  gate = await openGate(database, { mode: 'transactional', idleTransactionMs: 400 });
});
afterAll(async () => {
  await gate?.close();
  await database.remove();
});
beforeEach(async () => {
  client = await openRaw(gate.port, { user: AGENT, password: KEYS[0], database: 'sales' });
});
afterEach(() => {
  client.close();
  gate.judge.say = () => 'permit';
  gate.judge.asked.length = gate.judge.reports.length = gate.judge.ran.length = 0;
});

const bind = (statement = '', values: readonly string[] = [], portal = ''): Buffer =>
  writeBind({
    portal,
    statement,
    values: values.map((value) => ({ format: 0, bytes: Buffer.from(value) })),
    resultFormats: [],
  });
const rows = async (): Promise<unknown> =>
  (await database.run('select count(*)::int as n from scratch')).rows[0].n as unknown;
const saidLast = (field: string): string | undefined => client.errors.at(-1)?.get(field);
const DELETE = 'delete from scratch';

test('A13: a Parse that the server skips changes nothing of what a name stands for', async () => {
  gate.judge.say = (text) => (text === DELETE ? 'deny' : 'permit');
  for (const name of ['', 'a']) {
    client.send(writeParse(name, DELETE), writeSync());
    await client.until('Z');
    // the Bind fails, so the server skips to Sync, and with it the Parse that makes the name harmless
    const harmless = name === '' ? [] : [message('C', Buffer.from('S'), name)];
    client.send(bind('nobody'), ...harmless, writeParse(name, 'select 1'), writeSync());
    client.send(bind(name), writeExecute(''), writeSync());
    expect(await client.until('Z', 2)).toEqual(['E 26000', 'Z I', 'E 42501', 'Z I']);
  }
  expect(await rows()).toBe(3);
});

test('A14: a Bind goes up only once it is decided, since planning runs code', async () => {
  gate.judge.say = () => 'deny';
  for (const next of [writeSync(), Buffer.concat([writeDescribe('portal', ''), writeSync()])]) {
    client.send(writeParse('', 'select n from scratch where id = $1'), bind('', ['1']), next);
    expect(await client.until('Z')).toEqual(['1', 'E 42501', 'Z I']);
  }
  client.send(writeParse('', 'select 1'), bind(), writeFlush());
  expect(await client.until('E')).toEqual(['1', 'E 42501']);
  expect(gate.judge.asked).toHaveLength(3);
});

test('A3: a function is never called by its number', async () => {
  client.send(writeQuery('begin'));
  await client.until('Z');
  const call = Buffer.alloc(10);
  call.writeInt32BE(3826, 0);
  client.send(message('F', call));
  expect(await client.until('Z')).toEqual(['E 42501', 'Z E']);
});

test('A9: all statements of one text are decided together', async () => {
  gate.judge.say = (text) => (text.includes('delete') ? 'deny' : 'permit');
  client.send(writeQuery('select 1; delete from scratch; select 2'));
  expect(await client.until('Z')).toEqual(['E 42501', 'Z I']);
  expect(await rows()).toBe(3);
});

test('A10: SQL and protocol share their names', async () => {
  client.send(
    writeQuery('prepare a as delete from scratch'),
    bind('a'),
    writeExecute(''),
    writeSync(),
  );
  expect(await client.until('Z', 2)).toEqual(['C PREPARE', 'Z I', 'E 42501', 'Z I']);
  client.send(writeParse('b', DELETE), writeSync(), writeQuery('execute b'));
  expect(await client.until('Z', 2)).toEqual(['1', 'Z I', 'E 42501', 'Z I']);
  // a cursor was let through when it was declared, whoever fetches
  client.send(
    writeQuery('begin'),
    writeQuery('declare c cursor for select id from scratch order by id'),
  );
  client.send(
    writeExecute('c', 2),
    writeSync(),
    writeQuery('fetch 5 from c'),
    writeQuery('commit'),
  );
  expect((await client.until('Z', 5)).filter((one) => one.startsWith('D'))).toEqual([
    'D 1',
    'D 2',
    'D 3',
  ]);
  gate.judge.say = () => 'deny';
  client.send(writeQuery('execute a'));
  await client.until('Z');
  expect(gate.judge.asked.at(-1)?.prepared).toEqual([
    { name: 'a', text: 'prepare a as delete from scratch' },
  ]);
});

test('A12: no value of a column leaves as the value of a setting', async () => {
  for (const text of [
    "select set_config('application_name', email, false) from customers where id = 1",
    "select set_config('TimeZone', 'UTC', false)",
    'set search_path to evil',
    'discard all',
    "set statement_timeout = '1h'",
  ]) {
    client.send(writeQuery(text));
    const told = await client.until('Z');
    if (!text.includes('UTC')) expect(told).toEqual(['E 42501', 'Z I']);
  }
  client.send(
    writeQuery("set statement_timeout = '1s'"),
    writeQuery("set application_name = 'me'"),
  );
  expect(await client.until('Z', 2)).toEqual(['C SET', 'Z I', 'C SET', 'S', 'Z I']);
});

test('a portal that is fetched from again and again is one action', async () => {
  gate.judge.say = () => 'allow';
  client.send(writeQuery('begin'));
  await client.until('Z');
  client.send(
    writeParse('', 'select id from scratch order by id'),
    bind(),
    writeExecute('', 1),
    writeSync(),
  );
  expect(await client.until('Z')).toEqual(['1', '2', 'D 1', 's', 'Z T']);
  client.send(writeExecute('', 1), writeExecute('', 0), writeSync());
  expect(await client.until('Z')).toEqual(['D 2', 's', 'D 3', 'C SELECT 1', 'Z T']);
  expect(gate.judge.asked).toHaveLength(2);
  expect(gate.judge.reports.map(({ summary }) => summary)).toEqual([
    'BEGIN',
    'not fetched to the end',
  ]);
});

test('what a Sync undoes is reported as failed', async () => {
  gate.judge.say = () => 'allow';
  client.send(writeParse('', 'update scratch set n = 1'), bind(), writeExecute(''), writeSync());
  expect(await client.until('Z')).toEqual(['1', '2', 'C UPDATE 3', 'E 23505', 'Z I']);
  expect(gate.judge.reports).toMatchObject([
    { outcome: 'failed', summary: 'UPDATE 3; rolled back' },
  ]);
});

test('a statement that is too long, or no text, is denied; a message that is too long ends the connection', async () => {
  client.send(writeQuery(`select '${'x'.repeat(200_000)}'`));
  expect(await client.until('Z')).toEqual(['E 42501', 'Z I']);
  client.send(
    message('Q', Buffer.from([0x73, 0xff, 0xfe, 0])),
    message('Q', Buffer.from('select 1\0; drop table scratch\0')),
  );
  expect(await client.until('Z', 2)).toEqual(['E 42501', 'Z I', 'E 42501', 'Z I']);
  client.send(message('P', '', Buffer.from([0xff, 0, 0, 0])), writeSync());
  expect(await client.until('Z')).toEqual(['E 42501', 'Z I']);
  client.send(Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff]));
  expect(await client.until('closed')).toEqual(['E 54000', 'closed']);
});

test('what is no message of a client ends the connection', async () => {
  client.send(message('y', 'x'));
  expect(await client.until('closed')).toEqual(['E 08P01', 'closed']);
});

test('COPY: rows go in after the decision, and the outcome says what they were', async () => {
  gate.judge.say = () => 'allow';
  const copy = 'copy scratch from stdin';
  client.send(
    writeQuery(copy),
    message('d', Buffer.from('10\t10\n')),
    message('d', Buffer.from('11\t11\n')),
    message('c'),
  );
  expect(await client.until('Z')).toEqual(['G', 'C COPY 2', 'Z I']);
  expect(gate.judge.reports[0]?.summary).toMatch(/^COPY 2: 12 bytes, sha256:[0-9a-f]{64}$/);
  // libpq sends a Sync right behind the Execute: the server does not hear it
  client.send(writeParse('', copy), bind(), writeExecute(''), writeSync());
  client.send(message('d', Buffer.from('12\t12\n')), message('c'), writeSync());
  expect(await client.until('Z')).toEqual(['1', '2', 'G', 'C COPY 1', 'Z I']);
  client.send(
    writeQuery(copy),
    message('d', Buffer.from('nonsense\n')),
    message('c'),
    writeQuery('select 1'),
  );
  expect((await client.until('Z', 2)).join(' ')).toBe('G E 22P02 Z I T D 1 C SELECT 1 Z I');
  client.send(writeQuery(copy), message('d', Buffer.from('99\t99\n')));
  await client.until('G');
  client.close();
  await expect.poll(() => gate.judge.reports.length).toBe(5);
  expect(gate.judge.reports.at(-1)?.outcome).toBe('failed');
  expect(await rows()).toBe(6);
  await database.run('delete from scratch where id > 3');
});

test('COPY: only rows pass while rows are taken', async () => {
  client.send(writeQuery('copy scratch from stdin'), writeQuery(DELETE));
  expect(await client.until('closed')).toEqual(['G', 'E 08P01', 'closed']);
  expect(await rows()).toBe(3);
});

test('COPY TO STDOUT passes where it holds nothing private, and is refused where it does', async () => {
  client.send(writeQuery('copy (select id, n from scratch order by 1) to stdout'));
  expect(await client.until('Z')).toEqual([
    'H',
    'd 1\t1',
    'd 2\t2',
    'd 3\t3',
    'c',
    'C COPY 3',
    'Z I',
  ]);
  for (const text of ['copy customers to stdout', 'copy (select email from customers) to stdout']) {
    client.send(writeQuery(text), writeParse('', text), writeSync());
    expect(await client.until('Z', 2)).toEqual(['E 42501', 'Z I', 'E 42501', 'Z I']);
  }
});

test('while an open transaction is held it keeps its locks, but not for long', async () => {
  gate.judge.say = (text) => (text === DELETE ? 'hold' : 'permit');
  client.send(
    writeQuery('begin'),
    writeQuery('update scratch set n = 5 where id = 1'),
    writeQuery(DELETE),
  );
  expect(await client.until('Z', 3)).toEqual([
    'C BEGIN',
    'Z T',
    'C UPDATE 1',
    'Z T',
    'E 42501',
    'Z E',
  ]);
  expect(saidLast('M')).toMatch(/the open transaction holds locks/);
  expect(await rows()).toBe(3);
});
