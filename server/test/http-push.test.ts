import { createECDH, randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Problem, PushKey, PushState } from '@countersign/api';
import { held, startGateway, vote, type Fixture, type Name } from './gateway-fixture.ts';

/** A push service that notes which device was written to, and answers what it is told. Decrypting: channels/push/test. */
let service: Server;
let origin = '';
let answer = (_path: string): number => 201;
const told: { readonly path: string; readonly topic: string; readonly ttl: number }[] = [];
let gateway: Fixture;

beforeAll(async () => {
  service = createServer((request, response) => {
    const path = request.url ?? '';
    const { topic, ttl, authorization = '' } = request.headers;
    request.resume().on('end', () => {
      if (!authorization.startsWith('vapid t=')) return void response.writeHead(401).end();
      told.push({ path, topic: String(topic), ttl: Number(ttl) });
      response.writeHead(answer(path)).end();
    });
  });
  await new Promise<void>((resolve) => void service.listen(0, '127.0.0.1', resolve));
  const address = service.address();
  origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  gateway = await startGateway((folder) => {
    appendFileSync(
      join(folder, 'countersign.yaml'),
      'push: { contact: "mailto:ops@example.com", hosts: [push.example.com] }\n',
    );
  });
});
afterAll(async () => {
  await gateway.stop();
  service.closeAllConnections();
  service.close();
});

const keys = (): { readonly p256dh: string; readonly auth: string } => {
  const pair = createECDH('prime256v1');
  return {
    p256dh: pair.generateKeys().toString('base64url'),
    auth: randomBytes(16).toString('base64url'),
  };
};
const subscribe = (name: Name, endpoint = `${origin}/${name}`, more = keys()) =>
  gateway.call<PushState & Problem>(name, 'POST', '/v1/me/push', { endpoint, keys: more });
const toldOf = (from: number): readonly string[] =>
  told
    .slice(from)
    .map(({ path }) => path)
    .toSorted();

describe('who is woken', () => {
  test('everybody who may answer and asked to be, and nobody else', async () => {
    for (const name of ['rita', 'olga', 'eve', 'paul', 'aud'] as const)
      expect((await subscribe(name)).body.devices).toBe(1);
    await subscribe('rita', `${origin}/rita-phone`);
    const from = told.length;
    await held(gateway, 's3://push', { onBehalfOf: 'paul' });
    // olga owns the agent, it acts for paul, eve and aud are not asked
    await expect.poll(() => toldOf(from), { timeout: 3_000 }).toEqual(['/rita', '/rita-phone']);
    const [one, other] = told.slice(from);
    expect(one?.topic).toMatch(/^[A-Za-z0-9_-]{1,32}$/);
    expect(one?.topic).toBe(other?.topic);
    expect(one?.ttl).toBeGreaterThan(0);
  });
  test('not again for a vote; a device that is gone is forgotten', async () => {
    answer = (path) => (path === '/rita-phone' ? 410 : 201);
    const from = told.length;
    const asked = await held(gateway, 's3://gone');
    await vote(gateway, 'olga', asked);
    await expect
      .poll(() => toldOf(from), { timeout: 3_000 })
      .toEqual(['/paul', '/rita', '/rita-phone']);
    const after = told.length;
    await held(gateway, 's3://after');
    await expect.poll(() => toldOf(after), { timeout: 3_000 }).toEqual(['/paul', '/rita']);
  });
  test('no more once it is removed', async () => {
    const { body } = await gateway.call<PushState>('paul', 'POST', '/v1/me/push/remove', {
      endpoint: `${origin}/paul`,
    });
    expect(body.devices).toBe(0);
    const from = told.length;
    await held(gateway, 's3://removed');
    await expect.poll(() => toldOf(from), { timeout: 3_000 }).toEqual(['/rita']);
  });
});

describe('where it may be sent', () => {
  test('the key is a point of P-256, and stays the same', async () => {
    const key = async () => (await gateway.call<PushKey>('rita', 'GET', '/v1/push/key')).body.key;
    const first = await key();
    expect(Buffer.from(first, 'base64url')).toHaveLength(65);
    await gateway.restart();
    expect(await key()).toBe(first);
  });
  test.each([
    'http://169.254.169.254/latest/meta-data',
    'https://internal.example.com/x',
    'https://fcm.googleapis.com.evil.example/x',
    'ftp://fcm.googleapis.com/x',
  ])('ATTACKER: not to %s', async (endpoint) => {
    const { status, body } = await subscribe('ann', endpoint);
    expect([status, body.code]).toEqual([422, 'push-endpoint-refused']);
  });
  test('to a host that is configured; not with keys that are none', async () => {
    expect((await subscribe('ann', 'https://push.example.com/x')).status).toBe(200);
    const wrong = { ...keys(), p256dh: 'A'.repeat(87) };
    expect((await subscribe('ann', 'https://push.example.com/y', wrong)).body.code).toBe(
      'invalid-request',
    );
    expect((await subscribe('etl')).body.code).toBe('humans-only');
  });
  test('ten devices and no more', async () => {
    for (let i = 0; i < 10; i++)
      expect((await subscribe('abe', `https://push.example.com/${i}`)).status).toBe(200);
    const { status, body } = await subscribe('abe', 'https://push.example.com/11');
    expect([status, body.code]).toEqual([409, 'too-many-devices']);
  });
});

test('where it is not configured there is none', async () => {
  const plain = await startGateway();
  const { status, body } = await plain.call<Problem>('rita', 'GET', '/v1/push/key');
  expect([status, body.code]).toEqual([404, 'push-off']);
  await plain.stop();
});
