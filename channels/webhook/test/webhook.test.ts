import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import type { ServerResponse } from 'node:http';
import { settledCard, sampleCard, sampleNotice } from '@countersign/core/testing';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  createWebhook,
  webhookTrouble,
  type WebhookParts,
  type WebhookSettings,
} from '../src/index.ts';
import { mayReach } from '../src/address.ts';
import { readSecrets, signedHeaders } from '../src/sign.ts';
import { deadPort, SECRET, startReceiver, type Receiver } from './receiver.ts';

let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
});
afterEach(() => {
  receiver.answerWith(undefined);
  receiver.messages.length = 0;
});
afterAll(() => receiver.stop());

const troubles: (string | undefined)[] = [];
const make = (settings: Partial<WebhookSettings> = {}, parts: Partial<WebhookParts> = {}) =>
  createWebhook(
    {
      id: 'siem',
      url: receiver.url,
      secrets: [SECRET],
      allowLoopback: true,
      isPrivate: false,
      ...settings,
    },
    { now: Date.now, tell: (because) => void troubles.push(because), ...parts },
  );

describe('what is signed', () => {
  const id = 'msg_1';
  const body = '{"a":"ü"}';
  const other = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
  test.each([SECRET, other])(
    'is what the library of the standard signs, byte for byte',
    (secret) => {
      const timestamp = 1_700_000_000;
      const headers = signedHeaders(readSecrets([secret]) ?? [], { id, timestamp, body });
      expect(headers).toEqual({
        'webhook-id': id,
        'webhook-timestamp': '1700000000',
        'webhook-signature': new Webhook(secret).sign(id, new Date(timestamp * 1_000), body),
      });
    },
  );
  test('by every secret, so that either may be the one a receiver has', () => {
    const timestamp = Math.floor(Date.now() / 1_000);
    const headers = signedHeaders(readSecrets([SECRET, other]) ?? [], { id, timestamp, body });
    for (const secret of [SECRET, other])
      expect(new Webhook(secret).verify(body, { ...headers })).toEqual({ a: 'ü' });
  });
  test('by Ed25519, with a seed alone or with its public key', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    const pub = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const forms = [seed, Buffer.concat([seed, pub])];
    const signatures = forms.map((bytes) => {
      const signers = readSecrets([`whsk_${bytes.toString('base64')}`]) ?? [];
      return signedHeaders(signers, { id, timestamp: 5, body })['webhook-signature'] ?? '';
    });
    expect(signatures[0]).toBe(signatures[1]);
    const [version, signature = ''] = signatures[0]?.split(',') ?? [];
    expect(version).toBe('v1a');
    const key = createPublicKey(publicKey.export({ format: 'pem', type: 'spki' }));
    expect(
      verify(null, Buffer.from(`${id}.5.${body}`), key, Buffer.from(signature, 'base64')),
    ).toBe(true);
    const wrong = Buffer.concat([seed, Buffer.alloc(32)]).toString('base64');
    expect(readSecrets([`whsk_${wrong}`])).toBeUndefined();
  });
  test.each(['', 'whsec_', 'whsec_!!', 'whsec_c2hvcnQ=', 'plain', `whpk_${'A'.repeat(43)}=`])(
    '%j is no secret to sign with',
    (secret) => {
      expect(readSecrets([secret])).toBeUndefined();
      expect(readSecrets([SECRET, secret])).toBeUndefined();
      expect(
        webhookTrouble({
          id: 'x',
          url: receiver.url,
          secrets: [secret],
          allowLoopback: true,
          isPrivate: false,
        }),
      ).toBe('secrets');
    },
  );
  test.each([-400, 400])(
    'a receiver refuses what is %i seconds off, and what was changed',
    async (off) => {
      const late = make({}, { now: () => Date.now() + off * 1_000 });
      expect(await late.post('all', sampleCard(), 'k1')).toEqual({
        did: 'refused',
        because: 'the receiver answered 401',
      });
      const headers = signedHeaders(readSecrets([SECRET]) ?? [], {
        id,
        timestamp: Math.floor(Date.now() / 1_000),
        body,
      });
      for (const [text, given] of [
        [`${body} `, headers],
        [body, { ...headers, 'webhook-id': 'msg_2' }],
        [
          body,
          { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) },
        ],
      ] as const)
        expect(() => new Webhook(SECRET).verify(text, { ...given })).toThrow(
          'No matching signature',
        );
    },
  );
});

