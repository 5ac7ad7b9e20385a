import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import type { Limits } from '../src/upstream/limits.ts';
import { createHttpUpstream } from '../src/upstream/http.ts';
import type { Link } from '../src/link.ts';
import type { Id } from '../src/message.ts';
import { bodyOf, callOf, caller, OPENING, opened, request, serve } from './support.ts';

type Attack = (response: ServerResponse, id: Id) => void;

const RESULT = { content: [] };
const answerText = (id: Id | null, result: unknown = RESULT): string =>
  JSON.stringify({ jsonrpc: '2.0', id, result });
const json = (response: ServerResponse, text: string, status = 200): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(text);
const sse = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { 'content-type': 'text/event-stream' });
const event = (text: string): string => `data: ${text}\n\n`;
const NOTE = '{"jsonrpc":"2.0","method":"notifications/message","params":{}}';

const SMALL: Partial<Limits> = {
  answerBytes: 10_000,
  streamBytes: 40_000,
  events: 100,
  idleMs: 150,
  totalMs: 400,
};

/** A legacy server that is well behaved, but for calls of the tool `evil`. */
async function attacked(attack: Attack): Promise<Link> {
  const { url } = await serve(async (incoming, response) => {
    const { id, method, params } = JSON.parse(await bodyOf(incoming));
    if (params?.name === 'evil') return attack(response, id);
    if (id === undefined) return void response.writeHead(202).end();
    const server = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 's' } };
    return json(response, answerText(id, method === 'initialize' ? server : RESULT));
  });
  return opened(createHttpUpstream({ name: 'hostile', url, limits: SMALL }));
}

