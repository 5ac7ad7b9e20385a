import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createHttpUpstream } from '../src/upstream/http.ts';
import { partsOf, send, serveFront } from './front-support.ts';
import { serveLegacySdk } from './support.ts';
import { cancelled } from './servers/tools.ts';

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'raw', version: '1' },
  },
};
const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const call = (name: string, args: object = {}, id: unknown = 2) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
});

let url: string;
let stop: () => void;
beforeEach(async () => {
  const server = (await serveLegacySdk()).url;
  const upstreams = ['real', 'other'].map((name) => createHttpUpstream({ name, url: server }));
  onTestFinished(async () => void (await Promise.all(upstreams.map((one) => one.close()))));
  const { url: origin, front } = await serveFront(partsOf(upstreams));
  url = `${origin}/mcp/real`;
  stop = front.stop;
});

async function connect(agent = 'one'): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${agent}` } },
  });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return client;
}

/** Begins a session by hand. */
async function begin(): Promise<Readonly<Record<string, string>>> {
  const { status, headers } = await send(url, { body: INITIALIZE });
  expect(status).toBe(200);
  const session = headers.get('mcp-session-id') ?? '';
  const told = { jsonrpc: '2.0', method: 'notifications/initialized' };
  expect(await send(url, { body: told, headers: { 'mcp-session-id': session } })).toMatchObject({
    status: 202,
    json: '',
  });
  return { 'mcp-session-id': session };
}

test('a client of the older SDK: initialize, list, call, progress, cancel, end', async () => {
  const client = await connect();
  expect(client.getServerVersion()).toMatchObject({ name: 'legacy' });
  expect(client.getInstructions()).toBe('be kind');
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(['echo', 'count', 'forever']);
  const result = await client.callTool({ name: 'echo', arguments: { text: 'hi' } });
  expect(result.content).toEqual([{ type: 'text', text: 'hi' }]);
  const seen: number[] = [];
  await client.callTool({ name: 'count', arguments: { to: 3 } }, undefined, {
    onprogress: ({ progress }) => void seen.push(progress),
  });
  expect(seen).toEqual([1, 2, 3]);
  const cancelling = new AbortController();
  const before = cancelled.length;
  const forever = client.callTool({ name: 'forever' }, undefined, { signal: cancelling.signal });
  setTimeout(() => cancelling.abort(), 100);
  await expect(forever).rejects.toThrow();
  await vi.waitFor(() => expect(cancelled.length).toBe(before + 1));
  await (client.transport as StreamableHTTPClientTransport).terminateSession();
  await expect(client.listTools()).rejects.toThrow(/initialize/);
});

describe('what is refused, and how', () => {
  const POST = { 'content-type': 'application/json' };
  const rows: readonly [string, Parameters<typeof send>[1], number, number | undefined][] = [
    ['A11: nobody', { body: LIST, headers: { authorization: undefined } }, 401, -32_000],
    ['R7: a person', { body: LIST, headers: { authorization: 'Bearer person' } }, 403, -32_000],
    ['no session', { body: LIST }, 400, -32_000],
    ['a session that is none', { body: LIST, headers: { 'mcp-session-id': 'x' } }, 404, -32_001],
    ['GET without a session', { method: 'GET' }, 400, -32_000],
    ['DELETE without a session', { method: 'DELETE' }, 400, -32_000],
    ['a method nobody knows', { method: 'PUT', body: LIST }, 405, -32_000],
    ['GET that takes no stream', { method: 'GET', headers: { accept: 'text/html' } }, 406, -32_000],
    [
      'POST that takes no stream',
      { body: LIST, headers: { accept: 'application/json' } },
      406,
      -32_000,
    ],
    ['another type', { body: 'x', headers: { 'content-type': 'text/plain' } }, 415, -32_000],
    [
      'an encoded body',
      { body: LIST, headers: { ...POST, 'content-encoding': 'br' } },
      415,
      -32_000,
    ],
    ['no JSON', { body: '{' }, 400, -32_700],
    ['doubled members', { body: '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}' }, 400, -32_700],
    ['no message', { body: { id: 1 } }, 400, -32_600],
    ['an id that is null', { body: { ...LIST, id: null } }, 400, -32_600],
    ['params that are a list', { body: { ...LIST, params: [] } }, 400, -32_600],
    ['an empty batch', { body: [] }, 400, -32_600],
    ['initialize in a batch', { body: [INITIALIZE, LIST] }, 400, -32_600],
    [
      'a body that is too large',
      { body: { ...LIST, params: { x: 'x'.repeat(1e5) } } },
      413,
      -32_000,
    ],
  ];
  test.each(rows)('%s', async (_, request, status, code) => {
    const answer = await send(url, request);
    expect(answer).toMatchObject({ status, json: { jsonrpc: '2.0', error: { code } } });
  });
  test('A11: a version that nobody speaks, in a session', async () => {
    const headers = { ...(await begin()), 'mcp-protocol-version': '1999-01-01' };
    expect(await send(url, { body: LIST, headers })).toMatchObject({
      status: 400,
      json: {
        error: { code: -32_000, data: { supported: expect.arrayContaining(['2025-11-25']) } },
      },
    });
  });
  test('A11: a session is one agent’s, at one address', async () => {
    const headers = await begin();
    expect((await send(url, { body: LIST, headers })).status).toBe(200);
    const stolen = { ...headers, authorization: 'Bearer two' };
    for (const method of ['POST', 'GET', 'DELETE'])
      expect(
        await send(url, { method, ...(method === 'POST' && { body: LIST }), headers: stolen }),
      ).toMatchObject({ status: 404, json: { error: { code: -32_001 } } });
    const elsewhere = url.replace(/real$/, 'other');
    expect((await send(elsewhere, { body: LIST, headers })).status).toBe(404);
  });
  test('a session that ended is over', async () => {
    const headers = await begin();
    expect((await send(url, { method: 'DELETE', headers })).status).toBe(200);
    expect((await send(url, { body: LIST, headers })).status).toBe(404);
  });
  test('nothing is at other addresses', async () => {
    for (const path of ['', '/real', '/mcp/none', '/mcp/real/x', '/mcp/', '/mcp/__proto__'])
      expect((await send(new URL(url).origin + path, { body: LIST })).status, path).toBe(404);
  });
  test('an id that is in use', async () => {
    const headers = await begin();
    const leaving = new AbortController();
    const first = fetch(url, {
      method: 'POST',
      signal: leaving.signal,
      headers: {
        ...headers,
        authorization: 'Bearer one',
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify(call('forever', {}, 'same')),
    }).catch(() => undefined);
    await vi.waitFor(async () =>
      expect(
        (await send(url, { body: call('echo', { text: 'x' }, 'same'), headers })).json,
      ).toMatchObject({ error: { code: -32_600 } }),
    );
    leaving.abort();
    await first;
  });
});

describe('metadata (RFC 9728)', () => {
  test('a 401 says where it is, and it says the address tokens are for', async () => {
    const { headers } = await send(url, { body: LIST, headers: { authorization: undefined } });
    const where = /resource_metadata="([^"]+)"/.exec(headers.get('www-authenticate') ?? '')?.[1];
    const { status, json } = await send(where ?? '', { method: 'GET' });
    expect(status).toBe(200);
    expect(json).toEqual({
      resource: url,
      authorization_servers: ['https://issuer.example'],
      bearer_methods_supported: ['header'],
      resource_name: 'real',
    });
    const all = `${new URL(url).origin}/.well-known/oauth-protected-resource/mcp`;
    expect((await send(all, { method: 'GET' })).json).toMatchObject({
      resource: `${new URL(url).origin}/mcp`,
    });
    expect((await send(`${all}/none`, { method: 'GET' })).status).toBe(404);
  });
  test('a credential that is not good, and one that is not enough', async () => {
    expect(await challenge('Basic x')).toContain('error="invalid_token"');
    expect(await challenge('Bearer person')).toContain('error="insufficient_scope"');
  });
});

test('a batch of an older version: told in one list', async () => {
  const headers = await begin();
  const body = [LIST, call('echo', { text: 'a' }), { jsonrpc: '2.0', method: 'notifications/x' }];
  const { status, json } = await send(url, { body, headers });
  expect(status).toBe(200);
  expect(json).toMatchObject([
    { id: 1, result: { tools: [{}, {}, {}] } },
    { id: 2, result: { content: [{ text: 'a' }] } },
  ]);
});

test('R3: what is passed on is what came, byte for byte', async () => {
  const headers = await begin();
  const odd =
    ' { "jsonrpc" : "2.0" , "id" : 5, "method":"tools/call","params":{"name":"echo","arguments":{"text":"\\u0041 é"} } } ';
  expect((await send(url, { body: odd, headers })).json).toMatchObject({
    id: 5,
    result: { content: [{ text: 'A é' }] },
  });
});

test('a stream of what a server says unasked ends when the gateway stops', async () => {
  const headers = await begin();
  const stream = send(url, { method: 'GET', headers: { ...headers, accept: 'text/event-stream' } });
  await new Promise((resolve) => void setTimeout(resolve, 200));
  stop();
  expect((await stream).headers.get('content-type')).toBe('text/event-stream');
  expect(await send(url, { body: LIST, headers })).toMatchObject({ status: 503 });
});

async function challenge(authorization: string): Promise<string | null> {
  const { headers } = await send(url, { body: LIST, headers: { authorization } });
  return headers.get('www-authenticate');
}
