import { createSign, generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  ROUTES,
  type ActionStatus,
  type IssuedKey,
  type Problem,
  type Route,
} from '@countersign/api';
import { instant } from '@countersign/core';
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import type { Caller } from '../src/http/exchange.ts';
import { whyNotManage } from '../src/http/manage.ts';
import { openBrowser, signInAs } from './browser.ts';
import { READ, startGateway, tokenOf, type Fixture } from './gateway-fixture.ts';

// R7: whatever an agent can prove itself with, nothing that decides or manages is there for it.

const ISSUER = 'https://token.actions.githubusercontent.com';
const pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token as a CI system makes it. */
function workloadToken(claims: object = {}): string {
  const seconds = Math.floor(Date.now() / 1_000);
  const input = `${encoded({ alg: 'RS256', kid: 'k1', typ: 'JWT' })}.${encoded({
    iss: ISSUER,
    aud: 'countersign.test',
    sub: 'repo:acme/etl:ref:refs/heads/main',
    repository_id: '74201',
    environment: 'prod',
    iat: seconds,
    exp: seconds + 300,
    ...claims,
  })}`;
  return `${input}.${createSign('sha256').update(input).sign(pair.privateKey, 'base64url')}`;
}

const WORKLOADS = `
workload_issuers:
  - { id: github, kind: github, issuer: '${ISSUER}', audience: countersign.test, jwks: jwks.json }
`;
const bind = (claims: string): string =>
  `owner: olga, workloads: [{ issuer: github, claims: { ${claims} } }],`;

let gateway: Fixture;
let origin: string;
let credentials: Readonly<Record<string, string>>;
beforeAll(async () => {
  const port = await freePort();
  origin = `http://localhost:${port}`;
  gateway = await startGateway((folder) => {
    const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256' };
    writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys: [jwk] }));
    const path = join(folder, 'countersign.yaml');
    const config = readFileSync(path, 'utf8')
      .replace('127.0.0.1:0', `127.0.0.1:${port}`)
      .replace('owner: olga,', bind("repository_id: '74201', environment: prod"))
      .replace('owner: eve,', bind("repository_id: ['74202', '74201'], environment: stage"));
    const signIn = 'sign_in: { development: true }';
    writeFileSync(path, `public_url: ${origin}\n${signIn}\n${config}${WORKLOADS}`);
  });
  const browser = openBrowser(origin);
  await signInAs(browser, origin, 'ada');
  const issue = async (path: string, body: object): Promise<IssuedKey> => {
    const answer = await browser.call<IssuedKey>('POST', path, body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer.body;
  };
  const [good, revoked, first] = [
    await issue('/v1/agents/etl/keys', { name: 'good' }),
    await issue('/v1/agents/etl/keys', { name: 'revoked' }),
    await issue('/v1/agents/etl/keys', { name: 'expired' }),
  ];
  await browser.call('POST', `/v1/keys/${revoked.id}/revoke`, {});
  await issue(`/v1/keys/${first.id}/rotate`, { overlapHours: 0 });
  credentials = {
    configured: tokenOf('etl'),
    issued: good.key,
    revoked: revoked.key,
    expired: first.key,
    workload: workloadToken(),
    executor: tokenOf('runner'),
  };
});
afterAll(() => gateway.stop());

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

const by = <T = unknown>(token: string, method: string, path: string, body?: unknown) =>
  gateway.call<T & Problem>(undefined, method, path, body, { authorization: `Bearer ${token}` });
const pathOf = (path: string): string => path.replaceAll(/\{\w+\*?\}/g, 'etl');
const tryRoute = (token: string, { method, path }: Route) =>
  by(token, method, pathOf(path), method === 'POST' ? {} : undefined);

const OF_PEOPLE = ROUTES.filter(({ callers }) => callers.join() === 'person');

describe('R7 every route of people', () => {
  test('there are some, and what decides or manages is among them', () => {
    const ids: readonly string[] = OF_PEOPLE.map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining(['vote', 'confirm', 'edit', 'revoke', 'close', 'registerAgent']),
    );
    const managing = ROUTES.filter(({ path }) =>
      /^\/v1\/(agents|keys|kill-switch|people)/.test(path),
    );
    expect(managing.filter((route) => !OF_PEOPLE.includes(route))).toEqual([]);
  });
  test.each([
    ['configured', 'humans-only'],
    ['issued', 'humans-only'],
    ['workload', 'humans-only'],
    ['executor', 'humans-only'],
    ['revoked', 'key-ended'],
    ['expired', 'key-ended'],
  ])('is closed to a credential that is %s: %s', async (name, code) => {
    const token = credentials[name] ?? '';
    for (const route of OF_PEOPLE) {
      const answer = await tryRoute(token, route);
      expect([route.id, answer.body.code]).toEqual([route.id, code]);
    }
  });
  test('a cookie of a person beside the token of an agent opens none of them', async () => {
    const browser = openBrowser(origin);
    await signInAs(browser, origin, 'rita');
    const headers = {
      cookie: `countersign=${browser.cookie('countersign') ?? ''}`,
      authorization: `Bearer ${credentials['issued']}`,
      origin,
    };
    const answer = await gateway.call<Problem>(
      undefined,
      'GET',
      '/v1/approvals',
      undefined,
      headers,
    );
    expect(answer.body.code).toBe('credentials-differ');
  });
  test('and no agent ever has the session of a person', () => {
    type OfAgent = Extract<Caller, { readonly kind: 'agent' | 'executor' }>;
    expectTypeOf<keyof OfAgent>().toEqualTypeOf<'kind' | 'id'>();
  });
});

