import { generateKeyPair, type CryptoKey, type JWTPayload } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChatList, Problem } from '@countersign/api';
import { decodeBundle, tilePath } from '@countersign/core';
import { CLIENT, startFakeProvider, type FakeProvider } from '../../identity/test/fake-provider.ts';
import { signInAs, type Browser } from './browser.ts';
import { guidOf } from './desk-house.ts';
import { openHouse, type House } from './sign-in-fixture.ts';

const TEAM = 'T0HOUSE';
const TENANT = guidOf('tenant');
const slackUser = (user: string, more: JWTPayload = {}): JWTPayload & { sub: string } => ({
  sub: user,
  'https://slack.com/user_id': user,
  'https://slack.com/team_id': TEAM,
  // what anybody who administers the workspace can make it say
  email: 'rita@example.com',
  ...more,
});
const entraUser = (name: string, more: JWTPayload = {}): JWTPayload & { sub: string } => ({
  sub: `pairwise-${name}`,
  name,
  tid: TENANT,
  oid: guidOf(name),
  groups: ['Owners'],
  ...more,
});

let house: House;
let slack: FakeProvider;
let strangerKey: CryptoKey;
beforeAll(async () => {
  slack = await startFakeProvider('slack');
  house = await openHouse(
    () => undefined,
    () => `channels:
  slack:
    - { id: slack, transport: http, app_id: A0HOUSE, team: ${TEAM}, bot_token: 'env:T_etl', signing_secret: 'env:T_etl', client_id: ${CLIENT}, client_secret: 'file:client.secret', issuer: '${slack.issuer}', api: 'http://127.0.0.1:9/api' }
  teams:
    - { id: teams, app_id: ${guidOf('app')}, tenant: ${TENANT}, secret: 'env:T_etl', provider: one, service_url: 'http://127.0.0.1:9', openid_metadata: 'http://127.0.0.1:9' }
`,
  );
  strangerKey = (await generateKeyPair('RS256')).privateKey;
});
afterAll(async () => {
  await house.close();
  await slack.close();
});
beforeEach(() => {
  slack.forgery = {};
});

/** A browser where somebody is signed in. */
async function browserOf(person: string): Promise<Browser> {
  const browser = house.browser();
  expect((await signInAs(browser, house.origin, person)).status).toBe(200);
  return browser;
}

const SAME = { accept: 'application/json', 'sec-fetch-site': 'same-origin' };
const begin = (browser: Browser, place: string, headers: object = SAME): Promise<Response> =>
  browser.request(`${house.origin}/auth/chat/${place}`, { headers: { ...headers } });

/** Goes all the way; the problem it ends in, or where it leads. */
async function connect(browser: Browser, place = 'slack'): Promise<string> {
  const begun = await begin(browser, place);
  if (begun.status !== 302) return ((await begun.json()) as Problem).code;
  return finish(browser, begun.headers.get('location') ?? '');
}

/** From the vendor's page back to us. */
async function finish(browser: Browser, vendor: string): Promise<string> {
  const consent = await browser.request(vendor);
  return back(browser, consent.headers.get('location') ?? '');
}
async function back(browser: Browser, url: string): Promise<string> {
  const done = await browser.request(url, { headers: { accept: 'application/json' } });
  return done.status === 302
    ? (done.headers.get('location') ?? '')
    : ((await done.json()) as Problem).code;
}
const chatsOf = async (browser: Browser): Promise<ChatList['items']> =>
  (await browser.call<ChatList>('GET', '/v1/me/chats')).body.items;

const read = async (path: string): Promise<Uint8Array> =>
  (await fetch(`${house.origin}/ledger/${path}`)).bytes();

