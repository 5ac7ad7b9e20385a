import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import pg from 'pg';
import type { Listener } from '../src/wire/listen.ts';
import { GSS_REQUEST, SSL_REQUEST, startupMessage, startupPacket } from '../src/wire/packet.ts';
import { readErrorFields } from '../src/wire/read-backend.ts';
import { createScramLogin } from '../src/wire/scram-client.ts';
import { changed, changes, cut } from './fuzzing.ts';
import { AGENT, hasPsql, KEYS, OLD_AGENT, openListener, psql } from './wire.ts';

let listener: Awaited<ReturnType<typeof openListener>>;
beforeAll(async () => void (listener = await openListener()));
afterAll(() => listener.close());

const clientOf = (over: pg.ClientConfig = {}, to: Listener = listener): pg.Client => {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: to.port,
    user: AGENT,
    password: KEYS[0],
    database: 'sales',
    ...over,
  });
  return client.on('error', () => undefined);
};
const connect = async (...how: Parameters<typeof clientOf>): Promise<pg.Client> => {
  const client = clientOf(...how);
  await client.connect();
  return client;
};

/** What comes back for these bytes until the gate hangs up. */
async function sendRaw(bytes: Uint8Array, to: Listener = listener): Promise<Buffer> {
  const socket = connectTcp(to.port, '127.0.0.1');
  const said: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => said.push(chunk)).on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(said);
}
const startup = (parameters: Readonly<Record<string, string>>): Buffer =>
  startupMessage(new Map(Object.entries(parameters)));

test.each(KEYS)('node-postgres comes in with any key of its agent: %s', async (password) => {
  const client = await connect({ password, application_name: 'mine' });
  expect((await client.query('hello')).rows).toEqual([{ said: 'hello' }]);
  expect(listener.peers.at(-1)).toMatchObject({
    agent: AGENT,
    database: 'sales',
    parameters: new Map([['application_name', 'mine']]),
  });
  await client.end();
});

test.skipIf(!hasPsql())('psql comes in, and is told what a pinned encoding is', async () => {
  const at = `host=127.0.0.1 port=${listener.port} user=${AGENT} dbname=sales`;
  expect(await psql(at, 'hello', { PGPASSWORD: KEYS[1] })).toMatchObject({ out: 'hello\n' });
  const other = { PGPASSWORD: KEYS[1], PGCLIENTENCODING: 'SJIS' };
  expect((await psql(at, 'hello', other)).err).toContain('`client_encoding` is `UTF8` here');
  const options = { PGPASSWORD: KEYS[1], PGOPTIONS: '-c search_path=evil' };
  expect((await psql(at, 'hello', options)).err).toContain('`options` are not taken');
});

test('a wrong key, no such agent and one without TLS are told the same', async () => {
  const refusals = [];
  for (const [user, password] of [
    [AGENT, 'csk_wrong'],
    ['nobody', KEYS[0]],
    [OLD_AGENT, 'csk_old-key'],
  ] as const)
    refusals.push(await connect({ user, password }).catch((error: unknown) => error));
  expect(
    new Set(refusals.map((one) => `${(one as pg.DatabaseError).code} ${String(one)}`)),
  ).toEqual(new Set(['28P01 error: password authentication failed']));
});

test('a database that is not there is told only to who is known', async () => {
  await expect(connect({ database: 'other' })).rejects.toMatchObject({ code: '3D000' });
  await expect(connect({ database: 'other', password: 'csk_wrong' })).rejects.toMatchObject({
    code: '28P01',
  });
});

test.each([
  [{ statement_timeout: 1_000, lock_timeout: 50_000 }, undefined],
  [{ statement_timeout: 6_000 }, '22023'],
  [{ idle_in_transaction_session_timeout: 60_001 }, '22023'],
  [{ options: '-c row_security=off' }, '0A000'],
  [{ options: ' ' }, undefined],
])('of limits, only lower ones may be asked for: %j', async (over, code) => {
  const client = clientOf(over);
  await (code === undefined
    ? client.connect()
    : expect(client.connect()).rejects.toMatchObject({ code }));
  await client.end();
});

test.each([
  ['replication', 'database', '0A000'],
  ['replication', 'true', '0A000'],
  ['Search_Path', 'evil', '0A000'],
  ['role', 'postgres', '0A000'],
  ['session_replication_role', 'replica', '0A000'],
  ['standard_conforming_strings', 'off', '0A000'],
  ['client_encoding', 'SJIS', '0A000'],
  ['CLIENT_ENCODING', 'latin1', '0A000'],
  ['user', '', '28000'],
])('A11: `%s=%s` at the start is refused', async (name, value, code) => {
  const said = await sendRaw(startup({ user: AGENT, database: 'sales', [name]: value }));
  expect(readErrorFields(said).get('C')).toBe(code);
});