describe('R7 and people do nothing that agents do', () => {
  test.each(['propose', 'redeem', 'report'])('%s', async (id) => {
    const route = ROUTES.find((one) => one.id === id);
    const answer = await gateway.call<Problem>('rita', 'POST', pathOf(route?.path ?? ''), {});
    expect(answer.body.code).toBe('agents-only');
  });
});

const codeOfWorkload = async () => (await by(workloadToken(), 'GET', '/v1/me')).body.code;

describe('a workload', () => {
  test('is the agent its claims are bound to', async () => {
    expect((await by(workloadToken(), 'GET', '/v1/me')).body).toMatchObject({ id: 'etl' });
    const stage = workloadToken({ environment: 'stage' });
    expect((await by(stage, 'GET', '/v1/me')).body).toMatchObject({ id: 'other' });
    const proposed = await by<ActionStatus>(workloadToken(), 'POST', '/v1/actions', READ);
    const { grant } = proposed.body;
    const redeemed = await by(workloadToken(), 'POST', '/v1/grants/redeem', { grant });
    expect(redeemed.status).toBe(200);
  });
  test('of the same repository elsewhere is nobody', async () => {
    const answer = await by(workloadToken({ environment: 'dev' }), 'GET', '/v1/me');
    expect([answer.status, answer.body.code]).toEqual([403, 'unbound-workload']);
    const other = await by(workloadToken({ aud: 'other.test' }), 'GET', '/v1/me');
    expect([other.status, other.body.code]).toEqual([401, 'unauthenticated']);
  });
  test('R2 that could be two agents is neither', async () => {
    const path = join(gateway.folder, 'countersign.yaml');
    const given = readFileSync(path, 'utf8');
    writeFileSync(path, given.replace('environment: stage', 'environment: [stage, prod]'));
    await expect.poll(codeOfWorkload, { timeout: 5_000 }).toBe('ambiguous-workload');
  });
});

const post = (path: string, body: object) => gateway.call<Problem>('ada', 'POST', path, body);
const session = (recentUntil: number) => ({ session: { recentUntil: instant(recentUntil) } });

describe('managing gives power only to those who proved who they are a moment ago', () => {
  test('a token of the configuration proves nothing where people can sign in; it can stop', async () => {
    const rows = [
      ['/v1/agents', { id: 'x', owner: 'olga' }],
      ['/v1/agents/etl', { trust: 3 }],
      ['/v1/agents/etl/keys', { name: 'x' }],
      ['/v1/agents/etl/resume', { reason: 'x' }],
      ['/v1/agents/etl/retire', {}],
      ['/v1/kill-switch', { stopped: false, reason: 'x' }],
    ] as const;
    for (const [path, body] of rows)
      expect([path, (await post(path, body)).body.code]).toEqual([path, 'sign-in-again']);
    expect((await post('/v1/agents/other/stop', { reason: 'x' })).status).toBe(200);
  });
  test('a session does', async () => {
    const browser = openBrowser(origin);
    await signInAs(browser, origin, 'ada');
    const path = '/v1/agents/other/resume';
    const answer = await browser.call<Problem>('POST', path, { reason: 'x' });
    expect(answer.status).toBe(200);
  });
  const now = instant(1_000);
  test.each([
    ['recent', 'administrators', session(1_001), true, undefined],
    ['recent no more', 'administrators', session(1_000), true, 'sign-in-again'],
    ['a token where people sign in', 'administrators', {}, true, 'sign-in-again'],
    ['a token where nobody can', 'administrators', {}, false, undefined],
    [
      'stale where nobody can sign in any more',
      'administrators',
      session(1),
      false,
      'sign-in-again',
    ],
    ['recent, and no administrator', 'data-owners', session(1_001), true, 'administrators-only'],
  ] as const)('%s', (_, group, more, hasSignIn, code) => {
    const person = { id: 'x', groups: [group] };
    const caller = { kind: 'person', id: 'x', person, ...more } as unknown as Caller;
    const access = { administrators: ['administrators'], auditors: [] };
    expect(whyNotManage(caller, { gives: true, access, hasSignIn, now })).toBe(code);
    const isMember = group === 'administrators';
    expect(whyNotManage(caller, { gives: false, access, hasSignIn, now })).toBe(
      isMember ? undefined : 'administrators-only',
    );
  });
});