describe('what is told', () => {
  test('R9 a request: the masked view, its link, and none of its arguments', async () => {
    const card = sampleCard();
    expect(await make().post('all', card, 'dlv_1')).toEqual({ did: 'done', copy: 'sent:dlv_1' });
    const [message] = receiver.messages;
    expect(message?.id).toBe('dlv_1');
    expect(message?.payload).toEqual({
      type: 'approval.requested',
      timestamp: new Date(card.timeline[0]?.at ?? 0).toISOString(),
      data: {
        approvalId: card.view.approvalId,
        actionId: card.view.action.id,
        version: 3,
        state: 'pending',
        headline: card.view.headline,
        actionType: 'crm.export',
        resource: { type: 'Database', id: 'crm' },
        risk: 'medium',
        agent: 'data-bot',
        owner: 'mona',
        link: card.link,
        phrase: card.view.phrase,
        digest: card.view.digest,
        expiresAt: new Date(card.view.expiresAt).toISOString(),
        progress: card.progress,
        badges: [],
        timeline: [
          { at: expect.any(String), type: 'approval.requested', text: 'data-owners were asked' },
        ],
      },
    });
    expect(message?.body).not.toContain('city');
  });
  test('the same message twice is one for whoever looks at its id', async () => {
    const channel = make();
    for (let i = 0; i < 2; i++) await channel.post('all', sampleCard(), 'dlv_1');
    for (let i = 0; i < 2; i++) await channel.update?.('sent:dlv_1', settledCard('denied'));
    await channel.update?.('sent:dlv_1', sampleCard({ badges: ['escalated'] }));
    await channel.post('all', settledCard('approved'), 'dlv_2');
    await channel.alert('all', sampleNotice(), 'a key. with a dot\r\nx: y');
    expect(receiver.messages.map(({ payload }) => payload.type)).toEqual([
      'approval.requested',
      'approval.denied',
      'approval.updated',
      'approval.approved',
      'alert.raised',
    ]);
    expect(receiver.messages.every(({ id }) => /^[\w-]{1,128}$/.test(id))).toBe(true);
  });
});

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(code, headers).end('no');

