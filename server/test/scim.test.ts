import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApprovalPage, Me, PersonList, Problem } from '@countersign/api';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Browser } from './browser.ts';
import { held, tokenOf, type Fixture } from './gateway-fixture.ts';
import { come, openHouse, type House } from './sign-in-fixture.ts';

const TOKEN = 'csc_entra_0123456789abcdefghij';
const BEFORE = 'csc_before_0123456789abcdefghij';
const OTHER = 'csc_other_0123456789abcdefghij';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

let house: House;
let gateway: Fixture;
beforeAll(async () => {
  house = await openHouse(
    () => undefined,
    (folder) => {
      for (const [name, token] of Object.entries({ now: TOKEN, before: BEFORE, other: OTHER }))
        writeFileSync(join(folder, `${name}.token`), token, { mode: 0o600 });
      return `access: { administrators: [release-managers] }
scim:
  - { id: entra, provider: two, token: 'file:now.token', previous_token: 'file:before.token', groups: { map: { Payers: payments, 'Data Owners': data-owners } } }
  - { id: other, provider: one, token: 'file:other.token', match: user-name, groups: { others: true } }
`;
    },
  );
  gateway = house.gateway;
});
afterAll(() => house.close());
beforeEach(() => {
  house.two.forgery = {};
});

type Sent = {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
};

