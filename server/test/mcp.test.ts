import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import type { ApprovalPage } from '@countersign/api';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { createSealer } from '@countersign/gate-mcp';
import { startGateway, tokenOf, type Fixture, type Name } from './gateway-fixture.ts';

const seen: Record<string, unknown>[] = [];
let dropped = 0;
let upstream: Server;
let gateway: Fixture;

function notes(): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' });
  server.registerTool(
    'read',
    { inputSchema: z.object({ id: z.string() }), annotations: { readOnlyHint: true } },
    ({ id }) => ({ content: [{ type: 'text', text: `note ${id} by ann@example.com` }] }),
  );
  server.registerTool('drop', { inputSchema: z.object({ id: z.string() }) }, () => {
    dropped += 1;
    return { content: [{ type: 'text', text: 'dropped' }] };
  });
  return server;
}

const { privateKey, publicKey } = await generateKeyPair('ES256');
const ISSUER = 'https://idp.example';

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const entry = (name: string, more = ''): string =>
  `    - { name: ${name}, url: 'http://127.0.0.1:${portOf(upstream)}/mcp', token: 'env:T_runner', attrs: { env: { entity: Env, id: dev }, vendor: acme }${more} }`;

beforeAll(async () => {
  const handler = toNodeHandler(createMcpHandler(notes));
  upstream = createServer((request, response) => {
    seen.push({ ...request.headers });
    void handler(request as never, response);
  });
  await new Promise<void>((done) => upstream.listen(0, '127.0.0.1', done));
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' };
  gateway = await startGateway((folder) => {
    writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys: [jwk] }));
    const path = join(folder, 'countersign.yaml');
    const config = readFileSync(path, 'utf8')
      .replace(
        "- { id: etl, token: 'env:T_etl', owner: olga, teams: [data-agents, platform-agents],",
        `- { id: idle, owner: olga, teams: [tool-agents], workloads: [{ issuer: idp, claims: { sub: idle } }] }
  - { id: etl, token: 'env:T_etl', owner: olga, teams: [data-agents, platform-agents, tool-agents],`,
      )
      .replace(
        'executors:',
        `public_url: http://localhost:8088
workload_issuers:
  - { id: idp, issuer: '${ISSUER}', audience: api, jwks: jwks.json, algorithms: [ES256] }
mcp:
  authorization_servers: [idp]
  servers:
${entry('notes', ', limits: { hold: 1s }')}
executors:`,
      );
    writeFileSync(path, config);
  });
});
afterAll(async () => {
  await gateway?.stop();
  upstream?.closeAllConnections();
  upstream?.close();
});

async function connect(path: string, authorization: string, isModern = true): Promise<Client> {
  const client = new Client(
    { name: 'test', version: '1' },
    isModern ? { versionNegotiation: { mode: 'auto' } } : {},
  );
  onTestFinished(() => client.close());
  const requestInit = { headers: { authorization } };
  const url = new URL(path, gateway.url());
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
  return client;
}
const as = (name: Name): string => `Bearer ${tokenOf(name)}`;
const textIn = (result: unknown): string =>
  (result as { content: { text: string }[] }).content[0]?.text ?? '';

