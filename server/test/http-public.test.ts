import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROBLEMS, ROUTES, type Problem } from '@countersign/api';
import { decodeBundle, fromUtf8, hashLeaf, readCheckpoint, toBytes } from '@countersign/core';
import { held, READ, startGateway, tokenOf, vote, type Fixture } from './gateway-fixture.ts';

let gateway: Fixture;
beforeAll(async () => {
  gateway = await startGateway();
  await gateway.call('etl', 'POST', '/v1/actions', READ);
});
afterAll(() => gateway.stop());

const bytesOf = async (path: string): Promise<Uint8Array> =>
  new Uint8Array(await (await fetch(`${gateway.url()}${path}`)).arrayBuffer());

describe('the ledger as C2SP tlog-tiles', () => {
  test('checkpoint, tile and bundle agree', async () => {
    const receipt = await gateway.call('etl', 'POST', '/v1/actions', READ);
    const { id } = receipt.body as { id: string };
    await gateway.call('etl', 'GET', `/v1/actions/${id}/receipt`); // signs a fresh head
    const answer = await fetch(`${gateway.url()}/ledger/checkpoint`);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=1');
    const { size = 0 } = readCheckpoint(await answer.text()) ?? {};
    expect(size).toBeGreaterThan(4);
    const tile = await bytesOf(`/ledger/tile/0/000.p/${size}`);
    const entries = decodeBundle(await bytesOf(`/ledger/tile/entries/000.p/${size}`)) ?? [];
    expect(entries.map((entry) => [...toBytes(hashLeaf(entry))])).toEqual(
      entries.map((_, i) => [...tile.subarray(i * 32, i * 32 + 32)]),
    );
    expect(
      entries.map((entry) => (JSON.parse(fromUtf8(entry)) as { type: string }).type),
    ).toContain('policy.in-force');
  });
  test('tiles are immutable bytes', async () => {
    const answer = await fetch(`${gateway.url()}/ledger/tile/0/000.p/1`);
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('cache-control')).toContain('immutable');
    expect(answer.headers.get('content-length')).toBe('32');
    const head = await fetch(`${gateway.url()}/ledger/tile/0/000.p/1`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '32']);
  });
  test.each([
    '0/000.p/0', // empty
    '0/000.p/01',
    '0/0',
    '00/000.p/1',
    '0/x000/000.p/1',
    '0/000.p/256',
    '0/000', // not full yet
    '0/999.p/1',
    '64/000.p/1',
    'entries/000.p/99999',
    '0/000.p/1/',
    '0//000.p/1',
    '0/000%2ep/1',
  ])('%s is not found', async (path) => {
    expect((await fetch(`${gateway.url()}/ledger/tile/${path}`)).status).toBe(404);
  });
});

describe('the contract', () => {
  type Operation = {
    operationId: string;
    parameters?: { in: string; name: string; required?: boolean; schema: unknown }[];
    requestBody?: { content: Record<string, { schema: { $ref: string } }> };
    responses: Record<string, { description: string; content: object }>;
    security: Record<string, unknown>[];
  };
  type OpenApi = {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
  };
  test('/openapi.json is OpenAPI 3.1 and covers each route', async () => {
    const { body } = await gateway.call<OpenApi>(undefined, 'GET', '/openapi.json');
    expect(body.openapi).toMatch(/^3\.1\.\d$/);
    const operations = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
    );
    expect(operations.map((one) => one.operationId).toSorted()).toEqual(
      ROUTES.map(({ id }) => id).toSorted(),
    );
    for (const { path, parameters = [], responses, security } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = parameters.filter((one) => one.in === 'path');
      expect(declared.map(({ name, required }) => [name, required])).toEqual(
        inPath.map((name) => [name, true]),
      );
      for (const [status, response] of Object.entries(responses)) {
        expect(status).toMatch(/^[2-5]\d\d$/);
        expect(response.description).not.toBe('');
      }
      for (const scheme of security.flatMap((one) => Object.keys(one)))
        expect(Object.keys(body.components.securitySchemes)).toContain(scheme);
    }
    const refs = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    expect(refs.length).toBeGreaterThan(20);
    for (const [, name = ''] of refs) expect(Object.keys(body.components.schemas)).toContain(name);
  });
  test('every problem is explained under its link', async () => {
    const { body } = await gateway.call<string>(undefined, 'GET', '/problems');
    for (const [code, { status }] of Object.entries(PROBLEMS))
      expect(body).toContain(`${code} (${status})`);
  });
  test('another method is refused with those there are', async () => {
    const answer = await gateway.call<Problem>('rita', 'DELETE', '/v1/approvals');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET']);
    expect((await gateway.call<Problem>('rita', 'GET', '/v1/nope')).body.code).toBe(
      'no-such-route',
    );
  });
});

