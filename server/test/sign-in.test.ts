import type {
  ApprovalPage,
  Me,
  Problem,
  ProviderList,
  SessionList,
  SignedOut,
} from '@countersign/api';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { signInAs, type Browser } from './browser.ts';
import { held, tokenOf, vote, type Fixture } from './gateway-fixture.ts';
import { come, openHouse, type House } from './sign-in-fixture.ts';

let house: House;
let gateway: Fixture;
beforeAll(async () => {
  house = await openHouse();
  gateway = house.gateway;
});
afterAll(() => house.close());
beforeEach(() => {
  house.one.forgery = {};
  house.one.user = { sub: 'u-1', name: 'Una' };
});

const me = async (browser: Browser): Promise<Me> => (await browser.call<Me>('GET', '/v1/me')).body;
const seconds = (): number => Math.floor(Date.now() / 1_000);
async function signedIn(user: { sub: string } & Record<string, unknown>): Promise<Browser> {
  house.one.user = user;
  const browser = house.browser();
  expect(await come(house, browser)).toBe('/healthz');
  return browser;
}
/** Votes by the session of a browser; answers the code of the refusal, or where it stands. */
async function voteIn(browser: Browser, { status }: Awaited<ReturnType<typeof held>>) {
  const path = `/v1/approvals/${status.approvalId}`;
  const { body: page } = await browser.call<ApprovalPage>('GET', path);
  const { version, seenDigest } = page;
  const answer = { choice: 'approve', version, seenDigest };
  const { body } = await browser.call<Problem & { status: { state: string } }>(
    'POST',
    `${path}/votes`,
    answer,
  );
  return body.code ?? body.status.state;
}

describe('who signs in', () => {
  test('by the development provider is who they picked', async () => {
    const browser = house.browser();
    const end = await signInAs(browser, house.origin, 'ann');
    expect(end.url).toBe(`${house.origin}/healthz`);
    expect(await me(browser)).toMatchObject({
      kind: 'person',
      id: 'ann',
      reach: 'session',
      roles: [],
      session: { provider: 'development', isRecent: true, assurance: 'session' },
    });
  });
  test('as a person of the configuration is that person, with the groups written there', async () => {
    const browser = await signedIn({ sub: 'u-rita', name: 'Someone', groups: ['Payments'] });
    expect(await me(browser)).toMatchObject({ id: 'rita', name: 'rita' });
  });
  test('for the first time has an account from then on, always the same', async () => {
    const first = await me(await signedIn({ sub: 'u-jit', name: 'Jit', groups: ['Owners', 'x'] }));
    expect(first).toMatchObject({ name: 'Jit', groups: ['data-owners'], reach: 'session' });
    expect(first.id).toMatch(/^per_[\w-]{20}$/);
    const again = await me(await signedIn({ sub: 'u-jit', name: 'Jitte', groups: ['Payments'] }));
    expect(again).toMatchObject({ id: first.id, name: 'Jitte', groups: ['payments'] });
    const cut = Array.from({ length: 100 }, (_, i) => `g${i}`);
    const kept = await me(await signedIn({ sub: 'u-jit', name: 'Jitte', groups: cut }));
    expect(kept).toMatchObject({ groups: ['payments'], session: { areGroupsCut: true } });
    expect(gateway.logs()).toContain('groups-incomplete');
  });
  test('R9: leaves nothing private in the ledger', async () => {
    const user = { sub: 'u-private', name: 'Privata', email: 'p@example.com', sid: 's-private' };
    const browser = await signedIn(user);
    const { body } = await browser.call<SessionList>('GET', '/v1/me/sessions');
    const [session] = body.items;
    let text = '';
    const read = async (): Promise<string> => {
      const checkpoint = await (await fetch(`${house.origin}/ledger/checkpoint`)).text();
      const width = Number(checkpoint.split('\n')[1]) % 256;
      const tile = await fetch(`${house.origin}/ledger/tile/entries/000.p/${width}`);
      return (text = await tile.text());
    };
    // once it is under a signed head, so is everything before it
    await expect.poll(read).toContain(`session-${session?.id}`);
    expect(text).toContain('person.added');
    for (const secret of ['u-private', 'Privata', 'p@example.com', 's-private'])
      expect(text).not.toContain(secret);
  });
  test('at a provider that provisions, and was not, is told so', async () => {
    expect(await come(house, house.browser(), 'two')).toBe('not-provisioned');
  });
  test('at a provider that is not there, is told so', async () => {
    expect(await come(house, house.browser(), 'three')).toBe('unknown-provider');
  });
  test('sees which providers there are', async () => {
    const { body } = await house.browser().call<ProviderList>('GET', '/auth/providers');
    expect(body.items.map(({ id, isUp }) => [id, isUp])).toEqual([
      ['development', true],
      ['one', true],
      ['two', true],
    ]);
  });
  test('by another name of this machine is sent to the public one first', async () => {
    const local = house.origin.replace('localhost', '127.0.0.1');
    const response = await fetch(`${local}/auth/login/one?next=/x`, { redirect: 'manual' });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(`${house.origin}/auth/login/one?next=/x`);
  });
  test('is still who they are after a restart', async () => {
    const browser = await signedIn({ sub: 'u-stays', name: 'Stays' });
    await gateway.restart();
    expect(await me(browser)).toMatchObject({ session: { provider: 'one' } });
    await expect.poll(async () => (await me(browser)).name).toBe('Stays');
  });
});