describe('how it ends', () => {
  test.each([
    [200, {}, { did: 'done', copy: 'sent:k' }],
    [410, {}, { did: 'gone' }],
    [429, { 'retry-after': '7' }, { did: 'again', afterMs: 7_000 }],
    [503, { 'retry-after': '99999999' }, { did: 'again', afterMs: 86_400_000 }],
    [500, { 'retry-after': 'soon' }, { did: 'again' }],
    [408, {}, { did: 'again' }],
    [400, {}, { did: 'refused' }],
    [401, {}, { did: 'refused' }],
  ] as const)('%i %j: %j', async (code, headers, end) => {
    receiver.answerWith(status(code, headers));
    const delivered = await make().post('all', sampleCard(), 'k');
    expect(delivered).toMatchObject(end);
    expect('afterMs' in delivered).toBe('afterMs' in end);
    expect(troubles.at(-1)).toBe(code === 200 ? undefined : `the receiver answered ${code}`);
  });
  test('a date says when too', async () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    receiver.answerWith(status(429, { 'retry-after': 'Thu, 01 Jan 2026 00:01:30 GMT' }));
    expect(await make({}, { now: () => now }).post('all', sampleCard(), 'k')).toMatchObject({
      did: 'again',
      afterMs: 90_000,
    });
  });
  test('one that does not answer, one that is not there, one that never stops', async () => {
    receiver.answerWith(() => undefined);
    const because = 'the receiver did not answer in time';
    expect(await make({}, { timeoutMs: 100 }).post('all', sampleCard(), 'k')).toEqual({
      did: 'again',
      because,
    });
    const away = make({ url: `http://127.0.0.1:${await deadPort()}/` });
    expect((await away.post('all', sampleCard(), 'k')).did).toBe('again');
    let isCut = false;
    receiver.answerWith((response) => {
      response.writeHead(200).flushHeaders();
      response.on('close', () => (isCut = true));
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect((await make().post('all', sampleCard(), 'k')).did).toBe('done');
    await expect.poll(() => isCut).toBe(true);
  });
});

const addressOf = (address: string): LookupAddress => ({
  address,
  family: address.includes(':') ? 6 : 4,
});

const post = async (settings: Partial<WebhookSettings>, addresses?: readonly string[]) => {
  const before = receiver.count();
  const lookUp: WebhookParts['lookUp'] = (_host, _options, callback) =>
    callback(null, (addresses ?? []).map(addressOf));
  const delivered = await make(
    { allowLoopback: false, ...settings },
    { timeoutMs: 1_000, ...(addresses && { lookUp }) },
  ).post('all', sampleCard(), 'k');
  expect(receiver.count()).toBe(before);
  return delivered;
};

describe('ATTACKER: where it leads', () => {
  const refused = {
    did: 'refused',
    because: 'the receiver is at an address that nothing is sent to',
  };
  const SPECIAL = [
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.9.9.9',
    '168.63.129.16',
    '169.254.169.254',
    '172.31.0.1',
    '192.0.0.8',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.19.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%lo',
    'fec0::1',
    'ff02::1',
    'nonsense',
  ];
  test.each(SPECIAL)('%s is not spoken to', (address) => {
    expect(mayReach(address, { allowLoopback: false, isPrivate: false })).toBe(false);
  });
  test.each(['8.8.8.8', '172.32.0.1', '192.0.1.1', '2606:4700::1111', '2a00:1450:4001::1'])(
    '%s is',
    (address) => {
      expect(mayReach(address, { allowLoopback: false, isPrivate: false })).toBe(true);
    },
  );
  const allowed = (reach: Parameters<typeof mayReach>[1]) =>
    SPECIAL.filter((one) => mayReach(one, reach));
  test('what is allowed besides is no more than it says', () => {
    expect(allowed({ allowLoopback: true, isPrivate: false })).toEqual([
      '127.0.0.1',
      '127.9.9.9',
      '::1',
    ]);
    expect(allowed({ allowLoopback: false, isPrivate: true })).toEqual([
      '10.0.0.1',
      '172.31.0.1',
      '192.168.1.1',
      'fc00::1',
    ]);
  });
  test.each([
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://169.254.169.254/latest/meta-data',
  ])('%s: refused before anything is connected', async (url) => {
    expect(await post({ url })).toEqual(refused);
  });
  test.each([[['127.0.0.1']], [['8.8.8.8', '10.0.0.1']], [['::ffff:7f00:1']], [['fe80::1']]])(
    'a name that leads to %j is refused, whatever else it leads to',
    async (addresses) => {
      expect(await post({ url: 'https://hook.example/' }, addresses)).toEqual(refused);
      expect(await post({ url: 'https://hook.example/', isPrivate: true }, ['127.0.0.1'])).toEqual(
        refused,
      );
    },
  );
  test('a name is asked once: it cannot lead elsewhere between looking and connecting', async () => {
    const { port } = new URL(receiver.url);
    const answers = ['127.0.0.1', '169.254.169.254'];
    let asked = 0;
    const lookUp: WebhookParts['lookUp'] = (_host, _options, callback) =>
      callback(null, [addressOf(answers[asked++] ?? '')]);
    const channel = make({ url: `http://localhost:${port}/hook` }, { lookUp });
    expect((await channel.post('all', sampleCard(), 'k')).did).toBe('done');
    expect(asked).toBe(1);
    expect(await channel.post('all', sampleCard(), 'k')).toEqual(refused);
  });
  test.each([301, 302, 307, 308])('a redirect (%i) is not followed', async (code) => {
    const inside = await startReceiver();
    receiver.answerWith(
      (response) => void response.writeHead(code, { location: inside.url }).end(),
    );
    expect(await make().post('all', sampleCard(), 'k')).toEqual({
      did: 'refused',
      because: `the receiver answered ${code}`,
    });
    expect(inside.count()).toBe(0);
    await inside.stop();
  });
  test.each([
    'http://hook.example/',
    'https://user:pw@hook.example/',
    'https://hook.example/#x',
    'ftp://hook.example/',
    'nonsense',
    'http://127.0.0.1.hook.example/',
  ])('%s is no address of a receiver', async (url) => {
    const settings = { id: 'x', url, secrets: [SECRET], allowLoopback: true, isPrivate: true };
    expect(webhookTrouble(settings)).toBe('url');
    expect((await post(settings)).did).toBe('refused');
  });
  test('http to this machine only where the gateway itself is there alone', async () => {
    expect((await post({ url: receiver.url })).did).toBe('refused');
  });
});