const flood = (response: ServerResponse, text: string): void => {
  const more = (): void => {
    while (!response.destroyed && response.write(text));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
};

test.each<[string, Attack, string]>([
  [
    'an answer that is too large',
    (to) => json(to, answerText(7, { text: 'x'.repeat(20_000) })),
    'the answer is too large',
  ],
  [
    'an answer without end',
    (to) => flood(to.writeHead(200, { 'content-type': 'application/json' }), 'x'),
    'the answer is too large',
  ],
  ['no answer', () => {}, 'the server sent nothing in time'],
  [
    'half an answer',
    (to) => void to.writeHead(200, { 'content-type': 'application/json' }).write('{"json'),
    'the server was silent too long',
  ],
  ['a closed connection', (to) => void to.destroy(), 'the server closed the connection'],
  [
    'a closed connection in the answer',
    (to) => {
      to.writeHead(200, { 'content-type': 'application/json', 'content-length': 99 }).write('{');
      setTimeout(() => to.destroy(), 20);
    },
    'the server closed the connection',
  ],
  [
    'no JSON',
    (to) => json(to, 'hello'),
    'the answer is not JSON-RPC: not JSON we take: not a JSON value (at 0)',
  ],
  [
    'doubled members',
    (to) => json(to, '{"jsonrpc":"2.0","id":7,"id":7,"result":{}}'),
    'the answer is not JSON-RPC: not JSON we take: a member is doubled (at 28)',
  ],
  [
    'a result that is no object',
    (to, id) => json(to, answerText(id, [])),
    'the answer is not JSON-RPC: `result` is not an object',
  ],
  [
    'the answer to something else',
    (to) => json(to, answerText(8)),
    'the server answered another request',
  ],
  [
    'the id as a text',
    (to, id) => json(to, answerText(String(id))),
    'the server answered another request',
  ],
  [
    'a result without an id',
    (to) => json(to, answerText(null)),
    'the answer is not JSON-RPC: an answer without the id of a request',
  ],
  [
    'a batch',
    (to, id) => json(to, `[${answerText(id)}]`),
    'the answer is not JSON-RPC: batches are not part of this protocol version',
  ],
  [
    'a call of its own',
    (to, id) => json(to, JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call' })),
    'the server answered with a call of its own',
  ],
  [
    'an empty success',
    (to) => json(to, ''),
    'the answer is not JSON-RPC: not JSON we take: unexpected end (at 0)',
  ],
  ['202', (to) => void to.writeHead(202).end(), 'the server took the request and gave no answer'],
  [
    'HTML',
    (to) => void to.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    'the answer is neither JSON nor a stream',
  ],
  [
    'compression',
    (to, id) =>
      void to
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(answerText(id)),
    'the server compressed its answer, which nobody asked for',
  ],
  ['status 500', (to) => json(to, '{}', 500), 'the server answered with status 500'],
  [
    'a stream that ends',
    (to) => void sse(to).end(event(NOTE)),
    'the server ended the stream without an answer',
  ],
  [
    'a stream with other answers',
    (to) => void sse(to).end(event(answerText(8)) + event(answerText('7'))),
    'the server ended the stream without an answer',
  ],
  [
    'comments for ever',
    (to) => {
      const timer = setInterval(
        () => sse(to.headersSent ? ({ writeHead: () => to } as never) : to).write(':\n'),
        20,
      );
      to.once('close', () => clearInterval(timer));
    },
    'the server took too long',
  ],
  ['silence in a stream', (to) => void sse(to).write(':\n'), 'the server was silent too long'],
  ['a line without end', (to) => flood(sse(to), 'x'), 'one message of the server is too large'],
  [
    'one huge message',
    (to) => void sse(to).end(event(answerText(7, { text: 'x'.repeat(20_000) }))),
    'one message of the server is too large',
  ],
  [
    'comments without number',
    (to) => flood(sse(to), `:${'x'.repeat(500)}\n`),
    'the server sent too much',
  ],
  [
    'notifications without number',
    (to) => flood(sse(to), event('{"jsonrpc":"2.0","method":"n"}')),
    'the server sent too many messages',
  ],
  [
    'text in a stream',
    (to) => void sse(to).end(event('hello')),
    'the server sent what is not JSON-RPC: not JSON we take: not a JSON value (at 0)',
  ],
])('ATTACKER: %s is told as such, and hurts nobody else', async (_, attack, why) => {
  const link = await attacked(attack);
  const [evil, good] = await Promise.all([
    link.request(callOf('evil'), caller()),
    link.request(callOf('good', {}, 8), caller()),
  ]);
  expect(evil).toEqual({ is: 'broken', why });
  expect(good).toMatchObject({ is: 'answered', response: { text: answerText(8) } });
  expect((await link.request(request('ping', {}, 9), caller())).is).toBe('answered');
});

test.each<[string, Attack, object]>([
  [
    'status 400',
    (to) => json(to, '{}', 400),
    { is: 'unsent', why: 'the server answered with status 400' },
  ],
  [
    'status 401',
    (to) => json(to, '{}', 401),
    { is: 'unsent', why: "the server does not take the gate's credentials (401)" },
  ],
  [
    'a redirect',
    (to) => void to.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
    { is: 'unsent', why: 'the server redirects elsewhere, which is not followed' },
  ],
  [
    'an error with a status',
    (to, id) =>
      json(to, JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32602, message: 'm' } }), 400),
    { is: 'answered' },
  ],
  [
    'an error that names no request',
    (to) => json(to, '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"m"}}', 400),
    { is: 'answered', response: { message: { id: 7, error: { code: -32600 } } } },
  ],
])('nothing ran: %s', async (_, attack, reply) => {
  const link = await attacked(attack);
  expect(await link.request(callOf('evil'), caller())).toMatchObject(reply);
});

test('the first answer counts; a second one, and what comes after it, is nobody’s', async () => {
  const link = await attacked((to, id) => {
    sse(to).write(
      event(NOTE) + event(answerText(id, { first: 1 })) + event(answerText(id)) + event(NOTE),
    );
  });
  const by = caller();
  expect(await link.request(callOf('evil'), by)).toMatchObject({
    response: { text: answerText(7, { first: 1 }) },
  });
  expect(by.events).toHaveLength(1);
});