describe('what a session counts as', () => {
  test('two sessions approve what asks for sessions; tokens do not', async () => {
    const asked = await held(gateway, 'strong-1');
    expect((await vote(gateway, 'abe', asked)).body.code).toBe('assurance-too-low');
    const ann = house.browser();
    await signInAs(ann, house.origin, 'ann');
    expect(await voteIn(ann, asked)).toBe('pending');
    const ron = house.browser();
    await signInAs(ron, house.origin, 'ron');
    expect(await voteIn(ron, asked)).toBe('approved');
  });
  test('proof of two hours ago is too old: sign in again', async () => {
    const asked = await held(gateway, 'strong-2');
    const stale = await signedIn({ sub: 'u-rita', auth_time: seconds() - 7_200 });
    expect((await me(stale)).session).toMatchObject({ isRecent: false, assurance: 'chat' });
    expect(await voteIn(stale, asked)).toBe('sign-in-again');
    const path = `/v1/approvals/${asked.status.approvalId}`;
    const { body } = await stale.call<ApprovalPage>('GET', path);
    expect(body.may).toEqual({ vote: true, confirm: false, needs: 'session' });
    house.one.user = { sub: 'u-rita' };
    expect(await come(house, stale, 'one', '?next=/healthz&step_up=1')).toBe('/healthz');
    expect(await voteIn(stale, asked)).toBe('pending');
  });
  test('stepping up asks the provider to ask again, and looks whether it did', async () => {
    house.one.user = { sub: 'u-rita', auth_time: seconds() - 60 };
    const query = '?next=/healthz&step_up=1';
    expect(await come(house, house.browser(), 'one', query)).toBe('sign-in-again');
    const asked = house.one.asked.at(-1);
    expect([asked?.get('max_age'), asked?.get('prompt')]).toEqual(['0', 'login']);
    house.one.forgery = { claims: ({ auth_time: _auth_time, ...rest }) => rest };
    expect(await come(house, house.browser(), 'one', query)).toBe('sign-in-again');
  });
  test('who does not say when they proved it is not recent', async () => {
    house.one.forgery = { claims: ({ auth_time: _auth_time, ...rest }) => rest };
    const { session } = await me(await signedIn({ sub: 'u-1' }));
    expect(session).toMatchObject({ isRecent: false, assurance: 'chat' });
    expect(session).not.toHaveProperty('authTime');
  });
  test('a group of the provider may be asked before anyone is in it, and can answer', async () => {
    const early = await held(gateway, 'paid-1');
    expect(early.status.state).toBe('unsatisfiable');
    const payer = await signedIn({ sub: 'u-pay-1', groups: ['Payments'] });
    const other = await signedIn({ sub: 'u-pay-2', groups: ['Payments'] });
    const { body: status } = await gateway.call<typeof early.status>('etl', 'POST', '/v1/actions', {
      type: 'sql.export',
      resource: { type: 'Database', id: 'crm' },
      arguments: { table: 'stats', columns: ['day'], destination: 'paid-2' },
    });
    expect(status.state).toBe('pending');
    const asked = { status, page: early.page };
    expect(await voteIn(payer, asked)).toBe('pending');
    expect(await voteIn(other, asked)).toBe('approved');
  });
});

