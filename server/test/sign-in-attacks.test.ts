import type { Me, Problem } from '@countersign/api';
import { generateKeyPair, type CryptoKey } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { signInAs } from './browser.ts';
import type { Forgery } from '../../identity/test/fake-provider.ts';
import { come, openHouse, type House } from './sign-in-fixture.ts';

let house: House;
let strangerKey: CryptoKey;
beforeAll(async () => {
  house = await openHouse();
  strangerKey = (await generateKeyPair('ES256')).privateKey;
});
afterAll(() => house.close());
beforeEach(() => {
  house.one.forgery = {};
  house.one.user = { sub: 'u-1', name: 'Una' };
});

const omit = <T extends object>(all: T, name: string): T =>
  Object.fromEntries(Object.entries(all).filter(([one]) => one !== name)) as T;
const claim = (name: string, value: unknown): Forgery => ({
  claims: (claims) => ({ ...claims, [name]: value }),
});
const without = (name: string): Forgery => ({
  claims: (claims) => omit(claims, name),
});
const now = (): number => Math.floor(Date.now() / 1_000);

describe('an ID token that is not as it must be signs nobody in', () => {
  const rows: readonly (readonly [string, () => Forgery])[] = [
    ['another issuer', () => claim('iss', house.two.issuer)],
    ['no issuer', () => without('iss')],
    ['another audience', () => claim('aud', 'another-client')],
    ['several audiences without azp', () => claim('aud', ['countersign', 'other'])],
    [
      'several audiences, issued to another',
      () => ({
        claims: (claims) => ({ ...claims, aud: ['countersign', 'other'], azp: 'other' }),
      }),
    ],
    ['expired', () => claim('exp', now() - 120)],
    ['no expiry', () => without('exp')],
    ['issued in the future', () => claim('nbf', now() + 600)],
    ['no time of issue', () => without('iat')],
    ['another nonce', () => claim('nonce', 'a-nonce-of-another-sign-in')],
    ['no nonce', () => without('nonce')],
    ['no subject', () => without('sub')],
    ['an empty subject', () => claim('sub', '')],
    ['auth_time of another type', () => claim('auth_time', 'today')],
    ['signed by a stranger under a known kid', () => ({ key: strangerKey })],
    ['an unknown kid', () => ({ header: (header) => ({ ...header, kid: 'k9' }) })],
    ['not signed (alg none)', () => ({ key: 'none' })],
    [
      'signed with the secret of the client (HS256)',
      () => ({
        key: new TextEncoder().encode('a-secret-of-the-client-a-secret-of-the-client'),
        header: (header) => ({ ...header, alg: 'HS256' }),
      }),
    ],
  ];
  test.each(rows)('%s', async (_, forgery) => {
    house.one.forgery = forgery();
    const browser = house.browser();
    expect(await come(house, browser)).toBe('sign-in-invalid');
    expect((await browser.call<Problem>('GET', '/v1/me')).body.code).toBe('unauthenticated');
  });
  test('one that is as it must be does', async () => {
    const browser = house.browser();
    expect(await come(house, browser)).toBe('/healthz');
    const { body } = await browser.call<Me>('GET', '/v1/me');
    expect(body).toMatchObject({ kind: 'person', name: 'Una', session: { provider: 'one' } });
  });
});