/** What the public ledger says of a type, as anybody can read it. */
async function toldOf(type: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const checkpoint = Buffer.from(await read('checkpoint')).toString();
  const size = Number(checkpoint.split('\n')[1]);
  const bundles = Array.from({ length: Math.ceil(size / 256) }, async (_, index) => {
    const width = Math.min(256, size - index * 256);
    const bytes = await read(tilePath({ kind: 'entries', level: 0, index, width }));
    return decodeBundle(bytes) ?? [];
  });
  return (await Promise.all(bundles))
    .flat()
    .map((entry) => JSON.parse(Buffer.from(entry).toString()) as Readonly<Record<string, unknown>>)
    .filter((entry) => entry['type'] === type);
}

describe('L34 connecting a Slack account', () => {
  test('from a session of the console: by ids, with nothing asked for but who it is', async () => {
    slack.user = slackUser('URITA');
    const browser = await browserOf('rita');
    expect(await connect(browser)).toBe('/me');
    const asked = slack.asked.at(-1);
    expect(Object.fromEntries(asked ?? [])).toMatchObject({
      scope: 'openid profile',
      response_type: 'code',
      team: TEAM,
      redirect_uri: `${house.origin}/auth/chat/slack/callback`,
      state: expect.any(String),
      nonce: expect.any(String),
    });
    expect(await chatsOf(browser)).toEqual([
      { kind: 'slack', tenant: TEAM, user: 'URITA', since: expect.any(String) },
    ]);
    expect(browser.cookie('countersign-chat')).toBeUndefined();
  });
  test('T29 an account is one person’s: nobody else connects it, whatever they prove', async () => {
    slack.user = slackUser('URITA');
    expect(await connect(await browserOf('ron'))).toBe('chat-taken');
    expect(await chatsOf(await browserOf('rita'))).toHaveLength(1);
    expect(await chatsOf(await browserOf('ron'))).toEqual([]);
  });
  test('a person has one in a workspace: the next takes its place, and the old one is free', async () => {
    const browser = await browserOf('rita');
    slack.user = slackUser('URITA2');
    expect(await connect(browser)).toBe('/me');
    expect(await chatsOf(browser)).toMatchObject([{ user: 'URITA2' }]);
    slack.user = slackUser('URITA');
    expect(await connect(await browserOf('ann'))).toBe('/me');
  });
  test('where there is no such chat', async () => {
    expect(await connect(await browserOf('rita'), 'mattermost')).toBe('chat-off');
  });
});

