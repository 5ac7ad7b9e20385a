import { chownSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UpstreamFailure, type Connection, type Upstream } from '../src/upstream.ts';
import { createUpstream, type UpstreamParts } from '../src/wire/upstream.ts';
import { int32, message, writeParameterStatus, writeReady } from '../src/wire/write.ts';
import { openDatabase, READ, WRITE, type SampleDatabase } from './database.ts';
import { answerOf, openAuthority, type Authority } from './wire.ts';

let database: SampleDatabase;
let authority: Authority;
beforeAll(async () => {
  [database, authority] = [await openDatabase(), openAuthority()];
  const { cert, key } = authority.issue('localhost');
  for (const [name, text] of Object.entries({ 'server.crt': cert, 'server.key': key })) {
    const path = join(database.server.folder, 'data', name);
    writeFileSync(path, text, { mode: 0o600 });
    if (process.getuid?.() === 0) chownSync(path, 65_534, 65_534);
  }
  await database.run('alter system set ssl = on');
  await database.run('select pg_reload_conf()');
});
afterAll(async () => {
  await database.remove();
});

const upstream = (over: Partial<UpstreamParts> = {}): Upstream =>
  createUpstream({
    name: 'sample',
    host: '127.0.0.1',
    port: database.port,
    tls: 'disable',
    database: 'postgres',
    lanes: {
      read: { user: READ.user, password: () => READ.password },
      write: { user: WRITE.user, password: () => WRITE.password },
    },
    settings: { searchPath: ['public'], statementMs: 5_000, idleTransactionMs: 60_000 },
    ...over,
  });
const once = async (made: Upstream, sql: string): Promise<unknown> => {
  const connection = await made.connect('read');
  const rows = await made.ask(connection, sql);
  connection.close();
  return rows;
};

test('a lane logs in by SCRAM, its settings are pinned, and questions are answered', async () => {
  const made = upstream();
  const parameters = new Map([
    ['application_name', 'mine'],
    ['search_path', 'evil'],
    ['user', 'postgres'],
  ]);
  const connection = await made.connect('read', { parameters });
  expect(connection.parameters.get('application_name')).toBe('mine');
  expect(connection.parameters.get('standard_conforming_strings')).toBe('on');
  expect(await made.ask(connection, 'select current_user, null, 1; select 2')).toEqual([
    ['cs_read', null, '1'],
    ['2'],
  ]);
  expect(await made.ask(connection, 'show search_path')).toEqual([['"public", pg_temp']]);
  expect(await made.ask(connection, 'show statement_timeout')).toEqual([['5s']]);
  const failed = made.ask(connection, "select 'private'::int");
  await expect(failed).rejects.toMatchObject({
    code: 'failed',
    sqlState: '22P02',
    message: 'the database answered 22P02',
  });
  const rows = (await made.ask(
    connection,
    'select g from generate_series(1, 50000) g',
  )) as string[][];
  expect(rows).toHaveLength(50_000);
  expect(rows.at(-1)).toEqual(['50000']);
  const ended = new Promise((resolve) => connection.socket.once('close', resolve));
  connection.close();
  await ended;
});

test('a connection flows to whoever listens, after questions too', async () => {
  const connection = await upstream().connect('write');
  const said = new Promise<Buffer>((resolve) => connection.socket.once('data', resolve));
  connection.socket.write(message('Q', 'select 1'));
  expect((await said).toString('latin1', 0, 1)).toBe('T');
  connection.close();
});

test('what runs is cancelled, and a server that is gone is waited for by nobody', async () => {
  const made = upstream();
  const connection = await made.connect('read');
  const sleeps = made.ask(connection, 'select pg_sleep(4)');
  const failed = expect(sleeps).rejects.toMatchObject({ sqlState: '57014' });
  const running = "select 1 from pg_stat_activity where query ~ '^select pg_sleep'";
  await expect.poll(async () => (await database.run(running)).rowCount).toBe(1);
  await connection.cancel();
  await failed;
  connection.close();
  await expect(upstream({ port: 1 }).connect('read')).rejects.toMatchObject({
    code: 'unreachable',
  });
});

test('TLS: a password is bound to the certificate, which must be good where that is wanted', async () => {
  const encrypted = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
  expect(await once(upstream({ tls: 'require' }), encrypted)).toEqual([['t']]);
  const { ca } = authority;
  const verified = upstream({ tls: 'verify-full', host: 'localhost', ca });
  expect(await once(verified, encrypted)).toEqual([['t']]);
  await expect(upstream({ tls: 'verify-full', ca }).connect('read')).rejects.toMatchObject({
    code: 'protocol',
  });
  await expect(
    upstream({ tls: 'verify-full', host: 'localhost' }).connect('read'),
  ).rejects.toMatchObject({ code: 'protocol' });
});

