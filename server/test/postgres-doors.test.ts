import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { exportJWK, SignJWT, type CryptoKey } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  openDatabase,
  READ,
  WRITE,
  type SampleDatabase,
} from '../../gates/postgres/test/database.ts';
import { makeAuthority, makeCertificate, type Made } from './certificates.ts';
import { startGateway, tokenOf, type Fixture } from './gateway-fixture.ts';

const authority = makeAuthority('agents');
const front = makeCertificate(
  { name: 'gate', names: ['dns:localhost', 'ip:127.0.0.1'], usage: 'server' },
  authority,
);
const svid = (name: string, by = authority): Made =>
  makeCertificate({ name: 'agent', names: [`spiffe://example.org/${name}`] }, by);
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A database and a gateway start, where others may want the processor too. */
const PATIENCE_MS = 90_000;

let database: SampleDatabase;
let gateway: Fixture;
beforeAll(async () => {
  database = await openDatabase();
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' };
  gateway = await startGateway((folder) => {
    for (const [name, text] of Object.entries({
      'tls.crt': front.cert,
      'tls.key': front.key,
      'ca.crt': authority.cert,
      read: READ.password,
      write: WRITE.password,
      'jwks.json': JSON.stringify({ keys: [jwk] }),
    }))
      writeFileSync(join(folder, name), text, { mode: 0o600 });
    const path = join(folder, 'countersign.yaml');
    const config = readFileSync(path, 'utf8')
      .replace(
        "id: etl, token: 'env:T_etl'",
        "id: etl, token: 'env:T_etl', spiffe: spiffe://example.org/etl",
      )
      .replaceAll('platform-agents]', 'platform-agents, sql-agents]')
      .replace(
        'executors:',
        `  - { id: ci, owner: olga, teams: [sql-agents], workloads: [{ issuer: idp, claims: { sub: ci } }] }
workload_issuers:
  - { id: idp, issuer: 'https://idp.example', audience: api, jwks: jwks.json, algorithms: [ES256] }
executors:`,
      ).concat(`postgres:
  listen: 127.0.0.1:0
  tls: { cert: tls.crt, key: tls.key, client_ca: ca.crt, trust_domain: example.org }
  databases:
    - name: shop
      host: 127.0.0.1
      port: ${database.port}
      database: postgres
      attrs: { env: { entity: Env, id: dev }, owner: { entity: Team, id: data-owners } }
      read: { user: ${READ.user}, password: 'file:read' }
      write: { user: ${WRITE.user}, password: 'file:write' }
      connections: 2
      refresh: 1s
`);
    writeFileSync(path, config);
  });
}, PATIENCE_MS);
afterAll(async () => {
  await gateway?.stop();
  await database?.remove();
});

type How = { readonly password?: string; readonly shown?: Made; readonly isPlain?: true };
const client = (user: string, { password, shown, isPlain }: How): pg.Client => {
  const made = new pg.Client({
    host: '127.0.0.1',
    port: gateway.gateway().postgresPort ?? 0,
    user,
    database: 'shop',
    ...(password === undefined ? {} : { password }),
    ...(isPlain ? {} : { ssl: { ca: authority.cert, ...shown } }),
  });
  made.on('error', () => undefined);
  return made;
};
/** What came of logging in. */
async function came(user: string, how: How): Promise<unknown> {
  const one = client(user, how);
  try {
    await one.connect();
    const { rows } = await one.query('select 1 as one');
    await one.end();
    return rows[0]?.one;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}
const tokenFor = (sub: string, key: KeyObject | CryptoKey = privateKey): Promise<string> =>
  new SignJWT({ sub })
    .setProtectedHeader({ alg: 'ES256', kid: 'k' })
    .setIssuer('https://idp.example')
    .setAudience('api')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(key);

const ready = async () =>
  (await gateway.call<{ status: string; checks: unknown[] }>(undefined, 'GET', '/readyz')).body;

describe('doors of the database gate', () => {
  test('with TLS nobody comes without it', async () => {
    expect(await came('etl', { password: tokenOf('etl'), isPlain: true })).toBe('28000');
    expect(await came('etl', { password: tokenOf('etl') })).toBe(1);
  });
  test('A certificate opens for the agent it names, and for nobody else', async () => {
    expect(await came('etl', { shown: svid('etl') })).toBe(1);
    expect(await came('other', { shown: svid('etl') })).toBe('28000');
    expect(await came('etl', { shown: svid('etl', makeAuthority('others')) })).not.toBe(1);
    expect(await came('etl', { shown: svid('nobody') })).not.toBe(1);
  });
  test('a token of a workload is a password, for the agent it is bound to', async () => {
    expect(await came('ci', { password: await tokenFor('ci') })).toBe(1);
    expect(await came('ci', { password: await tokenFor('cd') })).toBe('28P01');
    expect(await came('other', { password: await tokenFor('ci') })).toBe('28P01');
    expect(await came('ci', { password: tokenOf('etl') })).toBe('28P01');
  });
  test('no more than so many at once', async () => {
    const some = [
      client('etl', { password: tokenOf('etl') }),
      client('etl', { shown: svid('etl') }),
    ];
    for (const one of some) await one.connect();
    expect(await came('etl', { password: tokenOf('etl') })).toBe('53300');
    for (const one of some) await one.end();
    await expect.poll(() => came('etl', { password: tokenOf('etl') })).toBe(1);
  });
  test('a database that is gone is told, and back when it is', async () => {
    await database.server.stop('immediate');
    expect(await came('etl', { password: tokenOf('etl') })).toBe('57P03');
    expect((await ready()).checks).toContainEqual(
      expect.objectContaining({ name: 'postgres-shop', status: 'degraded', detail: 'unreachable' }),
    );
    await database.server.start();
    await expect
      .poll(async () => (await ready()).status, { timeout: 10_000, interval: 100 })
      .toBe('ready');
    expect(await came('etl', { password: tokenOf('etl') })).toBe(1);
  });
  test('a gateway that stops ends what is idle', async () => {
    const idle = client('etl', { password: tokenOf('etl') });
    await idle.connect();
    const told = new Promise((resolve) => idle.once('error', resolve));
    await gateway.restart();
    expect(await told).toMatchObject({ code: '57P01' });
    expect(await came('etl', { password: tokenOf('etl') })).toBe(1);
  });
});
