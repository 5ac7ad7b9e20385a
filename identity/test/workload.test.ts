import { generateKeyPairSync, createHmac, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instant } from '@countersign/core';
import { base64url, exportJWK, SignJWT, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWorkloads, isBound, weaknessOf, type WorkloadIssuer } from '../src/index.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const clock = () => instant(NOW);
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const forger = generateKeyPairSync('rsa', { modulusLength: 2_048 });

let server: Server;
let url: string;
let fetches = 0;
let answers: () => { status: number; body: string };
let jwk: JWK;
beforeAll(async () => {
  jwk = { ...(await exportJWK(rsa.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  answers = () => ({ status: 200, body: JSON.stringify({ keys: [jwk] }) });
  server = createServer((_, response) => {
    fetches++;
    const { status, body } = answers();
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
});
afterAll(() => void server.close());

const pinned = (): WorkloadIssuer => ({
  id: 'github',
  kind: 'github',
  issuer: 'https://token.actions.example',
  audience: 'countersign.example',
  keys: { url },
  algorithms: ['RS256'],
  maxAgeMs: 600_000,
});
const CLAIMS = {
  repository_id: '74201',
  job_workflow_ref: 'acme/etl/.github/w.yml@refs/heads/main',
};
type Spoilt = {
  readonly header?: object;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly key?: KeyObject;
};

/** A token as the issuer makes it, but for what is to be wrong with it. */
const tokenOf = ({ header, claims, key = rsa.privateKey }: Spoilt = {}): Promise<string> => {
  const seconds = NOW / 1_000;
  const payload = {
    iss: 'https://token.actions.example',
    aud: 'countersign.example',
    sub: 'repo:acme/etl:ref:refs/heads/main',
    iat: seconds - 5,
    exp: seconds + 300,
    ...CLAIMS,
    ...claims,
  };
  return new SignJWT(JSON.parse(JSON.stringify(payload)) as typeof payload)
    .setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header })
    .sign(key);
};
const assembled = (header: object, claims: object, sign: (input: string) => string): string => {
  const input = [header, claims].map((part) => base64url.encode(JSON.stringify(part))).join('.');
  return `${input}.${sign(input)}`;
};
const bodyOf = async (): Promise<object> =>
  JSON.parse(Buffer.from((await tokenOf()).split('.')[1] ?? '', 'base64url').toString()) as object;
const pem = rsa.publicKey.export({ format: 'pem', type: 'spki' });

describe('tokens of a pinned issuer', () => {
  test('say whose they are; fifty of them cost one fetch', async () => {
    const verify = createWorkloads([pinned()], clock);
    const before = fetches;
    for (let i = 0; i < 50; i++)
      expect(await verify(await tokenOf())).toMatchObject({ issuer: 'github', claims: CLAIMS });
    expect(fetches - before).toBe(1);
  });

  const seconds = NOW / 1_000;
  const refusals: readonly (readonly [string, () => Promise<string> | string])[] = [
    ['a forged key under a known kid', () => tokenOf({ key: forger.privateKey })],
    ['alg none', async () => assembled({ alg: 'none', kid: 'k1' }, await bodyOf(), () => '')],
    [
      'alg none with a signature',
      async () => assembled({ alg: 'none', kid: 'k1' }, await bodyOf(), () => 'AAAA'),
    ],
    [
      'HS256 with the public key',
      async () =>
        assembled({ alg: 'HS256', kid: 'k1' }, await bodyOf(), (input) =>
          createHmac('sha256', pem).update(input).digest('base64url'),
        ),
    ],
    ['an algorithm that is not allowed', () => tokenOf({ header: { alg: 'RS512' } })],
    ['another issuer', () => tokenOf({ claims: { iss: 'https://evil.example' } })],
    [
      'the issuer with a slash',
      () => tokenOf({ claims: { iss: 'https://token.actions.example/' } }),
    ],
    ['no issuer', () => tokenOf({ claims: { iss: undefined } })],
    [
      'an issuer that is a list',
      () => tokenOf({ claims: { iss: ['https://token.actions.example'] } }),
    ],
    ['another audience', () => tokenOf({ claims: { aud: 'other.example' } })],
    ['no audience', () => tokenOf({ claims: { aud: undefined } })],
    ['expired', () => tokenOf({ claims: { exp: seconds - 60 } })],
    ['no exp', () => tokenOf({ claims: { exp: undefined } })],
    ['no iat', () => tokenOf({ claims: { iat: undefined } })],
    ['no sub', () => tokenOf({ claims: { sub: undefined } })],
    ['too old, though it says it lasts', () => tokenOf({ claims: { iat: seconds - 700 } })],
    ['from the future', () => tokenOf({ claims: { iat: seconds + 60 } })],
    ['not before later', () => tokenOf({ claims: { nbf: seconds + 60 } })],
    ['an unknown kid', () => tokenOf({ header: { kid: 'k2' } })],
    ['keys it brings itself', () => tokenOf({ header: { kid: 'k2', jku: url, jwk: {} } })],
    [
      'a critical header nobody knows',
      () => tokenOf({ header: { crit: ['x'], x: 1, b64: true } }).catch(() => 'a.b.c'),
    ],
    [
      'a changed body',
      async () =>
        (await tokenOf()).replace(/\.(.)/, (_, one: string) => `.${one === 'a' ? 'b' : 'a'}`),
    ],
    ['no token', () => 'a.b.c'],
    ['a body that is no JSON', () => `e30.${base64url.encode('x')}.e30`],
  ];
  test.each(refusals)('%s is nobody', async (_, make) => {
    const verify = createWorkloads([pinned()], clock);
    expect(await verify(await make())).toBeUndefined();
  });

  test('ATTACKER: unknown kids cause no more fetches, other issuers none', async () => {
    const verify = createWorkloads([pinned()], clock);
    await verify(await tokenOf());
    const before = fetches;
    const flood = Array.from({ length: 20 }, (_, i) => tokenOf({ header: { kid: `x${i}` } }));
    for (const token of await Promise.all(flood)) expect(await verify(token)).toBeUndefined();
    const iss = url.replace('/jwks', '');
    expect(await verify(await tokenOf({ claims: { iss } }))).toBeUndefined();
    expect(fetches - before).toBe(0);
  });
  test('ATTACKER: while keys cannot be fetched, not every token asks for them again', async () => {
    const good = answers;
    answers = () => ({ status: 500, body: '' });
    const verify = createWorkloads([pinned()], clock);
    const before = fetches;
    for (let i = 0; i < 10; i++) expect(await verify(await tokenOf())).toBeUndefined();
    expect(fetches - before).toBe(1);
    answers = good;
  });
  test('keys of a file are read again for a key that is not in it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-jwks-'));
    const file = join(folder, 'jwks.json');
    const other = { ...(await exportJWK(forger.publicKey)), kid: 'old', alg: 'RS256' };
    writeFileSync(file, JSON.stringify({ keys: [jwk, other] }));
    const verify = createWorkloads([{ ...pinned(), keys: { file } }], clock);
    expect(await verify(await tokenOf())).toBeDefined();
    expect(await verify(await tokenOf({ header: { kid: 'none' } }))).toBeUndefined();
    writeFileSync(file, 'not json');
    expect(await verify(await tokenOf()), 'what was read is kept').toBeDefined();
    rmSync(folder, { recursive: true });
    const missing = createWorkloads([{ ...pinned(), keys: { file } }], clock);
    expect(await missing(await tokenOf())).toBeUndefined();
  });
});