test.each([
  ['a wrong password', { user: READ.user, password: () => 'no' }, 'authentication', '28P01'],
  ['no password', { user: READ.user }, 'authentication', undefined],
  [
    'a password nobody asked for',
    { user: 'postgres', password: () => 'x' },
    'authentication',
    undefined,
  ],
  [
    'a password that cannot be read',
    { user: READ.user, password: () => Promise.reject(new Error('/etc/postgres"')) },
    'authentication',
    undefined,
  ],
  ['no such role', { user: 'nobody', password: () => 'x' }, 'authentication', '28P01'],
])('%s is a failure without names', async (_, lane, code, sqlState) => {
  const failure = await upstream({ lanes: { read: lane, write: lane } })
    .connect('read')
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ code, sqlState });
  expect(String(failure)).not.toMatch(/cs_read|nobody|127\.0|postgres"/);
});

test('a database that is not there, and a setting that is none', async () => {
  await expect(upstream({ database: 'other' }).connect('read')).rejects.toMatchObject({
    code: 'refused',
    sqlState: '3D000',
  });
  const parameters = new Map([['datestyle', 'nonsense']]);
  await expect(upstream().connect('read', { parameters })).rejects.toMatchObject({
    code: 'settings',
    sqlState: '22023',
  });
  await database.run("alter role cs_write set session_replication_role = 'replica'");
  await expect(upstream().connect('write')).rejects.toMatchObject({ code: 'settings' });
  await database.run('alter role cs_write reset session_replication_role');
});

/** A server that answers the first bytes of each connection with these, one after the other. */
async function fake(...answers: readonly (Uint8Array | 'hang-up')[]): Promise<Server> {
  const server = createServer((socket: Socket) => {
    const left = [...answers];
    socket
      .on('error', () => undefined)
      .on('data', () => {
        const answer = left.shift();
        if (answer === 'hang-up') socket.destroy();
        else if (answer) socket.write(answer);
      });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return server;
}
const ok = message('R', int32(0));
const sasl = message('R', int32(10), 'SCRAM-SHA-256', '');
const ready = Buffer.concat([ok, writeParameterStatus('client_encoding', 'UTF8'), writeReady('I')]);
const challenge = (text: string): Buffer => message('R', int32(11), Buffer.from(text));
const trusting = { lanes: { read: { user: 'x' }, write: { user: 'x' } } };

test.each<[string, readonly (Uint8Array | 'hang-up')[], Partial<UpstreamParts>, string]>([
  ['asks for a password in clear', [message('R', int32(3))], {}, 'authentication'],
  ['asks for MD5', [message('R', int32(5), Buffer.alloc(4))], {}, 'authentication'],
  ['lets in without proof of its own', [ok], {}, 'authentication'],
  ['lets in before its proof', [sasl, ok], {}, 'authentication'],
  ['offers nothing that is safe', [message('R', int32(10), 'PLAIN', '')], {}, 'authentication'],
  ['has a nonce of its own', [sasl, challenge('r=other,s=AAAA,i=4096')], {}, 'protocol'],
  ['ends', ['hang-up'], {}, 'unreachable'],
  ['says nothing', [], { connectMs: 50 }, 'unreachable'],
  ['says nothing to TLS', [], { connectMs: 50, tls: 'require' }, 'unreachable'],
  ['speaks no TLS', [Buffer.from('N')], { tls: 'require' }, 'protocol'],
  ['sends data before TLS', [Buffer.from('SE')], { tls: 'require' }, 'protocol'],
  ['speaks something else', [Buffer.from('HTTP/1.1 400\r\n\r\n')], {}, 'protocol'],
  ['announces 1 GB', [Buffer.from('52400000000000', 'hex')], {}, 'protocol'],
  ['is ready before it lets in', [ready.subarray(9)], trusting, 'protocol'],
  ['leaves out what is pinned', [ready, answerOf('other')], trusting, 'settings'],
])('hostile: a server that %s', async (_, answers, over, code) => {
  const server = await fake(...answers);
  const { port } = server.address() as AddressInfo;
  const failure: unknown = await upstream({ port, ...over })
    .connect('read')
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UpstreamFailure);
  expect(failure).toMatchObject({ code });
  expect(await connectionsOf(server)).toBe(0);
  server.close();
});
const connectionsOf = (server: Server): Promise<number> =>
  expect
    .poll(
      () => new Promise<number>((resolve) => void server.getConnections((_, n) => resolve(n))),
      {
        interval: 5,
      },
    )
    .toBe(0)
    .then(() => 0);

test('whoever waits may leave, and a server that dies under a question is told', async () => {
  const server = await fake();
  const { port } = server.address() as AddressInfo;
  const signal = AbortSignal.timeout(20);
  await expect(upstream({ port }).connect('read', { signal })).rejects.toMatchObject({
    code: 'unreachable',
  });
  server.close();
  const made = upstream();
  const connection: Connection = await made.connect('read');
  const sleeps = expect(made.ask(connection, 'select pg_sleep(4)')).rejects.toMatchObject({
    code: 'unreachable',
  });
  await database.run(
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'cs_read'",
  );
  await sleeps;
  await expect(made.ask(connection, 'select 1')).rejects.toMatchObject({ code: 'unreachable' });
  await connection.cancel();
  connection.close();
});