const raw = (head: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(gateway.url()).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
    socket.end(`${head}\r\nConnection: close\r\n\r\n`);
  });

describe('a browser that was tricked', () => {
  test.each([
    ['a name of theirs that points here', 'GET /v1/me HTTP/1.1\r\nHost: evil.example', 421],
    ['a loopback look-alike', 'GET /v1/me HTTP/1.1\r\nHost: 127.0.0.1.evil.example', 421],
    [
      'a page of theirs',
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example',
      403,
    ],
    ['a sandboxed page', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nOrigin: null', 403],
    [
      'a page of ours',
      'GET /healthz HTTP/1.1\r\nHost: localhost:1\r\nOrigin: http://localhost:1',
      200,
    ],
    ['no host', 'GET /healthz HTTP/1.1', 400],
    ['no HTTP', 'HELLO', 400],
    [
      'headers without end',
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}`,
      431,
    ],
  ])('%s', async (_, head, status) => {
    expect(await raw(head)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });
  test('every answer forbids sniffing, framing and caching', async () => {
    const { headers } = await gateway.call('rita', 'GET', '/v1/me');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

test('metrics are readable by Prometheus', async () => {
  const { body, headers } = await gateway.call<string>(undefined, 'GET', '/metrics');
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4');
  for (const line of body.trimEnd().split('\n'))
    expect(line).toMatch(/^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{[^{}]+\})? (?:NaN|[\d.e+-]+))$/);
  expect(body).toMatch(/^countersign_decide_duration_seconds_count [1-9]/m);
  expect(body).toMatch(/^countersign_http_duration_seconds_bucket\{route="propose",le="\+Inf"\} /m);
});

test('R9: nothing private and no credential ever gets into the logs', async () => {
  const secret = 'hunter2-very-private';
  const asked = await held(gateway, `s3://${secret}`, { claim: `because ${secret}` });
  await vote(gateway, 'rita', asked);
  await gateway.call('etl', 'POST', '/v1/actions', { ...READ, arguments: { [secret]: secret } });
  await gateway.call('etl', 'POST', '/v1/actions', `{"${secret}":`, {
    'content-type': 'application/json',
  });
  await gateway.call('etl', 'GET', `/v1/${secret}?${secret}=${secret}`);
  await gateway.call(undefined, 'GET', '/v1/me', undefined, { authorization: `Bearer ${secret}` });
  await gateway.call('etl', 'POST', '/v1/actions', READ, { 'idempotency-key': secret });
  await gateway.call('etl', 'POST', '/v1/grants/redeem', { grant: secret });
  const grant = (
    await gateway.call<{ grant: string }>('etl', 'GET', `/v1/actions/${asked.status.id}`)
  ).body.grant;
  const logs = gateway.logs();
  expect(logs).toContain('"route":"vote"');
  for (const hidden of [secret, tokenOf('etl'), tokenOf('rita'), grant])
    expect(logs).not.toContain(hidden);
  for (const line of logs.trimEnd().split('\n'))
    expect(Object.keys(JSON.parse(line) as object)).toContain('event');
});