const binds = (claims: Readonly<Record<string, string | readonly string[]>>) => ({
  issuer: 'x',
  claims,
});

describe('bindings', () => {
  test.each([
    [{ a: '1' }, { a: '1', b: '2' }, true],
    [{ a: ['0', '1'] }, { a: '1' }, true],
    [{ a: '1', b: '2' }, { a: '1' }, false],
    [{ a: '1' }, { a: 1 }, true],
    [{ ref_protected: 'true' }, { ref_protected: true }, true],
    [{ a: '1' }, { a: ['1'] }, false],
    [{ a: '1' }, { a: { 1: 1 } }, false],
    [{ a: 'undefined' }, {}, false],
    [{ a: 'null' }, { a: null }, false],
    [{ toString: 'x' }, {}, false],
    [{ a: 'x*' }, { a: 'xy' }, false],
    [{}, { a: '1' }, false],
    [{ a: [] }, { a: '1' }, false],
  ] as const)('%j and %j: %s', (wanted, claims, isSame) => {
    expect(isBound(binds(wanted), claims)).toBe(isSame);
  });
  test.each([
    ['github', { sub: 'repo:acme/etl:ref:refs/heads/main' }, false],
    ['github', { repository: 'acme/etl', ref: 'refs/heads/main' }, false],
    ['github', { repository_owner_id: '9' }, false],
    ['github', { repository_id: '1' }, true],
    ['github', { repository_id: '1', environment: 'prod' }, undefined],
    ['github', { repository_owner_id: '9', job_workflow_ref: 'x' }, undefined],
    ['gitlab', { project_path: 'acme/etl' }, false],
    ['gitlab', { project_id: '7' }, true],
    ['gitlab', { project_id: '7', ref_protected: 'true' }, undefined],
    ['kubernetes', { sub: 'system:serviceaccount:jobs:etl' }, undefined],
    ['kubernetes', { sub: 'etl' }, false],
    ['spiffe', { sub: 'spiffe://example.org/etl' }, undefined],
    ['spiffe', { sub: ['spiffe://example.org/etl', 'other'] }, false],
    ['other', {}, false],
    ['other', { sub: '' }, false],
    ['other', { sub: [] }, false],
    ['other', { sub: 'x' }, undefined],
  ] as const)('%s binding %j: a warning %s', (kind, claims, isWarning) => {
    expect(weaknessOf(binds(claims), kind)?.isWarning).toBe(isWarning);
  });
});