describe('a call from a real client, through the gateway, to a real server', () => {
  test.each([true, false])('R9: allowed, run, masked; newer protocol: %s', async (isModern) => {
    const client = await connect('/mcp/notes', as('etl'), isModern);
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['read', 'drop', 'countersign_wait']));
    const text = textIn(await client.callTool({ name: 'read', arguments: { id: '7' } }));
    expect(text).toMatch(/^note 7 by ‹/);
    expect(text).not.toContain('ann@example.com');
  });
  test('no credential of the agent goes up, and the gateway’s own does', async () => {
    expect(seen.length).toBeGreaterThan(0);
    for (const headers of seen) {
      expect(headers['authorization']).toBe(`Bearer ${tokenOf('runner')}`);
      expect(JSON.stringify(headers)).not.toContain(tokenOf('etl'));
    }
  });
  test('all servers at one address', async () => {
    const client = await connect('/mcp', as('etl'));
    const text = textIn(await client.callTool({ name: 'notes__read', arguments: { id: '8' } }));
    expect(text).toMatch(/^note 8/);
  });
  test('R1: held, told by a ticket, and run once people said yes; each at the address of all', async () => {
    const client = await connect('/mcp', as('etl'), false);
    const call = { name: 'notes__drop', arguments: { id: '1' } };
    const ticket = await client.callTool(call);
    expect(textIn(ticket)).toMatch(/^NOT EXECUTED/);
    const meta = ticket._meta?.['dev.countersign/approval'] as { id: string; url: string };
    expect(meta.url).toBe(`http://localhost:8088/a/${meta.id}`);
    const { body: page } = await gateway.call<ApprovalPage>(
      'aud',
      'GET',
      `/v1/approvals/${meta.id}`,
    );
    const answer = { choice: 'approve', version: page.version, seenDigest: page.seenDigest };
    const path = `/v1/approvals/${meta.id}/votes`;
    expect((await gateway.call('aud', 'POST', path, answer)).status).toBe(200);
    const wait = { name: 'countersign_wait', arguments: { approval_id: meta.id } };
    // A11: another agent's
    const stranger = await connect('/mcp', as('other'), false);
    expect(textIn(await stranger.callTool(wait))).not.toContain('dropped');
    expect(textIn(await client.callTool(wait))).toBe('dropped');
    expect(textIn(await client.callTool(wait))).toBe('dropped');
    expect(dropped).toBe(1);
  });
  test('what became of calls is counted', async () => {
    const { body } = await gateway.call<string>(undefined, 'GET', '/metrics');
    expect(body).toMatch(/countersign_mcp_calls_total\{server="notes",outcome="executed"\} [3-9]/);
    expect(body).toMatch(/countersign_mcp_upstream_up\{server="notes"\} 1/);
    const ready = await gateway.call<{ checks: unknown[] }>(undefined, 'GET', '/readyz');
    expect(ready.body.checks).toContainEqual({ name: 'mcp-notes', status: 'ok' });
  });
});

const token = (aud: string): Promise<string> =>
  new SignJWT({ sub: 'idle' })
    .setProtectedHeader({ alg: 'ES256', kid: 'k' })
    .setIssuer(ISSUER)
    .setAudience(aud)
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(privateKey);

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };
async function knock(
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly challenge: string; readonly code: unknown }> {
  const response = await fetch(gateway.url() + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify(PING),
  });
  const challenge = response.headers.get('www-authenticate') ?? '';
  const json = (await response.json()) as { error?: { data?: { code: unknown } } };
  return { status: response.status, challenge, code: json.error?.data?.code };
}

