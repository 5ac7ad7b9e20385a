import { readFileSync, writeFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { ROUTES, type ActionStatus, type Problem } from '@countersign/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeAuthority, makeCertificate, type Made, type Wanted } from './certificates.ts';
import { READ, startGateway, tokenOf, type Fixture } from './gateway-fixture.ts';

const authority = makeAuthority('agents');
const other = makeAuthority('others');
const front = makeCertificate(
  { name: 'gateway', names: ['dns:localhost', 'ip:127.0.0.1'], usage: 'server' },
  authority,
);
const svid = (wanted: Partial<Wanted> = {}, by = authority): Made =>
  makeCertificate({ name: 'agent', names: ['spiffe://example.org/etl'], ...wanted }, by);

let gateway: Fixture;
const put = (name: string, pem: string): void => writeFileSync(join(gateway.folder, name), pem);
beforeAll(async () => {
  gateway = await startGateway((folder) => {
    for (const [name, pem] of Object.entries({
      'tls.crt': front.cert,
      'tls.key': front.key,
      'ca.crt': authority.cert,
    }))
      writeFileSync(join(folder, name), pem);
    const path = join(folder, 'countersign.yaml');
    writeFileSync(
      path,
      readFileSync(path, 'utf8')
        .replace("id: etl, token: 'env:T_etl'", 'id: etl, spiffe: spiffe://example.org/etl')
        .replace(
          'executors:',
          `agents_tls: { listen: '127.0.0.1:0', cert: tls.crt, key: tls.key, client_ca: ca.crt, trust_domain: example.org }\nmcp: { servers: [{ name: notes, url: 'http://127.0.0.1:9/mcp' }] }\nexecutors:`,
        ),
    );
  });
});
afterAll(() => gateway.stop());

type Answer<T> = { readonly status: number; readonly body: T & Problem };
const agentsUrl = (): URL => new URL(gateway.gateway().agentsUrl ?? 'https://missing');

/** One call by the listener for agents, on a connection of its own. */
function call<T = unknown>(
  shown: Made | undefined,
  path: string,
  more: {
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
    readonly method?: string;
    readonly options?: RequestOptions;
  } = {},
): Promise<Answer<T>> {
  const { body, headers, options } = more;
  const method = more.method ?? (body === undefined ? 'GET' : 'POST');
  const { hostname: host, port } = agentsUrl();
  return new Promise((resolve, reject) => {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const sent = request(
      {
        host,
        port,
        path,
        method,
        ca: authority.cert,
        agent: false,
        ...(shown && { cert: shown.cert, key: shown.key }),
        headers: { ...type, ...headers },
        ...options,
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => void (text += chunk.toString()));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as T & Problem }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

describe('an agent with a certificate', () => {
  test('is who its SPIFFE id says, and proposes and runs without any token', async () => {
    const shown = svid();
    expect((await call(shown, '/v1/me')).body).toMatchObject({ kind: 'agent', id: 'etl' });
    const proposed = await call<ActionStatus>(shown, '/v1/actions', { body: READ });
    expect(proposed.body.state).toBe('allowed');
    const { grant } = proposed.body;
    expect((await call(shown, '/v1/grants/redeem', { body: { grant } })).status).toBe(200);
  });

  test('reaches MCP servers by it, and no other mount', async () => {
    const headers = { accept: 'application/json, text/event-stream' };
    const body = { jsonrpc: '2.0', id: 1, method: 'ping' };
    const knock = (
      shown: Made | undefined,
      path = '/mcp/notes',
      more = {},
    ): Promise<Answer<object>> => call(shown, path, { body, headers: { ...headers, ...more } });
    expect(await knock(svid())).toMatchObject({ status: 400, body: { error: { code: -32_000 } } });
    expect(await knock(undefined)).toMatchObject({
      status: 401,
      body: { error: { data: { code: 'certificate-required' } } },
    });
    expect(await knock(svid(), '/mcp/notes', { origin: 'https://evil.example' })).toMatchObject({
      status: 403,
    });
    // A11: another agent's token beside the certificate
    const authorization = `Bearer ${tokenOf('other')}`;
    expect((await knock(svid(), '/mcp/notes', { authorization })).status).toBe(403);
    expect((await knock(svid(), '/scim/v2/Users')).status).toBe(404);
  });

  const now = Date.now();
  const rows: readonly (readonly [string, () => Made | undefined, number, string])[] = [
    ['no certificate', () => undefined, 401, 'certificate-required'],
    ['another authority', () => svid({}, other), 401, 'certificate-invalid'],
    [
      'signed by itself',
      () => makeCertificate({ name: 'x', names: ['spiffe://example.org/etl'] }),
      401,
      'certificate-invalid',
    ],
    ['expired', () => svid({ to: now - 1_000 }), 401, 'certificate-invalid'],
    ['not yet good', () => svid({ from: now + 3_600_000 }), 401, 'certificate-invalid'],
    ['one of servers', () => svid({ usage: 'server' }), 401, 'certificate-invalid'],
    ['an authority itself', () => svid({ isAuthority: true }), 401, 'certificate-invalid'],
    ['no URI', () => svid({ names: ['dns:etl'] }), 403, 'certificate-foreign'],
    ['no name at all', () => svid({ names: [] }), 403, 'certificate-foreign'],
    [
      'two SPIFFE ids',
      () => svid({ names: ['spiffe://example.org/etl', 'spiffe://example.org/x'] }),
      403,
      'certificate-foreign',
    ],
    [
      'a second URI of another kind',
      () => svid({ names: ['spiffe://example.org/etl', 'https://example.org'] }),
      403,
      'certificate-foreign',
    ],
    [
      'a foreign trust domain',
      () => svid({ names: ['spiffe://evil.example/etl'] }),
      403,
      'certificate-foreign',
    ],
    [
      'a trust domain that begins alike',
      () => svid({ names: ['spiffe://example.org.evil/etl'] }),
      403,
      'certificate-foreign',
    ],
    [
      'a trust domain alone',
      () => svid({ names: ['spiffe://example.org'] }),
      403,
      'certificate-foreign',
    ],
    [
      'a path that goes up',
      () => svid({ names: ['spiffe://example.org/x/../etl'] }),
      403,
      'certificate-foreign',
    ],
    [
      'a name within a name',
      () => svid({ names: ['dns:x, URI:spiffe://example.org/etl'] }),
      403,
      'certificate-foreign',
    ],
    [
      'a URI with a second in it',
      () => svid({ names: ['spiffe://example.org/x, URI:spiffe://example.org/etl'] }),
      403,
      'certificate-foreign',
    ],
    [
      'an id that is no agent',
      () => svid({ names: ['spiffe://example.org/nobody'] }),
      403,
      'unknown-agent',
    ],
  ];
  test.each(rows)('%s is nobody', async (_, make, status, code) => {
    const answer = await call(make(), '/v1/me');
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test('a token besides must be of the same agent', async () => {
    const shown = svid();
    for (const name of ['other', 'runner', 'rita', 'ada'] as const) {
      const headers = { authorization: `Bearer ${tokenOf(name)}` };
      const answer = await call(shown, '/v1/me', { headers });
      expect([name, answer.status, answer.body.code]).toEqual([name, 403, 'certificate-mismatch']);
    }
    const headers = { authorization: 'Bearer nonsense' };
    expect((await call(shown, '/v1/me', { headers })).status).toBe(401);
    const own = { authorization: `Bearer ${tokenOf('other')}` };
    expect((await call(undefined, '/v1/me', { headers: own })).body.code).toBe(
      'certificate-required',
    );
  });
  test('R7 there is nothing but the routes of agents', async () => {
    const shown = svid();
    for (const { id, method, path, callers } of ROUTES) {
      if (callers.includes('agent')) continue;
      const answer = await call(shown, path.replaceAll(/\{\w+\*?\}/g, 'x'), {
        method,
        ...(method === 'POST' ? { body: {} } : {}),
      });
      expect([id, answer.status, answer.body.code]).toEqual([id, 404, 'no-such-route']);
    }
  });
  test('a page that makes a browser call is refused', async () => {
    const headers = { origin: 'https://evil.example' };
    expect((await call(svid(), '/v1/me', { headers })).body.code).toBe('foreign-origin');
  });
  test('TLS 1.2 is not spoken, and no session is resumed', async () => {
    await expect(call(svid(), '/v1/me', { options: { maxVersion: 'TLSv1.2' } })).rejects.toThrow();
    const sessions: Buffer[] = [];
    const first = await greeted();
    first.on('session', (session) => void sessions.push(session));
    first.write('GET /v1/me HTTP/1.1\r\nhost: x\r\n\r\n');
    await new Promise((resolve) => void first.once('data', resolve));
    const session = sessions.at(-1);
    const again = await greeted(session);
    expect(again.isSessionReused()).toBe(false);
    first.destroy();
    again.destroy();
  });
});

function greeted(session?: Buffer, shown: Made = svid()): Promise<TLSSocket> {
  const { hostname: host, port } = agentsUrl();
  const options = {
    host,
    port: Number(port),
    ca: authority.cert,
    cert: shown.cert,
    key: shown.key,
  };
  return new Promise((resolve, reject) => {
    const socket = connect({ ...options, ...(session && { session }) }, () => resolve(socket));
    socket.once('error', reject);
  });
}

test('an authority that is gone ends the connections it let in; files that do not fit change nothing', async () => {
  const open = await greeted();
  const ended = new Promise<void>((resolve) => void open.once('close', () => resolve()));
  open.on('error', () => undefined);
  put('tls.key', other.key);
  await expect.poll(gateway.logs).toContain('agents-tls-refused');
  expect((await call(svid(), '/v1/me')).status).toBe(200);
  put('tls.key', front.key);
  put('ca.crt', other.cert);
  await ended;
  expect((await call(svid(), '/v1/me')).body.code).toBe('certificate-invalid');
  expect((await call(svid({}, other), '/v1/me')).status).toBe(200);
  put('ca.crt', authority.cert);
});
