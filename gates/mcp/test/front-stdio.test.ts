import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { withBridges } from '../src/bridge/bridges.ts';
import { serveOne } from '../src/front/served.ts';
import { createStdioFront } from '../src/front/stdio.ts';
import type { Upstream } from '../src/link.ts';
import { createStory } from '../src/story.ts';
import { createHttpUpstream } from '../src/upstream/http.ts';
import { partsOf } from './front-support.ts';
import { cancelled } from './servers/tools.ts';
import { bodyOf, serve, serveLegacySdk, serveModernSdk } from './support.ts';

type Said = {
  readonly id?: unknown;
  readonly method?: string;
  readonly result?: object;
  readonly error?: { code: number };
};

/** A client that writes whatever it likes, and what it hears. */
function talkTo(upstream: Upstream) {
  const parts = partsOf([upstream]);
  const [mounted] = parts.servers.values();
  if (!mounted) throw new Error('no server');
  const story = createStory(parts);
  const [input, output] = [new PassThrough(), new PassThrough()];
  const served = serveOne(mounted, { tools: parts.tools, story });
  const front = createStdioFront({ served, agent: 'agt', input, output, maxLine: 10_000 });
  let text = '';
  output.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  onTestFinished(async () => {
    await front.close();
    await upstream.close();
    story.close();
  });
  const heard = (): (Said | Said[])[] =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  const answer = (id: unknown): Promise<Said> =>
    vi.waitFor(() => {
      const found = heard()
        .flat()
        .find((one) => one.id === id && one.method === undefined);
      if (!found) throw new Error(`no answer to ${String(id)}`);
      return found;
    });
  const say = (message: unknown): void =>
    void input.write(
      `${typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...(message as object) })}\n`,
    );
  return { say, heard, answer, front, input };
}

const INITIALIZE = {
  id: 0,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'raw', version: '1' },
  },
};
const call = (id: unknown, name: string, args = {}, more = {}) => ({
  id,
  method: 'tools/call',
  params: { name, arguments: args, ...more },
});
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

test('both eras on one pipe: a session, requests without one, progress, cancelling, the end', async () => {
  const { url } = await serveModernSdk({ legacy: 'stateless' });
  const { say, answer, heard, front, input } = talkTo(
    withBridges(createHttpUpstream({ name: 'x', url })),
  );
  say(INITIALIZE);
  say({ method: 'notifications/initialized' }); // both in one go: the second waits for the first
  say({ id: 'early', method: 'tools/list' });
  expect(await answer(0)).toMatchObject({ result: { serverInfo: { name: 'modern' } } });
  expect(await answer('early')).toMatchObject({ result: { tools: [{ name: 'echo' }, {}, {}] } });
  say(call(1, 'echo', { text: 'old' }));
  say(call(2, 'echo', { text: 'new' }, { _meta: ENVELOPE }));
  say({ id: 3, method: 'server/discover', params: { _meta: ENVELOPE } });
  expect(await answer(1)).toMatchObject({ result: { content: [{ text: 'old' }] } });
  expect(await answer(2)).toMatchObject({
    result: { content: [{ text: 'new' }], resultType: 'complete' },
  });
  expect(await answer(3)).toMatchObject({ result: { supportedVersions: ['2026-07-28'] } });
  say(call(4, 'count', { to: 2 }, { _meta: { ...ENVELOPE, progressToken: 'p' } }));
  await answer(4);
  expect(heard()).toContainEqual(
    expect.objectContaining({
      params: expect.objectContaining({ progressToken: 'p', progress: 1 }),
    }),
  );
  const before = cancelled.length;
  say(call(5, 'forever', {}, { _meta: ENVELOPE }));
  await new Promise((done) => setTimeout(done, 200));
  say({ method: 'notifications/cancelled', params: { requestId: 5 } });
  await vi.waitFor(() => expect(cancelled.length).toBe(before + 1));
  say(call(6, 'forever', {}, { _meta: ENVELOPE }));
  await new Promise((done) => setTimeout(done, 200));
  input.end();
  await front.done;
  await vi.waitFor(() => expect(cancelled.length).toBe(before + 2));
});

