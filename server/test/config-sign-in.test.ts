import { describe, expect, test } from 'vitest';
import { GOOD, load } from './config-fixture.ts';

const okta = (more = ''): string =>
  `{ id: okta, issuer: 'https://example.okta.com', client_id: c, client_secret: 'env:BOT'${more} }`;
const signIn = (text: string, good = GOOD): Promise<Awaited<ReturnType<typeof load>>> =>
  load(`${good}sign_in: ${text}\n`);
const codes = async (...of: Parameters<typeof signIn>): Promise<unknown> => {
  const loaded = await signIn(...of);
  return loaded.ok ? 'good' : loaded.error.map(({ code, path }) => `${code} ${path}`);
};

test('a provider needs no more than its issuer and what it knows us as', async () => {
  const loaded = await signIn(`{ providers: [${okta()}] }`);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const { providers, ...rest } = loaded.value.config.signIn;
  expect(rest).toEqual({
    recentMs: 3_600_000,
    idleMs: 1_800_000,
    absoluteMs: 43_200_000,
    development: false,
  });
  expect(providers).toMatchObject([
    {
      id: 'okta',
      scopes: ['openid', 'profile', 'email'],
      subjectClaim: 'sub',
      scim: false,
      algorithms: ['RS256', 'ES256', 'EdDSA'],
    },
  ]);
  expect(JSON.stringify(loaded.value.config)).not.toContain('csk_');
});

describe('refused', () => {
  const at = 'sign_in.providers[0]';
  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'a secret written out',
      okta().replace('env:BOT', 's3cret'),
      [`literal-secret ${at}.client_secret`],
    ],
    ['an issuer on plain http', okta().replace('https', 'http'), [`bad-value ${at}.issuer`]],
    ['an issuer with a query', okta().replace('.com', '.com?x=1'), [`bad-value ${at}.issuer`]],
    ['a symmetric algorithm', okta(', algorithms: [HS256]'), [`bad-value ${at}.algorithms[0]`]],
    ['no signature', okta(', algorithms: [none]'), [`bad-value ${at}.algorithms[0]`]],
    [
      'an id that cannot stand in an address',
      okta().replace('okta', 'Okta/1'),
      [`bad-name ${at}.id`],
    ],
    ['two of one id', `${okta()}, ${okta()}`, ['duplicate-id sign_in.providers[1].id']],
    ['a word nobody knows', okta(', scopse: []'), [`unknown-key ${at}.scopse`]],
  ];
  test.each(rows)('%s', async (_, provider, problems) => {
    expect(await codes(`{ providers: [${provider}] }`)).toEqual(problems);
  });
  test('an idle limit longer than the absolute one', async () => {
    expect(await codes('{ idle: 13h }')).toEqual(['bad-value sign_in.idle']);
  });
});

describe('the development provider', () => {
  test.each([
    ['on loopback', GOOD, 'good'],
    ['with a public address on loopback', `public_url: http://localhost:8088\n${GOOD}`, 'good'],
    [
      'with a public address of another host',
      `public_url: https://gate.example\n${GOOD}`,
      ['not-loopback sign_in.development'],
    ],
    [
      'where it listens for others',
      `public_url: https://gate.example\n${GOOD.replace('127.0.0.1', '0.0.0.0')}`,
      ['reachable listen', 'not-loopback sign_in.development'],
    ],
    [
      'on a port that is not known yet',
      GOOD.replace('8088', '0'),
      ['bad-value sign_in.development'],
    ],
  ])('%s', async (_, good, found) => {
    expect(await codes('{ development: true }', good)).toEqual(found);
  });
  test('is the only one of its name', async () => {
    const provider = okta().replace('id: okta', 'id: development');
    expect(await codes(`{ development: true, providers: [${provider}] }`)).toEqual([
      'duplicate-id sign_in.providers[0].id',
    ]);
  });
});

const people = (identities: string, other = ''): string =>
  GOOD.replace("token: 'env:MONA'", `identities: [${identities}]`).replace(
    "token: 'env:DANA'",
    `token: 'env:DANA'${other}`,
  );

describe('who somebody is to a provider', () => {
  const una = '{ provider: okta, subject: u-1 }';
  test.each([
    ['once', people(una), 'good'],
    [
      'at a provider nobody listed',
      people('{ provider: oktta, subject: u-1 }'),
      ['unknown-provider people[0].identities[0].provider'],
    ],
    [
      'and somebody else too',
      people(una, `, identities: [${una}]`),
      ['duplicate-id people[1].identities[0].subject'],
    ],
  ])('%s', async (_, good, found) => {
    expect(await codes(`{ providers: [${okta()}] }`, good)).toEqual(found);
  });
});