const link = async (browser: Browser, site: string): Promise<Response> => {
  const headers = { 'sec-fetch-site': site, accept: 'application/json' };
  return browser.request(`${house.origin}/auth/login/one?next=/healthz&link=1`, { headers });
};

describe('two accounts of one human', () => {
  test('are linked by who is signed in as one and signs in as the other', async () => {
    const browser = house.browser();
    await signInAs(browser, house.origin, 'abe');
    house.one.user = { sub: 'u-abe-too', groups: ['Owners'] };
    const begun = await link(browser, 'same-origin');
    const answered = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual' });
    const done = await browser.request(answered.headers.get('location') ?? '');
    expect(done.headers.get('location')).toBe('/healthz');
    const other = await me(browser);
    expect(other.id).toMatch(/^per_/);
    const asked = await held(gateway, 'linked');
    const both = await held(gateway, 'strong-3');
    expect(await voteIn(browser, both)).toBe('pending');
    const abe = house.browser();
    await signInAs(abe, house.origin, 'abe');
    expect(await voteIn(abe, both)).toBe('already-voted');
    expect(await voteIn(abe, asked)).toBe('approved');
  });
  test('not by a page of another site', async () => {
    const browser = house.browser();
    await signInAs(browser, house.origin, 'abe');
    for (const site of ['cross-site', 'same-site', 'none'])
      expect(((await (await link(browser, site)).json()) as Problem).code).toBe('foreign-origin');
  });
  test('not by who is signed in as nobody', async () => {
    const response = await link(house.browser(), 'same-origin');
    expect(((await response.json()) as Problem).code).toBe('unauthenticated');
  });
  test('not where the account is somebody else’s already', async () => {
    await signedIn({ sub: 'u-rita' });
    const browser = house.browser();
    await signInAs(browser, house.origin, 'ron2');
    house.one.user = { sub: 'u-abe-too' };
    const begun = await link(browser, 'same-origin');
    const answered = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual' });
    const init = { headers: { accept: 'application/json' } };
    const done = await browser.request(answered.headers.get('location') ?? '', init);
    expect(((await done.json()) as Problem).code).toBe('already-linked');
  });
});

describe('credentials', () => {
  test('of two different principals at once are refused', async () => {
    const browser = house.browser();
    await signInAs(browser, house.origin, 'ann');
    const call = async (name: 'etl' | 'rita' | 'ann'): Promise<unknown> => {
      const headers = { authorization: `Bearer ${tokenOf(name)}` };
      const response = await browser.request(`${house.origin}/v1/me`, { headers });
      const { code, id } = (await response.json()) as { code?: string; id?: string };
      return code ?? id;
    };
    expect([await call('etl'), await call('rita'), await call('ann')]).toEqual([
      'credentials-differ',
      'credentials-differ',
      'ann',
    ]);
  });
  test('R7: the session of a person opens nothing of agents', async () => {
    const browser = house.browser();
    await signInAs(browser, house.origin, 'ann');
    const { body } = await browser.call<Problem>('POST', '/v1/actions', {});
    expect(body.code).toBe('agents-only');
  });
  test.each(['etl', 'runner', 'rita'] as const)('the token of %s is no cookie', async (name) => {
    const browser = house.browser();
    browser.plant('countersign', tokenOf(name));
    expect((await browser.call<Problem>('GET', '/v1/me')).status).toBe(401);
  });
});

test('signing out leads to the provider, which asks whether it should end its own session', async () => {
  const browser = await signedIn({ sub: 'u-1' });
  const { body } = await browser.call<SignedOut>('POST', '/auth/logout');
  const url = new URL(body.url ?? '');
  expect(`${url.origin}${url.pathname}`).toBe(`${house.one.issuer}/logout`);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: 'countersign',
    post_logout_redirect_uri: `${house.origin}/sign-in`,
  });
});