describe('L34 nothing else connects an account', () => {
  const forged: readonly (readonly [string, () => void, string])[] = [
    [
      'of another workspace',
      () => (slack.user = slackUser('UX', { 'https://slack.com/team_id': 'T0OTHER' })),
      'chat-foreign',
    ],
    [
      'of another organization',
      () =>
        (slack.user = slackUser('UX', {
          'https://slack.com/team_id': 'T0OTHER',
          'https://slack.com/enterprise_id': 'E0OTHER',
        })),
      'chat-foreign',
    ],
    [
      'an e-mail address alone',
      () => (slack.user = { sub: 'UX', email: 'rita@example.com' }),
      'sign-in-invalid',
    ],
    ['ids that are no ids', () => (slack.user = slackUser('U X\u202e')), 'sign-in-invalid'],
    ['signed by a stranger', () => (slack.forgery = { key: strangerKey }), 'sign-in-invalid'],
    ['not signed at all', () => (slack.forgery = { key: 'none' }), 'sign-in-invalid'],
    [
      'another nonce',
      () => (slack.forgery = { claims: (claims) => ({ ...claims, nonce: 'x' }) }),
      'sign-in-invalid',
    ],
    [
      'another audience',
      () => (slack.forgery = { claims: (claims) => ({ ...claims, aud: 'x' }) }),
      'sign-in-invalid',
    ],
    [
      'another issuer',
      () => (slack.forgery = { claims: (claims) => ({ ...claims, iss: house.one.issuer }) }),
      'sign-in-invalid',
    ],
    [
      'another state',
      () => (slack.forgery = { response: (params) => ({ ...params, state: 'x' }) }),
      'sign-in-expired',
    ],
    [
      'no code',
      () => (slack.forgery = { response: ({ state = '' }) => ({ state, error: 'access_denied' }) }),
      'sign-in-refused',
    ],
  ];
  test.each(forged)('a token %s', async (_, forge, code) => {
    slack.user = slackUser('UFORGED');
    forge();
    const browser = await browserOf('dora');
    expect(await connect(browser)).toBe(code);
    expect(await chatsOf(browser)).toEqual([]);
  });
  test('without a session, from another site, or by a link in a message', async () => {
    expect(await connect(house.browser())).toBe('unauthenticated');
    const browser = await browserOf('dora');
    for (const site of ['cross-site', 'same-site', 'none', undefined]) {
      const headers = { accept: 'application/json', ...(site && { 'sec-fetch-site': site }) };
      const begun = await begin(browser, 'slack', headers);
      expect(((await begun.json()) as Problem).code).toBe('foreign-origin');
    }
  });
  test('an answer that another person’s browser is led to: neither becomes the other', async () => {
    slack.user = slackUser('UMALLORY');
    const mallory = await browserOf('ron');
    const vendor = (await begin(mallory, 'slack')).headers.get('location') ?? '';
    const answer = (await mallory.request(vendor)).headers.get('location') ?? '';
    const victim = await browserOf('paul');
    expect(await back(victim, answer)).toBe('sign-in-expired');
    // though the victim is at it themselves at that very moment
    await begin(victim, 'slack');
    expect(await back(victim, answer)).toBe('sign-in-expired');
    expect(await chatsOf(victim)).toEqual([]);
  });
  test('the session that began it is over, or is another’s by then', async () => {
    slack.user = slackUser('USAM');
    const browser = await browserOf('sam');
    const vendor = (await begin(browser, 'slack')).headers.get('location') ?? '';
    const answer = (await browser.request(vendor)).headers.get('location') ?? '';
    house.one.user = { sub: 'another', name: 'Another' };
    await browser.visit(`${house.origin}/auth/login/one?next=/healthz`);
    expect(await back(browser, answer)).toBe('sign-in-expired');
    expect(await chatsOf(browser)).toEqual([]);
  });
  test('an answer a second time, and that of a sign-in or of another chat (mix-up)', async () => {
    slack.user = slackUser('UABE');
    const browser = await browserOf('abe');
    const vendor = (await begin(browser, 'slack')).headers.get('location') ?? '';
    const answer = (await browser.request(vendor)).headers.get('location') ?? '';
    const kept = browser.cookie('countersign-chat') ?? '';
    expect(await back(browser, answer.replace('/slack/', '/teams/'))).toBe('sign-in-expired');
    browser.plant('countersign-login', kept);
    expect(await back(browser, answer.replace('/chat/slack/callback', '/callback/one'))).toBe(
      'sign-in-expired',
    );
    browser.plant('countersign-chat', kept);
    expect(await back(browser, answer)).toBe('/me');
    await browser.call('POST', '/v1/me/chats/remove', { kind: 'slack' });
    browser.plant('countersign-chat', kept);
    expect(await back(browser, answer)).toBe('sign-in-invalid');
    expect(await chatsOf(browser)).toEqual([]);
  });
});

describe('disconnecting', () => {
  test('by the person, and by an administrator; by nobody else', async () => {
    slack.user = slackUser('UDORA');
    const browser = await browserOf('dora');
    expect(await connect(browser)).toBe('/me');
    const remove = { kind: 'slack' };
    const path = '/v1/people/dora/chats/remove';
    const { call } = house.gateway;
    expect((await call<Problem>('rita', 'POST', path, remove)).body.code).toBe(
      'administrators-only',
    );
    expect((await call<Problem>('etl', 'POST', path, remove)).body.code).toBe('humans-only');
    expect(await chatsOf(browser)).toHaveLength(1);
    expect((await call('ada', 'POST', path, remove)).body).toEqual({ removed: 1 });
    expect(await chatsOf(browser)).toEqual([]);
    expect(await connect(browser)).toBe('/me');
    expect((await browser.call('POST', '/v1/me/chats/remove', remove)).body).toEqual({
      removed: 1,
    });
    expect(
      (await call<Problem>('ada', 'POST', '/v1/people/nobody/chats/remove', remove)).body.code,
    ).toBe('not-found');
  });
  test('R7 no agent sees or changes whose account is whose', async () => {
    const { call } = house.gateway;
    expect((await call<Problem>('etl', 'GET', '/v1/me/chats')).body.code).toBe('humans-only');
    const body = { kind: 'slack' };
    expect((await call<Problem>('runner', 'POST', '/v1/me/chats/remove', body)).body.code).toBe(
      'humans-only',
    );
  });
});

