import { describe, expect, test } from 'vitest';
import { readClaims } from '../src/oidc/claims.ts';
import { ownPath } from '../src/oidc/own-path.ts';
import type { ProviderSettings } from '../src/index.ts';

const PLAIN: ProviderSettings = {
  id: 'idp',
  name: 'IdP',
  issuer: 'https://idp.example',
  clientId: 'countersign',
  scopes: ['openid'],
  subjectClaim: 'sub',
  isProvisioned: false,
  acrValues: [],
  amr: [],
  requiredClaims: {},
  algorithms: ['RS256'],
};
const CLAIMS = { iss: 'https://idp.example', sub: 'u-1', auth_time: 1_000, name: 'Una' };
const read = (claims: object, settings: Partial<ProviderSettings> = {}) =>
  readClaims({ ...CLAIMS, ...claims }, { ...PLAIN, ...settings });

describe('who is of the house', () => {
  const google = { hostedDomain: 'example.com' };
  const entra = { tenant: 't-1', subjectClaim: 'oid' };
  const rows: readonly (readonly [string, object, Partial<ProviderSettings>, boolean])[] = [
    ['anyone where nothing is demanded', {}, {}, true],
    ['Google: the organization', { hd: 'example.com' }, google, true],
    ['Google: another organization', { hd: 'example.org' }, google, false],
    ['Google: a private account', {}, google, false],
    ['Google: an address that looks like it', { email: 'a@example.com' }, google, false],
    ['Entra: the tenant', { tid: 't-1', oid: 'o-1' }, entra, true],
    ['Entra: another tenant', { tid: 't-2', oid: 'o-1' }, entra, false],
    ['Entra: no tenant', { oid: 'o-1' }, entra, false],
    ['Entra: a guest by `acct`', { tid: 't-1', oid: 'o-1', acct: 1 }, entra, false],
    [
      'Entra: a guest by `idp`',
      { tid: 't-1', oid: 'o-1', idp: 'https://sts.example/t-2' },
      entra,
      false,
    ],
    ['Entra: a member by `acct`', { tid: 't-1', oid: 'o-1', acct: 0 }, entra, true],
    ['Entra: without the claim that says who', { tid: 't-1' }, entra, false],
    ['a claim that must be so', { dept: 'it' }, { requiredClaims: { dept: 'it' } }, true],
    ['a list that must have it', { dept: ['hr', 'it'] }, { requiredClaims: { dept: 'it' } }, true],
    ['a claim that is otherwise', { dept: 'hr' }, { requiredClaims: { dept: 'it' } }, false],
    ['a claim that is missing', {}, { requiredClaims: { dept: 'it' } }, false],
    ['a second factor', { amr: ['pwd', 'mfa'] }, { amr: ['mfa', 'hwk'] }, true],
    ['no second factor', { amr: ['pwd'] }, { amr: ['mfa'] }, false],
    ['a factor nobody tells of', {}, { amr: ['mfa'] }, false],
    ['the level', { acr: 'phr' }, { acrValues: ['phr'] }, true],
    ['another level', { acr: '0' }, { acrValues: ['phr'] }, false],
  ];
  test.each(rows)('%s', (_, claims, settings, isIn) => {
    expect(read(claims, settings).ok).toBe(isIn);
  });
});

describe('groups', () => {
  const groups = { claim: 'groups', map: { 'app-owners': 'data-owners', dup: 'data-owners' } };
  const many = Array.from({ length: 100 }, (_, i) => `g${i}`);
  test.each([
    [
      'are called as the configuration says, others are not taken',
      ['app-owners', 'x'],
      ['data-owners'],
    ],
    ['are each there once', ['app-owners', 'dup'], ['data-owners']],
    ['none', [], []],
    ['a name of every object', ['constructor', '__proto__'], []],
    ['that are not texts', [1, 2], []],
    ['absent', undefined, []],
  ])('%s', (_, given, told) => {
    expect(read({ groups: given }, { groups })).toMatchObject({
      value: { groups: told, areGroupsCut: false },
    });
  });
  test.each([
    ['a hundred, where Okta stops', { groups: many }],
    ['overage of Entra', { _claim_names: { groups: 'src1' } }],
  ])('that are not all told are not taken: %s', (_, claims) => {
    const found = read(claims, { groups });
    expect(found).toMatchObject({ value: { areGroupsCut: true } });
    expect(found.ok && found.value.groups).toBeUndefined();
  });
  test('are not looked at where that is not configured', () => {
    expect(read({ groups: ['app-owners'] })).not.toHaveProperty('value.groups');
  });
});

test('what is private is cut and well formed; what is not told is absent', () => {
  const found = read({ name: `${'x'.repeat(255)}\u{1f600}`, email: 7, auth_time: undefined });
  expect(found).toMatchObject({ value: { authTime: 0, name: `${'x'.repeat(255)}\ufffd` } });
  expect(found).not.toHaveProperty('value.email');
});

test('a path that another site could pass for ours is none', () => {
  expect(['//a', '/\\a', '/a\\b', '/%5c%5ca'].map(ownPath)).toEqual([
    undefined,
    undefined,
    undefined,
    '/%5c%5ca',
  ]);
});