async function send(
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Sent> {
  const response = await fetch(`${house.origin}/scim/v2${path}`, {
    method,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text === '' ? {} : JSON.parse(text),
    headers: response.headers,
  };
}

const patch = (path: string, ...Operations: readonly object[]): Promise<Sent> =>
  send('PATCH', path, { schemas: [PATCH], Operations });

/** Somebody the provider tells of, and a browser they are signed in with. */
async function come2(name: string): Promise<{ readonly id: string; readonly browser: Browser }> {
  const { body } = await send('POST', '/Users', {
    schemas: [USER],
    userName: `${name}@example.com`,
    externalId: `u-${name}`,
    displayName: `${name} Doe`,
  });
  house.two.user = { sub: `u-${name}` };
  const browser = house.browser();
  expect(await come(house, browser, 'two')).toBe('/healthz');
  return { id: String(body['id']), browser };
}

/** The group of a name, made where there is none, with these members besides. */
async function groupOf(displayName: string, ...members: readonly string[]): Promise<string> {
  const made = await send('POST', '/Groups', { schemas: [GROUP], displayName });
  const filter = encodeURIComponent(`displayName eq "${displayName}"`);
  const { body } = made.status === 201 ? made : await send('GET', `/Groups?filter=${filter}`);
  const [found] = (body['Resources'] ?? [body]) as { id: string }[];
  const id = found?.id ?? '';
  const value = members.map((one) => ({ value: one }));
  if (value.length > 0) await patch(`/Groups/${id}`, { op: 'add', path: 'members', value });
  return id;
}

/** What a reviewer has open, and the vote they cast from it. */
async function open(browser: Browser, approvalId: string) {
  const path = `/v1/approvals/${approvalId}`;
  const { body: page } = await browser.call<ApprovalPage>('GET', path);
  return async (): Promise<string> => {
    const { version, seenDigest } = page;
    const answer = { choice: 'approve', version, seenDigest };
    const { body } = await browser.call<Problem & { status: { state: string } }>(
      'POST',
      `${path}/votes`,
      answer,
    );
    return body.code ?? body.status.state;
  };
}

const stateOf = async (actionId: string): Promise<string> =>
  (await gateway.call<{ state: string }>('etl', 'GET', `/v1/actions/${actionId}`)).body.state;

describe('people who come by SCIM', () => {
  test('sign in once they were told of, with the groups that are mapped, under their name', async () => {
    const { id, browser } = await come2('nina');
    await groupOf('Payers', id);
    await groupOf('administrators', id);
    const { body } = await browser.call<Me>('GET', '/v1/me');
    expect(body).toMatchObject({
      id,
      name: 'nina Doe',
      groups: ['payments'],
      roles: [],
      reach: 'session',
    });
    house.two.user = { sub: 'u-nobody' };
    expect(await come(house, house.browser(), 'two')).toBe('not-provisioned');
  });
  test("by name, where their connection says so; nobody takes another's name over", async () => {
    const headers = { authorization: `Bearer ${OTHER}` };
    await send('POST', '/Users', { schemas: [USER], userName: 'Zoe' }, headers);
    house.one.user = { sub: 'u-zoe', preferred_username: 'zoe' };
    expect(await come(house, house.browser(), 'one')).toBe('/healthz');
    house.one.user = { sub: 'u-zoe-2', preferred_username: 'zoe' };
    expect(await come(house, house.browser(), 'one')).toBe('not-provisioned');
    house.one.user = { sub: 'u-rita' };
    expect(await come(house, house.browser(), 'one')).toBe('/healthz'); // of the configuration
  });
  test('ATTACKER: groups that are taken under their own names are none of ours that give rights', async () => {
    const headers = { authorization: `Bearer ${OTHER}` };
    const { body } = await send(
      'POST',
      '/Users',
      { schemas: [USER], userName: 'mallory' },
      headers,
    );
    for (const displayName of ['release-managers', 'auditors', 'reviewers'])
      await send(
        'POST',
        '/Groups',
        { schemas: [GROUP], displayName, members: [{ value: body['id'] }] },
        headers,
      );
    house.one.user = { sub: 'u-mallory', preferred_username: 'mallory' };
    const browser = house.browser();
    await come(house, browser, 'one');
    expect((await browser.call<Me>('GET', '/v1/me')).body).toMatchObject({
      groups: ['reviewers'],
      roles: [],
    });
  });
});

describe('R5, R7: whoever is taken out while they look at a request', () => {
  test.each([
    [
      'taken out',
      (id: string) => patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'False' }),
      'unauthenticated',
    ],
    ['deleted', (id: string) => send('DELETE', `/Users/${id}`), 'unauthenticated'],
  ])(
    '%s: the vote is refused at click time, and so is everything else',
    async (name, out, code) => {
      const { id, browser } = await come2(`olga-${name.replace(' ', '')}`);
      await groupOf(`Data Owners`, id).catch(() => undefined);
      const { body } = await send(
        'GET',
        `/Groups?filter=${encodeURIComponent('displayName eq "Data Owners"')}`,
      );
      const group = (body['Resources'] as { id: string }[])[0]?.id ?? '';
      await patch(`/Groups/${group}`, { op: 'add', path: 'members', value: [{ value: id }] });
      const asked = await held(gateway, `s3://out-${name}`);
      const vote = await open(browser, String(asked.status.approvalId));
      await out(id);
      expect(await vote()).toBe(code);
      expect((await browser.call('GET', '/v1/me')).status).toBe(401);
      expect(await stateOf(asked.status.id)).toBe('pending'); // others are there
      house.two.user = { sub: `u-olga-${name.replace(' ', '')}` };
      expect(await come(house, house.browser(), 'two')).toBe('inactive-person');
    },
  );
  test('out of the group alone: the session goes on, the vote does not count', async () => {
    const { id, browser } = await come2('greta');
    const owners = await groupOf('Data Owners', id);
    const asked = await held(gateway, 's3://greta');
    const vote = await open(browser, String(asked.status.approvalId));
    await patch(`/Groups/${owners}`, { op: 'remove', path: `members[value eq "${id}"]` });
    expect(await vote()).toBe('not-found'); // nobody who is not asked sees it
    expect((await browser.call('GET', '/v1/me')).status).toBe(200);
  });
  test('too few are left: it is unsatisfiable, and a vote that was cast does not count any more', async () => {
    const [a, b] = [await come2('pia'), await come2('pit')];
    const payers = await groupOf('Payers');
    await patch(`/Groups/${payers}`, { op: 'replace', path: 'members', value: [a.id, b.id] });
    const asked = await held(gateway, 'paid://x');
    const voteA = await open(a.browser, String(asked.status.approvalId));
    const voteB = await open(b.browser, String(asked.status.approvalId));
    expect(await voteA()).toBe('pending');
    // a third comes before the first goes: two could still answer, and the first one's vote is not one of them
    const c = await come2('pam');
    await patch(`/Groups/${payers}`, { op: 'add', path: 'members', value: [{ value: c.id }] });
    await patch(`/Users/${a.id}`, { op: 'replace', value: { active: false } });
    expect(await voteB()).toBe('pending');
    expect(await stateOf(asked.status.id)).toBe('pending');
    await send('DELETE', `/Users/${c.id}`);
    await expect.poll(() => stateOf(asked.status.id)).toBe('unsatisfiable');
  });
  test('a vote says what the groups of the voter rested on', async () => {
    const a = await come2('quinn');
    await groupOf('Data Owners', a.id);
    const asked = await held(gateway, 's3://quinn');
    const vote = await open(a.browser, String(asked.status.approvalId));
    expect(await vote()).toBe('approved');
    const receipt = await gateway.call<string>(
      'etl',
      'GET',
      `/v1/actions/${asked.status.id}/receipt`,
    );
    const extra = /^extra (.+)$/m.exec(receipt.body)?.[1] ?? '';
    const evidence = Buffer.from(extra, 'base64').toString().replaceAll('\\', '');
    expect(evidence).toMatch(
      /"knownBy":\{"directoryVersion":\d+,"groupsFrom":"scim","provider":"two"\}/,
    );
  });
});

