import {
  createDecipheriv,
  createECDH,
  createPublicKey,
  hkdfSync,
  randomBytes,
  verify,
  type ECDH,
} from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { instant } from '@countersign/core';
import { createMemoryStore } from '@countersign/core/testing';
import { encryptPush } from '../src/encrypt.ts';
import { createSender, createSubscriptions, deriveVapidKey, pushEndpoint } from '../src/index.ts';

const b64 = (text: string): Buffer => Buffer.from(text, 'base64url');

test('RFC 8291, appendix A: the very bytes', () => {
  const key = createECDH('prime256v1');
  key.setPrivateKey(b64('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'));
  const keys = {
    p256dh: b64(
      'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    ),
    auth: b64('BTBZMqHH6r4Tts7J_aSIgg'),
  };
  const salt = b64('DGv6ra1nlYgDCS1FRnbzlw');
  const text = Buffer.from('When I grow up, I want to be a watermelon');
  expect(encryptPush(text, keys, { salt, key }).toString('base64url')).toBe(
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  );
});

describe('where a person says to send', () => {
  const hosts = { more: ['push.example.com'], isLoopbackAllowed: false };
  test.each([
    'https://fcm.googleapis.com/fcm/send/abc',
    'https://updates.push.services.mozilla.com/wpush/v2/abc',
    'https://web.push.apple.com/abc',
    'https://db5p.notify.windows.com/w/?token=abc',
    'https://push.example.com/x',
  ])('%s is a push service', (endpoint) => {
    expect(pushEndpoint(endpoint, hosts)?.href).toBe(endpoint);
  });
  test.each([
    'http://fcm.googleapis.com/x',
    'https://fcm.googleapis.com:8443/x',
    'https://fcm.googleapis.com.evil.example/x',
    'https://user@fcm.googleapis.com/x',
    'https://notify.windows.com/x',
    'https://evilnotify.windows.com/x',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/x',
    'http://127.0.0.1:9/x',
    'https://[::1]/x',
    'file:///etc/passwd',
    `https://fcm.googleapis.com/${'x'.repeat(2_000)}`,
    'nonsense',
  ])('ATTACKER: %s is not', (endpoint) => {
    expect(pushEndpoint(endpoint, hosts)).toBeUndefined();
  });
});

/** A push service with a browser behind it: what arrives is decrypted with the browser's own key. */
type Arrived = { readonly headers: IncomingHttpHeaders; readonly text: string };
let server: Server;
let origin = '';
let answer = 201;
const arrived: Arrived[] = [];
const browser: ECDH = createECDH('prime256v1');
const auth = randomBytes(16);
browser.generateKeys();

const hkdf = (key: Uint8Array, by: Uint8Array, info: Uint8Array, bytes: number): Buffer =>
  Buffer.from(hkdfSync('sha256', key, by, info, bytes));

/** RFC 8188 and 8291 from the receiver's side. */
function decrypted(body: Buffer): string {
  const [salt, size, length] = [body.subarray(0, 16), body.readUInt32BE(16), body[20] ?? 0];
  const sender = body.subarray(21, 21 + length);
  const sealed = body.subarray(21 + length);
  expect(body.length).toBeLessThanOrEqual(size);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), sender]);
  const ikm = hkdf(browser.computeSecret(sender), auth, info, 32);
  const key = hkdf(ikm, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = hkdf(ikm, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(sealed.subarray(-16));
  const text = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  expect(text.at(-1)).toBe(2);
  return text.subarray(0, -1).toString();
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      arrived.push({ headers: request.headers, text: decrypted(Buffer.concat(chunks)) });
      response.writeHead(answer, answer === 302 ? { location: `${origin}/elsewhere` } : {}).end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
});
afterAll(() => void server.close());

const NOW = 1_700_000_000_000;
const vapid = deriveVapidKey(() => Buffer.alloc(32, 9));
const send = createSender({
  key: vapid,
  contact: 'mailto:ops@example.com',
  hosts: { more: [], isLoopbackAllowed: true },
  now: () => NOW,
});
const nudge = { approvalId: 'apr_0123456789', expiresAt: NOW + 600_000 };
const device = () => ({
  endpoint: `${origin}/device/1`,
  keys: { p256dh: browser.getPublicKey(), auth },
});

