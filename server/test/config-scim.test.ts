import { expect, test } from 'vitest';
import { ENV, GOOD, load, loadGood, tokenOf } from './config-fixture.ts';

const env = { ...ENV, ONE: tokenOf('csc', 'one'), TWO: tokenOf('csc', 'two'), KEY: '{}' };
const PROVIDER = `sign_in: { providers: [{ id: okta, issuer: 'https://okta.example', client_id: x }] }
`;
const codes = async (text: string): Promise<readonly string[]> => {
  const loaded = await load(GOOD + text, env);
  return loaded.ok ? [] : loaded.error.map(({ code, path }) => `${code} ${path}`);
};

test('connections and directories of a provider that is there', async () => {
  const { config } = await loadGood(
    `${GOOD}${PROVIDER}scim:
  - { id: okta, provider: okta, token: 'env:ONE', previous_token: 'env:TWO', groups: { map: { 'App Owners': data-owners } } }
directories:
  - { id: google, provider: okta, service_account: 'env:KEY', groups: { map: { owners@x.example: data-owners } } }
`,
    env,
  );
  expect(config.scim).toMatchObject([
    { match: 'external-id', groups: { map: { 'App Owners': 'data-owners' }, others: false } },
  ]);
  expect(config.directories).toMatchObject([{ endpoint: 'https://cloudidentity.googleapis.com' }]);
  expect(JSON.stringify(config)).not.toContain('csc_');
});

test.each([
  [
    'a provider that is not there',
    `scim: [{ id: a, provider: okta, token: 'env:ONE' }]\n`,
    ['unknown-provider scim[0].provider'],
  ],
  [
    'the same for directories',
    `directories: [{ id: a, provider: x, service_account: 'env:KEY', groups: { map: {} } }]\n`,
    ['unknown-provider directories[0].provider'],
  ],
  [
    'two of one id, and one token',
    `${PROVIDER}scim: [{ id: a, provider: okta, token: 'env:ONE' }, { id: a, provider: okta, token: 'env:ONE' }]\n`,
    ['duplicate-id scim[1].id', 'duplicate-token scim[1].token'],
  ],
  [
    'the token before is the token now',
    `${PROVIDER}scim: [{ id: a, provider: okta, token: 'env:ONE', previous_token: 'env:ONE' }]\n`,
    ['duplicate-token scim[0].previous_token'],
  ],
  [
    'the token of an agent',
    `${PROVIDER}scim: [{ id: a, provider: okta, token: 'env:BOT' }]\n`,
    ['bad-token scim[0].token'],
  ],
  [
    'a token in clear',
    `${PROVIDER}scim: [{ id: a, provider: okta, token: csc_0123456789abcdefghij }]\n`,
    ['literal-secret scim[0].token'],
  ],
])('%s', async (_, text, expected) => {
  expect(await codes(text)).toEqual(expected);
});