describe('an answer that is not to our question signs nobody in', () => {
  const rows: readonly (readonly [string, string, Forgery])[] = [
    ['another state', 'sign-in-expired', { response: (all) => ({ ...all, state: 'another' }) }],
    ['no state', 'sign-in-expired', { response: (all) => omit(all, 'state') }],
    [
      'the issuer of another provider (mix-up)',
      'sign-in-invalid',
      { response: (all) => ({ ...all, iss: 'https://another.example' }) },
    ],
    ['no issuer', 'sign-in-invalid', { response: (all) => omit(all, 'iss') }],
    ['a made-up code', 'sign-in-invalid', { response: (all) => ({ ...all, code: 'made-up' }) }],
    ['no code', 'sign-in-invalid', { response: (all) => omit(all, 'code') }],
    [
      'a refusal',
      'sign-in-refused',
      { response: (all) => ({ ...omit(all, 'code'), error: 'access_denied' }) },
    ],
  ];
  test.each(rows)('%s: %s', async (_, code, forgery) => {
    house.one.forgery = forgery;
    expect(await come(house, house.browser())).toBe(code);
  });
  test('the same answer a second time, with the cookie kept', async () => {
    const browser = house.browser();
    const { answer, transaction } = await halfway(browser);
    const first = await browser.request(answer, JSON_ONLY);
    expect(first.status).toBe(302);
    browser.plant('countersign-login', transaction);
    expect(await codeOf(browser.request(answer, JSON_ONLY))).toBe('sign-in-invalid');
  });
  test('in another browser than began it', async () => {
    const { answer } = await halfway(house.browser());
    expect(await codeOf(house.browser().request(answer, JSON_ONLY))).toBe('sign-in-expired');
  });
  test('at the address of another provider', async () => {
    const browser = house.browser();
    const { answer } = await halfway(browser);
    const elsewhere = answer.replace('/callback/one', '/callback/two');
    expect(await codeOf(browser.request(elsewhere, JSON_ONLY))).toBe('sign-in-expired');
  });
  test('a transaction that was changed', async () => {
    const browser = house.browser();
    const { answer, transaction } = await halfway(browser);
    browser.plant('countersign-login', `${transaction.slice(0, -2)}AA`);
    expect(await codeOf(browser.request(answer, JSON_ONLY))).toBe('sign-in-expired');
  });
  test('people read it on the sign-in page', async () => {
    const { answer } = await halfway(house.browser());
    const response = await house.browser().request(answer);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/sign-in?problem=sign-in-expired');
  });
});

describe('`next` leads to paths of ours only', () => {
  const foreign = [
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\/evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    'data:text/html,x',
    '/%09/evil.example\t',
    '/\t/evil.example',
    '/\r\nset-cookie: x=y',
    '/..//evil.example',
    '/a/../..//evil.example',
    'evil.example',
    '@evil.example',
    '',
    ' /',
    '/\u202e',
  ];
  test.each(foreign)('%j is refused', async (next) => {
    const query = `?next=${encodeURIComponent(next)}`;
    expect(await come(house, house.browser(), 'one', query)).toBe('sign-in-invalid');
  });
  test.each(['/', '/a/apr_1?x=1#y', '/healthz', '/a@b'])('%j is where it ends', async (next) => {
    const query = `?next=${encodeURIComponent(next)}`;
    expect(await come(house, house.browser(), 'one', query)).toBe(next);
  });
});

describe('what a browser holds', () => {
  test('a cookie from before the sign-in is not the session after it', async () => {
    const [attacker, victim] = [house.browser(), house.browser()];
    await come(house, attacker);
    const planted = attacker.cookie('countersign') ?? '';
    victim.plant('countersign', planted);
    house.one.user = { sub: 'u-victim', name: 'Vi' };
    expect(await come(house, victim)).toBe('/healthz');
    expect(victim.cookie('countersign')).not.toBe(planted);
    const { body } = await victim.call<Me>('GET', '/v1/me');
    expect(body.name).toBe('Vi');
    // the planted one ended there and then
    expect((await attacker.call<Problem>('GET', '/v1/me')).body.code).toBe('unauthenticated');
  });
  test('it is out of reach of scripts and of other sites', async () => {
    const browser = house.browser();
    const { answer } = await halfway(browser);
    const response = await browser.request(answer, JSON_ONLY);
    const session = response.headers.getSetCookie().find((one) => one.startsWith('countersign='));
    expect(session).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/);
  });
  test.each([
    ['changed', (value: string) => `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`],
    ['used later than it was', (value: string) => value.replace(/\.\d+\./, '.9999999999999.')],
    ['the secret alone', (value: string) => value.split('.')[0] ?? ''],
    ['nothing', () => ''],
  ])('a cookie that is %s is nobody', async (_, change) => {
    const browser = house.browser();
    await come(house, browser);
    browser.plant('countersign', change(browser.cookie('countersign') ?? ''));
    const { status, body } = await browser.call<Problem>('GET', '/v1/me');
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
  });
  test('two cookies of one name are nobody: one of them was planted', async () => {
    const browser = house.browser();
    await come(house, browser);
    const value = browser.cookie('countersign') ?? '';
    const response = await fetch(`${house.origin}/v1/me`, {
      headers: { cookie: `countersign=${value}; countersign=${value}` },
    });
    expect(response.status).toBe(401);
  });
});

