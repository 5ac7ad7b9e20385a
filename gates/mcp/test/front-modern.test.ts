import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createHttpUpstream } from '../src/upstream/http.ts';
import { partsOf, send, serveFront } from './front-support.ts';
import { serveModernSdk } from './support.ts';
import { cancelled } from './servers/tools.ts';

const P = 'io.modelcontextprotocol/';
const META = {
  [`${P}protocolVersion`]: '2026-07-28',
  [`${P}clientInfo`]: { name: 'raw', version: '1' },
  [`${P}clientCapabilities`]: {},
};
type Body = { readonly params?: object; readonly [name: string]: unknown };
const ask = (method: string, params: object = {}): Body => ({
  jsonrpc: '2.0',
  id: 1,
  method,
  params: { ...params, _meta: META },
});
const ECHO = ask('tools/call', { name: 'echo', arguments: { text: 'hi' } });
const HEADERS = {
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'echo',
  'mcp-param-text': 'hi',
};

let url: string;
beforeEach(async () => {
  const upstream = createHttpUpstream({ name: 'real', url: (await serveModernSdk()).url });
  onTestFinished(() => upstream.close());
  url = `${(await serveFront(partsOf([upstream]))).url}/mcp/real`;
  // known from here on, with the header it wants
  await send(url, {
    body: ask('tools/list'),
    headers: { ...HEADERS, 'mcp-method': 'tools/list' },
  });
});

async function connect(): Promise<Client> {
  const client = new Client(
    { name: 'test', version: '1' },
    { versionNegotiation: { mode: 'auto' } },
  );
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: 'Bearer one' } },
  });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return client;
}

test('a client of the newer SDK: discover, list, call, progress, cancel', async () => {
  const client = await connect();
  expect(client.getServerVersion()).toMatchObject({ name: 'modern' });
  expect(client.getInstructions()).toBe('be brief');
  const { tools, ...rest } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(['echo', 'count', 'forever']);
  expect(rest).toMatchObject({ ttlMs: 0, cacheScope: 'private' });
  const result = await client.callTool({ name: 'echo', arguments: { text: 'é ' } });
  expect(result.content).toEqual([{ type: 'text', text: 'é ' }]);
  const seen: number[] = [];
  await client.callTool(
    { name: 'count', arguments: { to: 3 } },
    { onprogress: ({ progress }) => void seen.push(progress) },
  );
  expect(seen).toEqual([1, 2, 3]);
  const cancelling = new AbortController();
  const before = cancelled.length;
  const forever = client.callTool({ name: 'forever' }, { signal: cancelling.signal });
  setTimeout(() => cancelling.abort(), 100);
  await expect(forever).rejects.toThrow();
  await vi.waitFor(() => expect(cancelled.length).toBe(before + 1));
});

test('a request by hand: JSON, with the version’s stamps', async () => {
  expect(await send(url, { body: ECHO, headers: HEADERS })).toMatchObject({
    status: 200,
    json: { id: 1, result: { resultType: 'complete', content: [{ text: 'hi' }] } },
  });
  const headers = { ...HEADERS, 'mcp-method': 'server/discover', 'mcp-name': undefined };
  expect((await send(url, { body: ask('server/discover'), headers })).json).toMatchObject({
    result: {
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      cacheScope: 'private',
      _meta: { [`${P}serverInfo`]: { name: 'modern' } },
    },
  });
});

