import type { IncomingMessage } from 'node:http';
import { cancelled } from './servers/tools.ts';
import { expect, test, vi } from 'vitest';
import { createHttpUpstream } from '../src/upstream/http.ts';
import { headerValue, modernHeaders } from '../src/upstream/modern-headers.ts';
import {
  callOf,
  caller,
  OPENING,
  opened,
  request,
  serve,
  serveLegacySdk,
  serveModernSdk,
  bodyOf,
} from './support.ts';

test('a real server without sessions: discovered once, then asked with the headers its version wants', async () => {
  const seen: IncomingMessage[] = [];
  const { url } = await serveModernSdk({ legacy: 'reject' }, seen);
  const upstream = createHttpUpstream({ name: 'real', url });
  const link = await opened(upstream, 'modern');
  expect(link).toMatchObject({
    era: 'modern',
    server: {
      protocolVersion: '2026-07-28',
      serverInfo: { name: 'modern' },
      instructions: 'be brief',
    },
  });
  const by = caller({ era: 'modern' });
  const ask = callOf('echo', { text: 'é ' });
  expect(
    await link.request(ask, by, { params: { 'Mcp-Param-Text': headerValue('é ') } }),
  ).toMatchObject({
    is: 'answered',
    response: { message: { id: 7, result: { content: [{ text: 'é ' }], resultType: 'complete' } } },
  });
  expect(seen.at(-1)?.headers).toMatchObject({
    'mcp-method': 'tools/call',
    'mcp-name': 'echo',
    'mcp-param-text': '=?base64?w6kg?=',
  });
  // the server checks what the headers say
  expect(await link.request(ask, by, { params: { 'Mcp-Param-Text': 'else' } })).toMatchObject({
    is: 'answered',
    response: { message: { error: { code: -32020 } } },
  });
  expect(await link.request(request('no/such'), by)).toMatchObject({
    response: { message: { id: 7, error: { code: -32601 } } },
  });
  const count = seen.length;
  expect(await upstream.open('modern', OPENING)).toMatchObject({ era: 'modern' });
  expect(await upstream.attach('modern', OPENING)).toMatchObject({ era: 'modern' });
  expect(seen.length).toBe(count);
});

test('each client gets the era it speaks where the server has it, and the other where not', async () => {
  const [legacy, modern, both] = await Promise.all([
    serveLegacySdk(),
    serveModernSdk({ legacy: 'reject' }),
    serveModernSdk({ legacy: 'stateless' }),
  ]);
  for (const [url, eras] of [
    [legacy.url, ['legacy', 'legacy']],
    [modern.url, ['modern', 'modern']],
    [both.url, ['legacy', 'modern']],
  ] as const) {
    const upstream = createHttpUpstream({ name: 'one', url });
    const links = [await opened(upstream, 'legacy'), await opened(upstream, 'modern')];
    expect(links.map(({ era }) => era)).toEqual(eras);
    expect(upstream.state().is).toBe('up');
    for (const link of links)
      expect(
        (
          await link.request(callOf('echo', { text: 'x' }), caller(), {
            params: { 'Mcp-Param-Text': 'x' },
          })
        ).is,
      ).toBe('answered');
  }
});

test('progress is passed on; a caller that is gone closes the stream, which cancels', async () => {
  const { url } = await serveModernSdk();
  const link = await opened(createHttpUpstream({ name: 'real', url }), 'modern');
  const by = caller({ era: 'modern' });
  const params = { name: 'count', arguments: { to: 2 }, _meta: { progressToken: 5 } };
  expect((await link.request(request('tools/call', params), by)).is).toBe('answered');
  expect(by.events.map(({ message }) => message?.message)).toMatchObject([
    { params: { progressToken: 5, progress: 1 } },
    { params: { progressToken: 5, progress: 2 } },
  ]);
  const count = cancelled.length;
  const reply = link.request(callOf('forever'), by);
  await new Promise((done) => setTimeout(done, 100));
  by.abort();
  expect(await reply).toEqual({ is: 'broken', why: 'cancelled' });
  await vi.waitFor(() => expect(cancelled.length).toBe(count + 1));
});

test('a server that stops speaking the protocol is asked anew', async () => {
  let isModern = true;
  const { url } = await serve(async (incoming, response) => {
    const { id, method } = JSON.parse(await bodyOf(incoming));
    const result =
      method === 'server/discover'
        ? { supportedVersions: ['2026-07-28'], capabilities: {}, resultType: 'complete' }
        : {
            protocolVersion: '2025-11-25',
            capabilities: {},
            serverInfo: { name: 'old', version: '0' },
          };
    if (isModern === (method === 'initialize') || id === undefined)
      return void response.writeHead(400).end();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  });
  const upstream = createHttpUpstream({ name: 'fickle', url });
  const before = await opened(upstream, 'modern');
  expect(before.era).toBe('modern');
  isModern = false;
  expect(await before.request(request('server/discover'), caller())).toMatchObject({
    is: 'unsent',
  });
  expect((await opened(upstream, 'modern')).era).toBe('legacy');
  isModern = true;
  expect((await opened(upstream, 'legacy')).era).toBe('modern');
});

test.each([
  ['plain text', 'plain text'],
  ['', '=?base64??='],
  [' led', '=?base64?IGxlZA==?='],
  ['a\r\nx-evil: 1', '=?base64?YQ0KeC1ldmlsOiAx?='],
  ['=?base64?YQ==?=', '=?base64?PT9iYXNlNjQ/WVE9PT89?='],
  ['日本', '=?base64?5pel5pys?='],
])('the header value of %j', (value, header) => expect(headerValue(value)).toBe(header));

test('ATTACKER: names of parameters cannot become other headers', () => {
  const headers = modernHeaders(callOf('a\nb'), {
    'Mcp-Param-x: y\r\nauthorization': 'Bearer z',
    authorization: 'Bearer z',
    'Mcp-Param-Bad': 'a\r\nb: c',
    'Mcp-Param-Ok': '2',
  });
  expect(headers).toEqual({
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': '=?base64?YQpi?=',
    'mcp-param-ok': '2',
  });
});