describe('the edge', () => {
  test('tokens: the one before is good as well; no other opens it, and it opens nothing else', async () => {
    const known = [TOKEN, BEFORE, OTHER].map((token) => `Bearer ${token}`);
    for (const authorization of known)
      expect((await send('GET', '/Users', undefined, { authorization })).status).toBe(200);
    const bad = [
      '',
      'Bearer ',
      `Basic ${TOKEN}`,
      `Bearer ${TOKEN}x`,
      `Bearer ${tokenOf('rita')}`,
      `Bearer ${tokenOf('etl')}`,
      `Bearer ${tokenOf('runner')}`,
      `Bearer sha256:${'0'.repeat(64)}`,
    ];
    for (const authorization of bad) {
      const { status, body, headers } = await send('GET', '/Users', undefined, { authorization });
      expect([status, body['status'], headers.get('www-authenticate')]).toEqual([
        401,
        '401',
        'Bearer',
      ]);
    }
    for (const path of ['/v1/me', '/v1/people', '/v1/approvals', '/v1/actions'])
      expect(
        (await fetch(`${house.origin}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } }))
          .status,
      ).toBeOneOf([401, 405]);
  });
  test('a signed-in browser does not open it', async () => {
    const { browser } = await come2('tess');
    expect((await browser.request(`${house.origin}/scim/v2/Users`)).status).toBe(401);
  });
  test('pages of other sites do not reach it', async () => {
    expect(
      (await send('GET', '/Users', undefined, { origin: 'https://evil.example' })).status,
    ).toBe(403);
  });
  test.each([
    ['not JSON', '{', {}, 400],
    ['a member twice', `{"schemas":["${USER}"],"userName":"a","userName":"b"}`, {}, 400],
    ['__proto__', `{"schemas":["${USER}"],"userName":"a","__proto__":{"x":1}}`, {}, 400],
    ['too deep', `{"a":${'['.repeat(40)}${']'.repeat(40)}}`, {}, 400],
    ['another type', '{}', { 'content-type': 'text/plain' }, 415],
    ['compressed', '{}', { 'content-encoding': 'gzip' }, 415],
    ['huge', `"${'x'.repeat(1024 * 1024)}"`, {}, 413],
  ])('a body that is %s', async (_, body, headers, status) => {
    const done = await send('POST', '/Users', body, headers);
    expect([done.status, done.body['status']]).toEqual([status, String(status)]);
    expect(done.headers.get('content-type')).toBe('application/scim+json');
  });
  test('`application/json` will do, and every parameter stands once', async () => {
    expect(
      (
        await send(
          'POST',
          '/Users',
          { schemas: [USER], userName: 'json' },
          { 'content-type': 'application/json; charset=utf-8' },
        )
      ).status,
    ).toBe(201);
    expect((await send('GET', '/Users?count=1&count=2')).status).toBe(400);
    expect((await send('GET', '/Users?count=1')).headers.get('cache-control')).toBe('no-store');
  });
  test('R9: the log has connection and status, and nothing of what was sent', async () => {
    await send('GET', `/Users?filter=${encodeURIComponent('userName eq "secretive@example.com"')}`);
    expect(gateway.logs()).toMatch(/"scim".*"connection":"entra","method":"GET","status":200/);
    expect(gateway.logs()).not.toMatch(/secretive|example\.com/);
  });
});

describe('people, for administrators', () => {
  test('are listed with where they come from', async () => {
    const { id } = await come2('vera');
    expect(await gateway.call('rita', 'GET', '/v1/people')).toMatchObject({
      status: 403,
      body: { code: 'administrators-only' },
    });
    const { body } = await gateway.call<PersonList>('eve', 'GET', '/v1/people?q=vera');
    expect(body.items).toEqual([
      expect.objectContaining({
        id,
        name: 'vera Doe',
        source: 'scim',
        connection: 'entra',
        groupsFrom: 'scim',
        provider: 'two',
        active: true,
      }),
    ]);
    await send('DELETE', `/Users/${id}`);
    expect((await gateway.call('eve', 'GET', `/v1/people/${id}`)).body).toMatchObject({
      active: false,
      outBy: 'scim',
    });
    expect(await gateway.call('eve', 'POST', `/v1/people/${id}/activate`, {})).toMatchObject({
      status: 403,
      body: { code: 'sign-in-again' },
    });
  });
});