/** Signs out everywhere, with these headers. */
const send = async (headers: Record<string, string>): Promise<string> => {
  const browser = house.browser();
  await come(house, browser);
  const me = await browser.call<Me>('GET', '/v1/me');
  const csrf = me.body.session?.csrf ?? '';
  const response = await browser.request(`${house.origin}/v1/me/sign-out`, {
    method: 'POST',
    body: '{}',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      ...Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, value.replace('CSRF', csrf)]),
      ),
    },
  });
  return response.ok ? 'ok' : ((await response.json()) as Problem).code;
};

describe('a change by cookie comes from a page of ours', () => {
  test.each([
    [
      'another site',
      { origin: 'https://evil.example', 'countersign-csrf': 'CSRF' },
      'foreign-origin',
    ],
    ['no site', { 'countersign-csrf': 'CSRF' }, 'foreign-origin'],
    ['an opaque site', { origin: 'null', 'countersign-csrf': 'CSRF' }, 'foreign-origin'],
    [
      'another port',
      { origin: 'http://localhost:1', 'countersign-csrf': 'CSRF' },
      'foreign-origin',
    ],
    ['no token', { origin: 'ORIGIN' }, 'csrf-missing'],
    ['another token', { origin: 'ORIGIN', 'countersign-csrf': '0'.repeat(64) }, 'csrf-missing'],
    ['both', { origin: 'ORIGIN', 'countersign-csrf': 'CSRF' }, 'ok'],
  ])('%s', async (_, headers, code) => {
    const entries = Object.entries(headers).map(([name, value]) => [
      name,
      value === 'ORIGIN' ? house.origin : value,
    ]);
    expect(await send(Object.fromEntries(entries))).toBe(code);
  });
  test('a page that was open before signing out changes nothing afterwards', async () => {
    const browser = house.browser();
    await signInAs(browser, house.origin, 'rita');
    const kept = browser.cookie('countersign') ?? '';
    const out = await browser.call('POST', '/auth/logout');
    expect([out.status, browser.cookie('countersign')]).toEqual([200, undefined]);
    browser.plant('countersign', kept);
    const again = await browser.call<Problem>('POST', '/v1/me/sign-out', {});
    expect([again.status, again.body.code]).toEqual([401, 'unauthenticated']);
  });
  test('signing out everywhere ends every session', async () => {
    const [first, second] = [house.browser(), house.browser()];
    await signInAs(first, house.origin, 'ron');
    await signInAs(second, house.origin, 'ron');
    expect((await first.call('POST', '/v1/me/sign-out', {})).status).toBe(200);
    expect((await second.call<Problem>('GET', '/v1/me')).body.code).toBe('unauthenticated');
  });
});

const JSON_ONLY = { headers: { accept: 'application/json' } };

/** Stops before the browser goes back to the gateway. */
async function halfway(
  browser: ReturnType<House['browser']>,
): Promise<{ readonly answer: string; readonly transaction: string }> {
  const begun = await browser.request(`${house.origin}/auth/login/one?next=/healthz`);
  const answered = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual' });
  return {
    answer: answered.headers.get('location') ?? '',
    transaction: browser.cookie('countersign-login') ?? '',
  };
}

const codeOf = async (response: Promise<Response>): Promise<string> =>
  ((await (await response).json()) as Problem).code;
