import type { Health, Problem, ProviderList } from '@countersign/api';
import { generateKeyPair } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Browser } from './browser.ts';
import { come, openHouse, type House } from './sign-in-fixture.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(() => {
  house.one.forgery = {};
});

let made = 0;
type Claims = Readonly<Record<string, unknown>>;
const claims = (more: Claims = {}): Claims => {
  const iat = Math.floor(Date.now() / 1_000);
  return {
    iss: house.one.issuer,
    aud: 'countersign',
    iat,
    exp: iat + 120,
    jti: `j-${made++}`,
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    sid: 's-1',
    ...more,
  };
};
const TYPE = { typ: 'logout+jwt' };
const sign = (more: Claims = {}, header: object = TYPE): Promise<string> =>
  house.one.sign(claims(more), header);
async function tell(token: string, provider = 'one'): Promise<string> {
  const response = await fetch(`${house.origin}/auth/backchannel/${provider}`, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: token }),
  });
  return response.ok ? 'ok' : ((await response.json()) as Problem).code;
}
async function signedIn(sub: string, sid?: string): Promise<Browser> {
  house.one.user = { sub, ...(sid === undefined ? {} : { sid }) };
  const browser = house.browser();
  expect(await come(house, browser)).toBe('/healthz');
  return browser;
}
const isIn = async (browser: Browser): Promise<boolean> =>
  (await browser.call('GET', '/v1/me')).status === 200;

describe('a logout token that is not as it must be ends nothing', () => {
  const rows: readonly (readonly [string, () => Promise<string>])[] = [
    ['of another issuer', () => sign({ iss: house.two.issuer })],
    ['for another audience', () => sign({ aud: 'another' })],
    ['of another type', () => sign({}, { typ: 'JWT' })],
    ['without a type', () => sign({}, {})],
    ['without the event', () => sign({ events: {} })],
    ['with the event as a text', () => sign({ events: 'logout' })],
    ['with a nonce, as an ID token has', () => sign({ nonce: 'n' })],
    ['without an id', () => sign({ jti: undefined })],
    ['without a time', () => sign({ iat: undefined })],
    ['of an hour ago', () => sign({ iat: Math.floor(Date.now() / 1_000) - 3_600 })],
    ['expired', () => sign({ exp: Math.floor(Date.now() / 1_000) - 60 })],
    ['about nobody', () => sign({ sid: undefined })],
    [
      'signed by a stranger',
      async () => {
        house.one.forgery = { key: (await generateKeyPair('ES256')).privateKey };
        return sign();
      },
    ],
    [
      'not signed',
      async () => {
        house.one.forgery = { key: 'none' };
        return sign();
      },
    ],
    ['that is none', async () => 'nonsense'],
  ];
  test.each(rows)('%s', async (_, token) => {
    const browser = await signedIn('u-1', 's-1');
    const sent = await token();
    house.one.forgery = {};
    expect(await tell(sent)).toBe('logout-invalid');
    expect(await isIn(browser)).toBe(true);
  });
  test('at another provider, or at none', async () => {
    expect(await tell(await sign(), 'two')).toBe('logout-invalid');
    expect(await tell(await sign(), 'three')).toBe('unknown-provider');
  });
  test.each([
    ['GET', {}, 405],
    ['POST', { 'content-type': 'application/json' }, 415],
    ['POST', { 'content-type': 'application/x-www-form-urlencoded' }, 400],
  ])('%s %o', async (method, headers, status) => {
    const url = `${house.origin}/auth/backchannel/one`;
    expect((await fetch(url, { method, headers: headers as Record<string, string> })).status).toBe(
      status,
    );
  });
});

describe('a logout token ends', () => {
  test('the sessions that came from one session of the provider, and no other', async () => {
    const [ended, same, other] = [
      await signedIn('u-2', 's-2'),
      await signedIn('u-2', 's-2'),
      await signedIn('u-2', 's-3'),
    ];
    const token = await sign({ sid: 's-2' });
    expect(await tell(token)).toBe('ok');
    expect(await Promise.all([ended, same, other].map(isIn))).toEqual([false, false, true]);
    expect(await tell(token)).toBe('logout-repeated');
  });
  test('every session of a person, where it names only the person', async () => {
    const [one, two] = [await signedIn('u-4', 's-4'), await signedIn('u-4')];
    const other = await signedIn('u-5', 's-5');
    expect(await tell(await sign({ sid: undefined, sub: 'u-4' }))).toBe('ok');
    expect(await Promise.all([one, two, other].map(isIn))).toEqual([false, false, true]);
  });
  test('sessions that do not say where they came from, where it names the person too', async () => {
    const [unnamed, other] = [await signedIn('u-6'), await signedIn('u-6', 's-7')];
    expect(await tell(await sign({ sid: 's-6', sub: 'u-6' }))).toBe('ok');
    expect(await Promise.all([unnamed, other].map(isIn))).toEqual([false, true]);
  });
  test('nothing, where the person is not known here', async () => {
    expect(await tell(await sign({ sid: undefined, sub: 'u-nobody' }))).toBe('ok');
  });
});

test('a provider that is down when the gateway starts keeps nobody else from signing in', async () => {
  const other = await openHouse((one) => {
    one.isUp = false;
  });
  try {
    const health = async (): Promise<Health> =>
      (await other.browser().call<Health>('GET', '/readyz')).body;
    await expect.poll(async () => (await health()).status).toBe('degraded');
    const { checks, ready } = await health();
    expect([ready, checks.find(({ name }) => name === 'sign-in')]).toMatchObject([
      true,
      { status: 'degraded', detail: 'provider-unreachable' },
    ]);
    const { body } = await other.browser().call<ProviderList>('GET', '/auth/providers');
    expect(body.items.find(({ id }) => id === 'one')?.isUp).toBe(false);
    expect(await come(other, other.browser(), 'one')).toBe('provider-unreachable');
    expect(await come(other, other.browser(), 'two')).toBe('not-provisioned');
  } finally {
    await other.close();
  }
});