test('a legacy stream with event ids parts, and is resumed by the last of them', async () => {
  const { url } = await serve(async (incoming, response) => {
    if (incoming.method === 'GET') {
      sse(response).write(
        `id: ${String(incoming.headers['last-event-id'])}-b\n${event(answerText(7))}`,
      );
      return void response.end(`id: c\n${event(NOTE)}`);
    }
    const { id, method } = JSON.parse(await bodyOf(incoming));
    const server = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 's' } };
    if (method === 'initialize') return json(response, answerText(id, server));
    return void sse(response).end('id: a\nretry: 50\ndata:\n\n');
  });
  const link = await opened(createHttpUpstream({ name: 'polling', url }));
  const [by, later, other] = [caller(), caller(), caller()];
  expect(await link.request(callOf('slow'), by)).toEqual({ is: 'parted' });
  expect(by.events).toEqual([{ id: 'a', retry: 50 }]);
  expect(await link.listen(later, { lastEventId: 'a' })).toBe('ended');
  expect(later.events).toMatchObject([
    { id: 'a-b', message: { text: answerText(7) } },
    { id: 'c' },
  ]);
  // ATTACKER: where nobody resumes, an answer is not passed on
  expect(await link.listen(other)).toBe('ended');
  expect(other.events).toMatchObject([{ id: 'c', message: { text: NOTE } }]);
});

test.each<[string, Parameters<typeof serve>[0], string]>([
  ['nobody there', (_, to) => void to.destroy(), 'the server closed the connection'],
  ['no session', (_, to) => json(to, '{}', 503), 'the server answered with status 503'],
  [
    'closed',
    (_, to) => json(to, '{}', 401),
    "the server does not take the gate's credentials (401)",
  ],
  [
    'a session id of nowhere',
    async (incoming, to) => {
      const { id, method } = JSON.parse(await bodyOf(incoming));
      if (method !== 'initialize') return json(to, '{}', 404);
      to.setHeader('mcp-session-id', 'a b');
      return json(
        to,
        answerText(id, { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: {} }),
      );
    },
    'the server gave a session id that no header may carry',
  ],
  [
    'an answer without a version',
    async (incoming, to) => {
      const { id } = JSON.parse(await bodyOf(incoming));
      return json(to, answerText(id, {}));
    },
    'the answer to `initialize` is not one of the protocol',
  ],
])('unavailable: %s', async (_, listener, unavailable) => {
  const { url } = await serve(listener);
  const upstream = createHttpUpstream({ name: 'down', url, limits: SMALL });
  expect(await upstream.open('legacy', OPENING)).toEqual({ unavailable });
  expect(upstream.state()).toMatchObject({ is: 'down', why: unavailable });
  await upstream.close();
});

test('a port without a server, a name without a host, more requests than are allowed', async () => {
  for (const [url, unavailable] of [
    ['http://127.0.0.1:1/mcp', 'the server refuses connections'],
    ['http://nowhere.invalid/mcp', 'the name of the server is not known'],
  ] as const)
    for (const era of ['legacy', 'modern'] as const)
      expect(await createHttpUpstream({ name: 'x', url }).open(era, OPENING)).toEqual({
        unavailable,
      });
  const { url } = await serve(async (incoming, response) => {
    const { id, method } = JSON.parse(await bodyOf(incoming));
    const server = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: {} };
    if (method === 'initialize') json(response, answerText(id, server));
  });
  const link = await opened(createHttpUpstream({ name: 'x', url, limits: { inFlight: 1 } }));
  const by = caller();
  const held = link.request(callOf('slow'), by);
  const why = 'too many requests are under way';
  expect(await link.request(callOf('slow', {}, 8), caller())).toEqual({ is: 'unsent', why });
  by.abort();
  await held;
});

test('R4: a call is never sent a second time over a connection that closes', async () => {
  let calls = 0;
  const link = await attacked((to) => {
    calls++;
    to.destroy();
  });
  await link.request(request('ping'), caller());
  expect((await link.request(callOf('evil'), caller())).is).toBe('broken');
  expect(calls).toBe(1);
});

test('5 MB pass, byte for byte', async () => {
  const text = answerText(7, { content: [{ type: 'text', text: 'é"\\n😀'.repeat(500_000) }] });
  const { url } = await serve(async (incoming, response) => {
    const { id, method } = JSON.parse(await bodyOf(incoming));
    const server = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: {} };
    if (method === 'initialize') return json(response, answerText(id, server));
    if (method === 'ping') return json(response, text);
    return void sse(response).end(event(text));
  });
  const link = await opened(createHttpUpstream({ name: 'big', url }));
  for (const ask of [request('ping'), callOf('x')]) {
    const reply = await link.request(ask, caller());
    expect(reply.is === 'answered' && reply.response.text === text).toBe(true);
  }
});