test('ATTACKER: whatever a client writes is answered or ignored, and the pipe stays', async () => {
  const { url } = await serveLegacySdk();
  const { say, answer, heard } = talkTo(createHttpUpstream({ name: 'x', url }));
  say({ id: 'too-soon', method: 'tools/list' });
  expect(await answer('too-soon')).toMatchObject({ error: { code: -32000 } });
  for (const [line, code] of [
    ['hello', -32700],
    ['{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', -32700],
    ['{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
    ['x'.repeat(20_000), -32600],
    ['[]', -32600],
  ] as const) {
    const count = heard().length;
    say(line);
    await vi.waitFor(() => expect(heard()[count]).toMatchObject({ id: null, error: { code } }));
  }
  say('\n\n');
  say({ id: 'nobody-asked', result: {} });
  say({ id: 'old', method: 'ping' });
  expect(await answer('old')).toMatchObject({ result: {} });
  const version = { ...ENVELOPE, 'io.modelcontextprotocol/protocolVersion': '2030-01-01' };
  say({ id: 'future', method: 'tools/list', params: { _meta: version } });
  expect(await answer('future')).toMatchObject({ error: { code: -32022 } });
  say({
    id: 'broken',
    method: 'tools/list',
    params: { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } },
  });
  expect(await answer('broken')).toMatchObject({ error: { code: -32602 } });
  say(INITIALIZE);
  await answer(0);
  say('[{"jsonrpc":"2.0","id":"b1","method":"ping"},{"jsonrpc":"2.0","id":"b2","method":"ping"}]');
  await vi.waitFor(() =>
    expect(heard()).toContainEqual([
      { jsonrpc: '2.0', id: 'b1', result: {} },
      { jsonrpc: '2.0', id: 'b2', result: {} },
    ]),
  );
  say(call('same', 'forever'));
  say(call('same', 'echo', { text: 'x' }));
  expect(await answer('same')).toMatchObject({ error: { code: -32600 } });
});

test('a server that lost the session is begun anew, and what had not run runs once', async () => {
  const { url, server } = await serveLegacySdk();
  const upstream = createHttpUpstream({ name: 'x', url });
  const { say, answer } = talkTo(upstream);
  say(INITIALIZE);
  await answer(0);
  say(call(1, 'echo', { text: 'a' }));
  await answer(1);
  server.emit('forget');
  say(call(2, 'echo', { text: 'b' }));
  say(call(3, 'echo', { text: 'c' }));
  expect(await answer(2)).toMatchObject({ result: { content: [{ text: 'b' }] } });
  expect(await answer(3)).toMatchObject({ result: { content: [{ text: 'c' }] } });
});

test('a legacy server that parts is polled for the answer: a client over stdio has no streams to resume', async () => {
  let polls = 0;
  const { url } = await serve(async (incoming, response) => {
    const stream = () => response.writeHead(200, { 'content-type': 'text/event-stream' });
    const last = incoming.headers['last-event-id'];
    if (incoming.method === 'GET' && last === undefined) return void response.writeHead(405).end();
    if (incoming.method === 'GET') {
      if (++polls === 1) return void stream().end('id: b\ndata:\n\n');
      return void stream().write(
        'id: c\ndata: {"jsonrpc":"2.0","id":1,"result":{"prompts":[]}}\n\n',
      );
    }
    const { id, method } = JSON.parse(await bodyOf(incoming));
    if (id === undefined) return void response.writeHead(202).end();
    if (method !== 'initialize') return void stream().end('id: a\nretry: 10\ndata:\n\n');
    const result = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      serverInfo: { name: 's', version: '1' },
    };
    response.writeHead(200, { 'content-type': 'application/json' });
    return void response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  });
  const { say, answer } = talkTo(createHttpUpstream({ name: 'x', url }));
  say(INITIALIZE);
  await answer(0);
  say({ id: 1, method: 'prompts/list' });
  expect(await answer(1)).toMatchObject({ result: { prompts: [] } });
  expect(polls).toBe(2);
});