describe('headers and envelope, each refusal with its code', () => {
  const without = (name: string): Body => {
    const { [name]: _, ...meta } = META as Record<string, unknown>;
    return { ...ECHO, params: { ...ECHO.params, _meta: meta } };
  };
  const claiming = (meta: object): Body => ({
    ...ECHO,
    params: { ...ECHO.params, _meta: { ...META, ...meta } },
  });
  const rows: readonly [string, Body | Body[], object, number, number][] = [
    ['no version header', ECHO, { 'mcp-protocol-version': undefined }, 400, -32_020],
    ['another version in the header', ECHO, { 'mcp-protocol-version': '2025-11-25' }, 400, -32_020],
    ['no method header', ECHO, { 'mcp-method': undefined }, 400, -32_020],
    ['another method in the header', ECHO, { 'mcp-method': 'tools/list' }, 400, -32_020],
    ['no name header', ECHO, { 'mcp-name': undefined }, 400, -32_020],
    ['another name in the header', ECHO, { 'mcp-name': 'count' }, 400, -32_020],
    ['a name in another case', ECHO, { 'mcp-name': 'ECHO' }, 400, -32_020],
    ['a name that is no Base64', ECHO, { 'mcp-name': '=?base64?e?=' }, 400, -32_020],
    [
      'a name in Base64 with a hidden bit',
      ECHO,
      { 'mcp-name': '=?base64?ZWNobx==?=' },
      400,
      -32_020,
    ],
    ['no argument header', ECHO, { 'mcp-param-text': undefined }, 400, -32_020],
    ['another argument in the header', ECHO, { 'mcp-param-text': 'ho' }, 400, -32_020],
    ['the argument twice', ECHO, { 'mcp-param-text': 'hi, hi' }, 400, -32_020],
    [
      'initialize under a newer header',
      { ...ECHO, method: 'initialize', params: {} },
      {},
      400,
      -32_020,
    ],
    ['a newer header and no envelope', { ...ECHO, params: {} }, {}, 400, -32_602],
    ['no capabilities', without(`${P}clientCapabilities`), {}, 400, -32_602],
    ['a version that is no text', claiming({ [`${P}protocolVersion`]: 1 }), {}, 400, -32_602],
    ['capabilities that are none', claiming({ [`${P}clientCapabilities`]: [] }), {}, 400, -32_602],
    ['a client without a name', claiming({ [`${P}clientInfo`]: {} }), {}, 400, -32_602],
    ['a batch', [ECHO], {}, 400, -32_600],
    [
      'a version of tomorrow',
      claiming({ [`${P}protocolVersion`]: '2099-01-01' }),
      { 'mcp-protocol-version': '2099-01-01' },
      400,
      -32_022,
    ],
    [
      'a method nobody knows',
      ask('tools/destroy'),
      { 'mcp-method': 'tools/destroy', 'mcp-name': undefined },
      404,
      -32_601,
    ],
  ];
  test.each(rows)('%s', async (_, body, headers, status, code) => {
    const answer = await send(url, { body, headers: { ...HEADERS, ...headers } });
    expect(answer).toMatchObject({ status, json: { jsonrpc: '2.0', error: { code } } });
  });
  test('a name and an argument in Base64 are what they say', async () => {
    const text = 'ü\n';
    const body = ask('tools/call', { name: 'echo', arguments: { text } });
    const headers = { ...HEADERS, 'mcp-name': coded('echo'), 'mcp-param-text': coded(text) };
    expect((await send(url, { body, headers })).json).toMatchObject({
      result: { content: [{ text }] },
    });
  });
  test('a session id changes nothing: there are no sessions', async () => {
    const headers = { ...HEADERS, 'mcp-session-id': 'made-up' };
    expect((await send(url, { body: ECHO, headers })).status).toBe(200);
  });
  test('a notification is taken without the headers of requests', async () => {
    const body = { jsonrpc: '2.0', method: 'notifications/x', params: { _meta: META } };
    const headers = { 'mcp-protocol-version': '2026-07-28' };
    expect(await send(url, { body, headers })).toMatchObject({ status: 202, json: '' });
    const wrong = { ...headers, 'mcp-method': 'notifications/y' };
    expect((await send(url, { body, headers: wrong })).status).toBe(400);
  });
});

test('a stream that is closed cancels what runs', async () => {
  const before = cancelled.length;
  const leaving = new AbortController();
  const gone = fetch(url, {
    method: 'POST',
    signal: leaving.signal,
    headers: {
      authorization: 'Bearer one',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...HEADERS,
      'mcp-name': 'forever',
    },
    body: JSON.stringify(ask('tools/call', { name: 'forever', arguments: {} })),
  }).catch(() => undefined);
  setTimeout(() => leaving.abort(), 200);
  await gone;
  await vi.waitFor(() => expect(cancelled.length).toBe(before + 1));
});

const coded = (value: string): string => `=?base64?${Buffer.from(value).toString('base64')}?=`;
