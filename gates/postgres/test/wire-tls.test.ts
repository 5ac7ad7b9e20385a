import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import pg from 'pg';
import { SSL_REQUEST, startupMessage, startupPacket } from '../src/wire/packet.ts';
import { readErrorFields } from '../src/wire/read-backend.ts';
import {
  AGENT,
  hasPsql,
  KEYS,
  OLD_AGENT,
  openAuthority,
  openListener,
  psql,
  type Authority,
} from './wire.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-wire-'));
let authority: Authority;
let clients: Authority;
let listener: Awaited<ReturnType<typeof openListener>>;
beforeAll(async () => {
  authority = openAuthority();
  writeFileSync(join(folder, 'ca.pem'), authority.ca);
  clients = openAuthority('clients');
  listener = await openListener({
    tls: { ...authority.issue('localhost'), clientCa: clients.ca },
    isTlsRequired: true,
  });
});
afterAll(async () => {
  await listener.close();
  rmSync(folder, { recursive: true });
});

async function ask(over: pg.ClientConfig = {}): Promise<unknown> {
  const client = new pg.Client({
    host: 'localhost',
    port: listener.port,
    user: AGENT,
    password: KEYS[1],
    database: 'sales',
    ssl: { ca: authority.ca },
    ...over,
  });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query('hello');
  await client.end();
  return rows;
}
const answer = [{ said: 'hello' }];

test('node-postgres comes in over TLS, bound to the certificate or not', async () => {
  expect(await ask()).toEqual(answer);
  expect(await ask({ enableChannelBinding: true })).toEqual(answer);
  await expect(ask({ ssl: false })).rejects.toMatchObject({
    code: '28000',
    message: 'no encryption',
  });
});

test.skipIf(!hasPsql())(
  'psql comes in and binds its password to the certificate of the gate',
  async () => {
    const at = `host=localhost port=${listener.port} user=${AGENT} dbname=sales sslmode=verify-full channel_binding=require`;
    const env = { PGPASSWORD: KEYS[0], PGSSLROOTCERT: join(folder, 'ca.pem') };
    expect(await psql(at, 'hello', env)).toEqual({ code: 0, out: 'hello\n', err: '' });
  },
);

test('a key that SCRAM does not know is asked for itself, over TLS', async () => {
  expect(await ask({ user: OLD_AGENT, password: 'csk_old-key' })).toEqual(answer);
  await expect(ask({ user: OLD_AGENT, password: 'csk_wrong' })).rejects.toMatchObject({
    code: '28P01',
  });
});

test('a certificate lets in the agent it names, and nobody else', async () => {
  const { cert, key } = clients.issue(AGENT);
  const ssl = { ca: authority.ca, cert, key };
  expect(await ask({ ssl, password: undefined })).toEqual(answer);
  await expect(ask({ ssl, user: OLD_AGENT, password: 'csk_old-key' })).rejects.toMatchObject({
    code: '28000',
  });
  const foreign = { ca: authority.ca, ...openAuthority('foreign').issue(AGENT) };
  await expect(ask({ ssl: foreign })).rejects.toMatchObject({ code: '28000' });
});

/** Speaks TLS at once, as PostgreSQL 17 does; the code of what comes back, `end` where nothing does. */
async function direct(over: ConnectionOptions): Promise<string | undefined> {
  const socket = connectTls({ host: 'localhost', port: listener.port, ca: authority.ca, ...over });
  socket.on('error', () => undefined);
  socket.once('secureConnect', () =>
    socket.write(
      startupMessage(
        new Map([
          ['user', AGENT],
          ['role', 'x'],
        ]),
      ),
    ),
  );
  const said = await new Promise<Buffer | undefined>((resolve) =>
    socket.once('data', resolve).once('close', () => resolve(undefined)),
  );
  socket.destroy();
  return said ? readErrorFields(said).get('C') : 'end';
}

test('direct TLS is taken by its name only', async () => {
  expect(await direct({ ALPNProtocols: ['postgresql'] })).toBe('0A000');
  expect(await direct({ ALPNProtocols: ['http/1.1'] })).toBe('end');
  expect(await direct({})).toBe('end');
});

test('hostile: nothing of a connection that breaks off in the handshake is kept', async () => {
  for (const bytes of ['', '16030100', '160301ffff', '00'.repeat(40)]) {
    const socket = connectTcp(listener.port, 'localhost');
    socket.on('error', () => undefined).write(startupPacket(SSL_REQUEST));
    await once(socket, 'data');
    if (bytes.startsWith('00')) socket.write(Buffer.from(bytes, 'hex'));
    else socket.end(Buffer.from(bytes, 'hex'));
    await once(socket.resume(), 'close');
  }
  await expect.poll(() => listener.connections()).toBe(0);
});