/** Signs in at the tenant, all the way. */
async function comeFromEntra(): Promise<Browser> {
  const browser = house.browser();
  const end = await browser.visit(`${house.origin}/auth/login/one?next=/healthz`);
  expect(end.status).toBe(200);
  return browser;
}

describe('Teams: what signs people in says whose account it is', () => {
  test('a sign-in at the tenant connects it; what they disconnect no sign-in brings back', async () => {
    house.one.user = entraUser('una');
    const browser = await comeFromEntra();
    const mine = [
      { kind: 'teams', tenant: TENANT, user: guidOf('una'), since: expect.any(String) },
    ];
    expect(await chatsOf(browser)).toEqual(mine);
    await browser.call('POST', '/v1/me/chats/remove', { kind: 'teams' });
    const later = await comeFromEntra();
    expect(await chatsOf(later)).toEqual([]);
    // they themselves can
    expect(await connect(later, 'teams')).toBe('/me');
    expect(await chatsOf(later)).toEqual(mine);
  });
  const rows: readonly (readonly [string, JWTPayload])[] = [
    ['a guest by `acct`', { acct: 1 }],
    ['a guest by `idp`', { idp: 'https://sts.example/elsewhere' }],
    ['another tenant', { tid: guidOf('elsewhere') }],
    ['a name instead of an object', { oid: undefined, upn: 'una@example.com' }],
    ['an object that is none', { oid: 'una@example.com' }],
  ];
  test.each(rows)('not %s', async (what, claims) => {
    house.one.user = entraUser(what, claims);
    const browser = await comeFromEntra();
    expect(await chatsOf(browser)).toEqual([]);
    expect(await connect(browser, 'teams')).toMatch(/^(?:chat-foreign|sign-in-invalid)$/);
    expect(await chatsOf(browser)).toEqual([]);
  });
  test('who has a session by another provider connects it by signing in there', async () => {
    house.one.user = entraUser('ron');
    const browser = await browserOf('ron');
    expect(await connect(browser, 'teams')).toBe('/me');
    expect(await chatsOf(browser)).toMatchObject([{ kind: 'teams', user: guidOf('ron') }]);
    // a sign-in of another account with the same object takes nothing from him
    house.one.user = { ...entraUser('ron'), sub: 'another' };
    expect(await chatsOf(await comeFromEntra())).toEqual([]);
  });
});

describe('the ledger', () => {
  test('L34 tells of every attempt that was refused, beside whoever was signed in; R9 of no id', async () => {
    const told = async (): Promise<readonly string[]> =>
      (await toldOf('person.chat-refused')).map(({ by, kind, because }) =>
        [by, kind, because].join(' '),
      );
    const expected = [
      'ron slack taken',
      'dora slack foreign',
      'dora slack not-vouched',
      'paul slack mixed-up',
      'abe teams mixed-up',
      'abe slack not-vouched',
    ];
    // its last entries are public once the next checkpoint is signed
    await expect.poll(told).toEqual(expect.arrayContaining(expected));
    const linked = await toldOf('chat.linked');
    expect(linked.length).toBeGreaterThan(3);
    expect(JSON.stringify(linked)).not.toMatch(/URITA|UDORA|T0HOUSE/);
  });
});