describe('a message', () => {
  test('says that something waits and which, to the device alone, under our name', async () => {
    answer = 201;
    expect(await send(device(), nudge)).toBe('sent');
    const { headers, text } = arrived.at(-1) ?? { headers: {}, text: '{}' };
    expect(JSON.parse(text)).toEqual({ approvalId: 'apr_0123456789', title: 'Approval needed' });
    expect(headers).toMatchObject({
      'content-encoding': 'aes128gcm',
      ttl: '600',
      urgency: 'high',
      topic: expect.stringMatching(/^[A-Za-z0-9_-]{1,32}$/),
    });
    const [, head = '', body = '', mac = '', k] =
      /^vapid t=([^.]+)\.([^.]+)\.([^,]+), k=(.+)$/.exec(headers.authorization ?? '') ?? [];
    expect(k).toBe(vapid.publicKey);
    const point = b64(vapid.publicKey);
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    };
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const signed = Buffer.from(`${head}.${body}`);
    expect(verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, b64(mac))).toBe(true);
    expect(JSON.parse(b64(head).toString())).toEqual({ typ: 'JWT', alg: 'ES256' });
    expect(JSON.parse(b64(body).toString())).toEqual({
      aud: origin,
      exp: NOW / 1_000 + 12 * 3_600,
      sub: 'mailto:ops@example.com',
    });
  });
  test.each([
    [201, 'sent'],
    [404, 'gone'],
    [410, 'gone'],
    [429, 'again'],
    [503, 'again'],
    [400, 'refused'],
    [302, 'refused'],
  ])('a push service that answers %i: %s', async (status, delivery) => {
    answer = status;
    const before = arrived.length;
    expect(await send(device(), nudge)).toBe(delivery);
    expect(arrived).toHaveLength(before + 1); // no redirect is followed
  });
  test('nothing is sent when it is over, where nobody may send, or to a key that is none', async () => {
    const before = arrived.length;
    expect(await send(device(), { ...nudge, expiresAt: NOW })).toBe('refused');
    expect(await send({ ...device(), endpoint: 'https://evil.example/x' }, nudge)).toBe('refused');
    const wrong = { ...device(), keys: { p256dh: Buffer.alloc(65, 4), auth } };
    expect(await send(wrong, nudge)).toBe('gone');
    expect(arrived).toHaveLength(before);
  });
  test('a push service that is not there may be there later', async () => {
    const away = { ...device(), endpoint: 'http://127.0.0.1:1/x' };
    expect(await send(away, nudge)).toBe('again');
  });
});

test('the key is the same for the same secret, and a scalar whatever the secret', () => {
  expect(deriveVapidKey(() => Buffer.alloc(32, 9)).publicKey).toBe(vapid.publicKey);
  const seeds = [Buffer.alloc(32, 0xff), Buffer.alloc(32), Buffer.alloc(32, 9)];
  expect(deriveVapidKey(() => seeds.shift() ?? Buffer.alloc(32, 9)).publicKey).toBe(
    vapid.publicKey,
  );
});

const make = () => {
  const store = createMemoryStore();
  const options = { masterKey: Buffer.alloc(32, 1), clock: () => instant(NOW) };
  return { store, subscriptions: createSubscriptions(store, options) };
};
const at = (i: number) => ({ ...device(), endpoint: `${origin}/${i}` });

describe('R9 where people are reached', () => {
  test('is sealed beside the ledger, told as a change, and erasable', async () => {
    const { store, subscriptions } = make();
    expect(await subscriptions.add('rita', device())).toBe(true);
    const other = { ...device(), endpoint: `${origin}/device/2` };
    await subscriptions.add('rita', other);
    await subscriptions.remove('rita', device().endpoint);
    await subscriptions.remove('rita', 'https://never.example');
    const [left, ...more] = await subscriptions.of('rita');
    expect(more).toEqual([]);
    expect(left?.endpoint).toBe(other.endpoint);
    expect(left && Buffer.from(left.keys.auth).equals(auth)).toBe(true);
    expect(await subscriptions.of('ron')).toEqual([]);
    const entries = await store.read('push-rita');
    expect(entries.map(({ entry }) => (JSON.parse(entry) as { type: string }).type)).toEqual([
      'push.subscribed',
      'push.subscribed',
      'push.unsubscribed',
    ]);
    const kept = await store.blob('push-rita', 'device-2');
    for (const text of [
      ...entries.map(({ entry }) => entry),
      Buffer.from(kept ?? []).toString('latin1'),
    ])
      expect(text).not.toContain('device/2');
    await store.erase('push-rita');
    expect(await subscriptions.of('rita')).toEqual([]);
  });
  test('the same device twice is one; ten are enough', async () => {
    const { subscriptions } = make();
    for (let i = 0; i < 10; i++) expect(await subscriptions.add('rita', at(i))).toBe(true);
    expect(await subscriptions.add('rita', at(3))).toBe(true);
    expect(await subscriptions.add('rita', at(10))).toBe(false);
    expect(await subscriptions.of('rita')).toHaveLength(10);
  });
});