test('a cancel request reaches the connection whose key it has, and no other', async () => {
  const [one, other] = [await connect(), await connect()];
  const waits = [one.query('wait'), other.query('wait')];
  const { cancelKey } = listener.peers.at(-1) ?? {};
  const wrong = Buffer.alloc(8);
  wrong.writeInt32BE(cancelKey?.process ?? 0, 0);
  expect(await sendRaw(startupPacket(80_877_102, wrong))).toEqual(Buffer.alloc(0));
  const right = Buffer.concat([wrong.subarray(0, 4), cancelKey?.secret ?? wrong]);
  expect(await sendRaw(startupPacket(80_877_102, right))).toEqual(Buffer.alloc(0));
  expect((await waits[1])?.rows).toEqual([{ said: 'cancelled' }]);
  expect(await Promise.race([waits[0], Promise.resolve('still waits')])).toBe('still waits');
  const ended = waits[0]?.catch(() => undefined);
  await Promise.all([one.end(), other.end(), ended]);
});

test('later protocols and their options are answered with what is spoken here', async () => {
  const packet = startup({ user: AGENT, database: 'sales', '_pq_.more': 'x' });
  packet.writeInt32BE(196_608 + 9_999, 4);
  const socket = connectTcp(listener.port, '127.0.0.1');
  socket.write(packet);
  const [said] = (await once(socket, 'data')) as [Buffer];
  expect(said.toString('latin1', 0, 1)).toBe('v');
  expect(said.readInt32BE(5)).toBe(196_610);
  expect(said.toString('latin1', 13, 22)).toBe('_pq_.more');
  socket.destroy();
  expect(readErrorFields(await sendRaw(startupPacket(131_072, Buffer.from([0])))).get('C')).toBe(
    '0A000',
  );
});

test('a client of protocol 3.2 gets a long secret, and can cancel with it', async () => {
  const packet = startup({ user: AGENT, database: 'sales' });
  packet.writeInt32BE(196_610, 4);
  const socket = connectTcp(listener.port, '127.0.0.1');
  const scram = createScramLogin(KEYS[1], undefined);
  const next = async (): Promise<Buffer> => ((await once(socket, 'data')) as [Buffer])[0];
  socket.write(packet);
  await next();
  socket.write(initial(scram.first));
  const challenge = (await next()).toString('latin1', 9);
  socket.write(password((await scram.final(challenge)) ?? ''));
  let said = await next();
  while (!said.includes('Z\0\0\0\x05I')) said = Buffer.concat([said, await next()]);
  const [, final = ''] = /(v=[A-Za-z0-9+/]+=*)/.exec(said.toString('latin1')) ?? [];
  expect(scram.isProven(final)).toBe(true);
  const key = said.subarray(said.indexOf('K\0\0\0\x28') + 5).subarray(0, 36);
  const heard = next();
  expect(await sendRaw(startupPacket(80_877_102, key))).toHaveLength(0);
  expect((await heard).toString()).toContain('cancelled');
  socket.destroy();
});

const size = (length: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(length, 0);
  bytes.writeInt32BE(196_608, 4);
  return bytes;
};
test.each([
  ['a short length', size(7)],
  ['1 GB', size(1_073_741_824)],
  ['no number of bytes', size(0xff_ff_ff_ff)],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['TLS where there is none', Buffer.from('160301020001000', 'hex')],
  ['data behind a request for TLS', Buffer.concat([startupPacket(SSL_REQUEST), size(9)])],
  ['two requests for GSS', Buffer.concat([startupPacket(GSS_REQUEST), startupPacket(GSS_REQUEST)])],
  ['half a message and then nothing', size(200)],
])('hostile: %s ends the connection without a word', async (_, bytes) => {
  const short = await openListener({
    limits: { connections: 5, unauthenticated: 2, handshakeMs: 100 },
  });
  expect((await sendRaw(bytes, short)).toString('latin1').replace(/^N/, '')).toBe('');
  await short.close();
});

test.each([
  ['a name without a value', startupPacket(196_608, Buffer.from('user\0'))],
  ['no end', startupPacket(196_608, Buffer.from('user\0x\0'))],
  ['bytes behind the end', startupPacket(196_608, Buffer.from('user\0x\0\0x'))],
  ['a name that comes twice', startupPacket(196_608, Buffer.from('user\0x\0user\0y\0\0'))],
  ['bytes that are no UTF-8', startupPacket(196_608, Buffer.from('user\0\xff\0\0', 'latin1'))],
])('hostile: %s is told as a violation of the protocol', async (_, bytes) => {
  const fields = readErrorFields(await sendRaw(bytes));
  expect(fields.get('S')).toBe('FATAL');
  expect(['08P01', '22021']).toContain(fields.get('C'));
});