describe('who may come in', () => {
  test.each([
    ['a person', 'olga', 403, 'agents-only'],
    ['an executor', 'runner', 403, 'agents-only'],
    ['an administrator', 'ada', 403, 'agents-only'],
  ] as const)('R7: %s', async (_, name, status, code) => {
    const answer = await knock('/mcp/notes', { authorization: as(name) });
    expect(answer).toMatchObject({ status, code });
    expect(answer.challenge).toContain('insufficient_scope');
  });
  test('A11: nobody, a token that is none, a cookie', async () => {
    const where =
      'resource_metadata="http://localhost:8088/.well-known/oauth-protected-resource/mcp/notes"';
    const nobody = await knock('/mcp/notes', {});
    expect(nobody).toMatchObject({ status: 401, challenge: `Bearer ${where}` });
    const wrong = await knock('/mcp/notes', { authorization: 'Bearer csk_nothing' });
    expect(wrong).toMatchObject({ status: 401 });
    expect(wrong.challenge).toContain('error="invalid_token"');
    expect((await knock('/mcp/notes', { cookie: '__Host-session=x; session=x' })).status).toBe(401);
  });
  test('the metadata names the authorization server', async () => {
    const path = '/.well-known/oauth-protected-resource/mcp/notes';
    expect((await gateway.call(undefined, 'GET', path)).body).toMatchObject({
      resource: 'http://localhost:8088/mcp/notes',
      authorization_servers: [ISSUER],
    });
  });
  test.each([
    ['/mcp/notes', 401],
    ['/mcp/none', 404],
    ['/.well-known/oauth-protected-resource/mcp/notes', 200],
    ['/.well-known/oauth-protected-resource/mcp/none', 404],
  ])(
    'what %s answers says once how browsers treat it, and which request it was',
    async (path, status) => {
      const { status: told, headers } = await fetch(new URL(path, gateway.url()));
      expect(told).toBe(status);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('cache-control')).toBe('no-store');
    },
  );
  test('RFC 8707: a token for one mount is good there, and nowhere else', async () => {
    const statusAt = async (path: string, aud: string): Promise<number> =>
      (await knock(path, { authorization: `Bearer ${await token(aud)}` })).status;
    const mine = 'http://localhost:8088/mcp/notes';
    // a request of no session, but let in
    expect(await statusAt('/mcp/notes', mine)).toBe(400);
    expect(await statusAt('/mcp/notes', 'api')).toBe(400);
    expect(await statusAt('/mcp', mine)).toBe(401);
    expect(await statusAt('/mcp/notes', 'http://localhost:8088/mcp')).toBe(401);
    expect(await statusAt('/mcp/notes', `${mine}/`)).toBe(401);
    const read = { type: 'sql.select', resource: { type: 'Database', id: 'crm' }, arguments: {} };
    const headers = { authorization: `Bearer ${await token(mine)}` };
    expect((await gateway.call(undefined, 'POST', '/v1/actions', read, headers)).status).toBe(401);
  });
  test('A11: a page of another site, and a name that was pointed here', async () => {
    const authorization = as('etl');
    expect(
      (await knock('/mcp/notes', { authorization, origin: 'https://evil.example' })).status,
    ).toBe(403);
    const { port } = new URL(gateway.url());
    const here = `http://127.0.0.1:${port}`;
    expect((await knock('/mcp/notes', { authorization, origin: here })).status).toBe(400);
  });
});

/** The file is read again when it has not changed for a moment. */
const RELOADED = { timeout: 10_000, interval: 100 };

test('servers come and go while the gateway runs; others are not disturbed', async () => {
  const path = join(gateway.folder, 'countersign.yaml');
  const before = readFileSync(path, 'utf8');
  onTestFinished(() => writeFileSync(path, before));
  const client = await connect('/mcp/notes', as('etl'), false);
  writeFileSync(path, before.replace('executors:', `${entry('more')}\nexecutors:`));
  await vi.waitFor(async () => {
    expect((await knock('/mcp/more', { authorization: as('etl') })).status).toBe(400);
  }, RELOADED);
  expect(textIn(await client.callTool({ name: 'read', arguments: { id: '9' } }))).toMatch(
    /^note 9/,
  );
  writeFileSync(path, before);
  await vi.waitFor(async () => {
    expect((await knock('/mcp/more', { authorization: as('etl') })).status).toBe(404);
  }, RELOADED);
});

test('what is sealed is opened with the same keys, for the same purpose, unchanged', () => {
  const [one, other] = [createSealer(new Uint8Array(32)), createSealer(new Uint8Array(32))];
  const sealed = one.seal('a', { agent: 'etl', n: [1, null] });
  expect(other.open('a', sealed)).toEqual({ agent: 'etl', n: [1, null] });
  expect(sealed).not.toBe(one.seal('a', { agent: 'etl', n: [1, null] }));
  expect(other.open('b', sealed)).toBeUndefined();
  expect(createSealer(new Uint8Array(32).fill(1)).open('a', sealed)).toBeUndefined();
  for (let i = 0; i < sealed.length; i += 7) {
    const changed = sealed.slice(0, i) + (sealed[i] === 'x' ? 'y' : 'x') + sealed.slice(i + 1);
    expect(other.open('a', changed)).toBeUndefined();
  }
  for (const text of ['', 'x', '=', 'ü', sealed.slice(0, 30)])
    expect(other.open('a', text)).toBeUndefined();
});