/** Says so many messages of the login, the last of them as it is. */
async function answerChallenge(...answers: readonly Uint8Array[]): Promise<string | undefined> {
  const socket = connectTcp(listener.port, '127.0.0.1');
  socket.write(startup({ user: AGENT, database: 'sales' }));
  let said: Buffer = Buffer.alloc(0);
  for (const answer of answers) {
    [said] = (await once(socket, 'data')) as [Buffer];
    socket.write(answer);
  }
  [said] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return readErrorFields(said).get('C');
}
const password = (body: string): Buffer => {
  const bytes = Buffer.alloc(5 + Buffer.byteLength(body, 'latin1'));
  bytes.write('p', 'latin1');
  bytes.writeInt32BE(bytes.length - 1, 1);
  bytes.write(body, 5, 'latin1');
  return bytes;
};
const initial = (text: string, mechanism = 'SCRAM-SHA-256'): Buffer =>
  password(`${mechanism}\0\0\0\0${String.fromCharCode(text.length)}${text}`);

test.each([
  ['a query', [Buffer.from('510000000673656c00', 'hex')]],
  ['an unknown mechanism', [initial('n,,n=,r=abcdefghij', 'PLAIN')]],
  [
    'PLUS that was not offered',
    [initial('p=tls-server-end-point,,n=,r=abcdefghij', 'SCRAM-SHA-256-PLUS')],
  ],
  ['a binding without PLUS', [initial('p=tls-server-end-point,,n=,r=abcdefghij')]],
  ['another name to act for', [initial('n,a=root,n=,r=abcdefghij')]],
  ['a required extension', [initial('n,,m=x,n=,r=abcdefghij')]],
  [
    'a wrong nonce',
    [initial('n,,n=,r=abcdefghij'), password(`c=biws,r=other,p=${'A'.repeat(43)}=`)],
  ],
  ['a proof of no length', [initial('n,,n=,r=abcdefghij'), password('c=biws,r=abcdefghij,p=')]],
  ['1 GB of an answer', [Buffer.from('704000000058', 'hex')]],
])('hostile: SCRAM with %s ends the login', async (_, answers) => {
  expect(['08P01', '54000']).toContain(await answerChallenge(...answers));
});

test('fuzz: whatever a stranger says, it is refused and leaves nothing', async () => {
  const { logged, ...fuzzed } = await openListener();
  const words = [
    startup({ user: AGENT, database: 'sales', application_name: 'x' }),
    startupPacket(GSS_REQUEST),
    initial('n,,n=,r=abcdefghij'),
    password(`c=biws,r=abcdefghij,p=${'A'.repeat(43)}=`),
  ];
  const bytes = fc.tuple(changes, fc.array(fc.nat(300), { maxLength: 4 }));
  const property = fc.asyncProperty(bytes, async ([list, places]) => {
    const socket = connectTcp(fuzzed.port, '127.0.0.1').on('error', () => undefined);
    for (const piece of cut(changed(Buffer.concat(words), list), places)) socket.write(piece);
    await once(socket.resume().end(), 'close');
  });
  await fc.assert(property, { numRuns: 100 });
  await expect.poll(fuzzed.connections, { interval: 5 }).toBe(0);
  expect(logged.filter(({ code }) => code === 'failed')).toEqual([]);
  expect(logged.length).toBeGreaterThan(10);
  await fuzzed.close();
});

test('strangers are bounded by address, and clients by database', async () => {
  const narrow = await openListener({
    limits: { connections: 40, unauthenticated: 3, handshakeMs: 5_000 },
  });
  const strangers: Socket[] = [];
  for (let n = 0; n < 3; n += 1) strangers.push(connectTcp(narrow.port, '127.0.0.1'));
  await Promise.all(strangers.map((socket) => once(socket, 'connect')));
  await expect(connect({}, narrow)).rejects.toMatchObject({ code: '53300' });
  for (const socket of strangers) socket.destroy();
  const inside: pg.Client[] = [];
  while (inside.length < 20)
    await connect({}, narrow).then(
      (client) => inside.push(client),
      () => undefined,
    );
  await expect(connect({}, narrow)).rejects.toMatchObject({
    code: '53300',
    message: 'too many connections to this database',
  });
  await inside.pop()?.end();
  await expect
    .poll(() =>
      connect({}, narrow).then(
        (client) => inside.push(client),
        () => 0,
      ),
    )
    .toBeGreaterThan(0);
  await narrow.close(10);
});

test('hostile: who neither reads a goodbye nor hangs up is cut off', async () => {
  const limits = { connections: 5, unauthenticated: 2, handshakeMs: 5_000, lingerMs: 10 };
  const short = await openListener({ limits });
  const client = await connect({}, short);
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.pause();
  const peer = short.peers[0]?.socket;
  peer?.end(Buffer.alloc(30_000_000));
  await expect.poll(short.connections, { interval: 5 }).toBe(0);
  expect(peer?.writableFinished).toBe(false);
  stream.destroy();
  await short.close();
});

test('a listener that closes asks its peers to end, and cuts off the rest', async () => {
  const closing = await openListener();
  const client = await connect({}, closing);
  const stranger = connectTcp(closing.port, '127.0.0.1');
  await once(stranger, 'connect');
  const gone = new Promise((resolve) => client.once('end', () => resolve(undefined)));
  await closing.close(50);
  await gone;
  await expect(connect({}, closing)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
