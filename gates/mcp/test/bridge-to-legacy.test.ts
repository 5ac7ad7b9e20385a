import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { type Fixture, startFixture } from '../../../test/mcp/fixture.ts';
import { withBridges } from '../src/bridge/bridges.ts';
import type { Caller, Link, Opening, Reply } from '../src/link.ts';
import type { Members, Request, Response } from '../src/message.ts';
import { createHttpUpstream } from '../src/upstream/http.ts';
import { callOf, caller, request } from './support.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({ eras: ['modern'] });
});
afterAll(() => fixture?.close());

const CAN = { elicitation: {}, sampling: {}, roots: { listChanged: true } };
const openingOf = (capabilities: Members): Opening => ({
  agent: 'agt_test',
  client: { name: 'l', version: '1', capabilities },
  initialize: {
    protocolVersion: '2025-06-18',
    capabilities,
    clientInfo: { name: 'l', version: '1' },
  },
});

const bridged = () => {
  const upstream = withBridges(createHttpUpstream({ name: 'new', url: fixture.url }));
  onTestFinished(() => upstream.close());
  return upstream;
};
async function open(capabilities: Members = CAN): Promise<Link> {
  const link = await bridged().open('legacy', openingOf(capabilities));
  if ('unavailable' in link) throw new Error(link.unavailable);
  return link;
}

type Answers = Readonly<Record<string, { readonly result: Members } | { readonly error: object }>>;

/** A client that answers what it is asked. */
function client(
  link: Link,
  answers: Answers = {},
  capabilities: Members = CAN,
): ReturnType<typeof caller> & { readonly asked: Request[] } {
  const asked: Request[] = [];
  const about: Partial<Caller> = {
    client: openingOf(capabilities).client,
    event: (event) => {
      made.events.push(event);
      const message = event.message?.message;
      if (!message || !('method' in message) || !('id' in message)) return;
      asked.push(message);
      const said = answers[message.method];
      if (said) void link.respond({ jsonrpc: '2.0', id: message.id, ...said } as Response);
    },
  };
  const made = caller(about);
  return { ...made, asked };
}

function resultOf(reply: Reply): Members {
  if (reply.is !== 'answered' || !('result' in reply.response.message))
    throw new Error(JSON.stringify(reply));
  return reply.response.message.result;
}
const errorOf = (reply: Reply): unknown =>
  reply.is === 'answered' && 'error' in reply.response.message && reply.response.message.error;
const level = (to: string): Request => request('logging/setLevel', { level: to });
const form = (content: Members) => ({
  'elicitation/create': { result: { action: 'accept', content } },
});
const says = (text: string) => ({ content: [{ type: 'text', text }] });

test('a modern server is initialized: its session, pings and log levels are kept here', async () => {
  const link = await open();
  expect(link.server.result).toEqual({
    protocolVersion: '2025-06-18',
    capabilities: expect.objectContaining({ tools: { listChanged: true } }) as unknown,
    serverInfo: expect.objectContaining({ name: 'fixture' }) as unknown,
    instructions: 'A server to test with.',
  });
  expect(resultOf(await link.request(request('ping'), client(link)))).toEqual({});
  const logging = client(link);
  await link.request(callOf('test_tool_with_logging'), logging);
  expect(errorOf(await link.request(level('loud'), client(link)))).toMatchObject({ code: -32_602 });
  expect(resultOf(await link.request(level('debug'), client(link)))).toEqual({});
  await link.request(callOf('test_logging_tool'), logging);
  expect(logging.events.at(-1)?.message?.message).toMatchObject({
    method: 'notifications/message',
    params: { level: 'info' },
  });
  const list = resultOf(await link.request(request('tools/list'), client(link)));
  expect(Object.keys(list)).toEqual(['tools']);
  const result = resultOf(await link.request(callOf('test_simple_text'), client(link)));
  expect(result).toEqual(says('This is a simple text response for testing.'));
});

test('rounds become the server’s own requests, one after the other, several at once, and end with the answer', async () => {
  const link = await open();
  const model = {
    'sampling/createMessage': {
      result: { role: 'assistant', model: 'm', content: { type: 'text', text: 'Paris' } },
    },
  };
  const call = async (name: string, answers: Answers, args: Members = {}) => {
    const asking = client(link, answers);
    return { asking, result: resultOf(await link.request(callOf(name, args), asking)) };
  };
  const elicited = await call('test_elicitation', form({ response: 'yes' }), { message: 'Sure?' });
  expect(elicited.result).toEqual(says('User response: action=accept, content={"response":"yes"}'));
  expect(elicited.asking.asked).toMatchObject([
    { jsonrpc: '2.0', method: 'elicitation/create', params: { message: 'Sure?' } },
  ]);
  const sampled = await call('test_sampling', model, { prompt: 'Capital?' });
  expect(sampled.result).toEqual(says('LLM response: Paris'));
  const several = await call('test_input_required_result_multiple_inputs', {
    ...form({ name: 'Ada' }),
    ...model,
    'roots/list': { result: { roots: [{ uri: 'file:///a' }] } },
  });
  expect(several.result).toEqual(says('Paris Ada, 1 root(s)'));
  const ids = several.asking.asked.map(({ id }) => id);
  expect(new Set(ids).size).toBe(3);
  const twice = await call(
    'test_input_required_result_multi_round',
    form({ name: 'Ada', color: 'blue' }),
  );
  expect(twice.result).toEqual(says('Ada likes blue'));
  const state = await call('test_input_required_result_request_state', form({ ok: true }));
  expect(state.result).toEqual(says('state-ok'));
});

test('a refused form counts as cancelled; what else a client refuses or cannot do fails the call, readably', async () => {
  const link = await open();
  const error = { error: { code: -1, message: 'no' } };
  const refusing = client(link, { 'elicitation/create': error, 'sampling/createMessage': error });
  const cancelled = callOf('test_elicitation', { message: 'Sure?' });
  expect(resultOf(await link.request(cancelled, refusing))).toEqual(
    says('User response: action=cancel, content={}'),
  );
  const sampling = callOf('test_sampling', { prompt: 'x' });
  expect(resultOf(await link.request(sampling, refusing))).toEqual({
    ...says('the client refused sampling/createMessage'),
    isError: true,
  });
  const poor = await open({});
  const result = resultOf(await poor.request(sampling, client(poor, {}, {})));
  expect(result).toMatchObject({ isError: true });
  const prompt = request('prompts/get', { name: 'test_input_required_result_prompt' });
  expect(errorOf(await poor.request(prompt, client(poor, {}, {})))).toMatchObject({
    code: -32_603,
  });
});

test('A11: an answer nobody asked for is nobody’s, and a client cannot write an envelope', async () => {
  const link = await open({});
  expect(await link.respond({ jsonrpc: '2.0', id: 'ask-1', result: {} })).toBe(false);
  const _meta = {
    'io.modelcontextprotocol/clientCapabilities': { sampling: {} },
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  };
  const params = {
    name: 'test_missing_capability',
    arguments: {},
    _meta,
    inputResponses: {
      word: { role: 'assistant', model: 'm', content: { type: 'text', text: 'x' } },
    },
  };
  const reply = await link.request(request('tools/call', params), client(link, {}, {}));
  expect(resultOf(reply)).toMatchObject({ isError: true });
});

test('the stream of the session tells of changes, and of resources while they are subscribed to', async () => {
  const link = await open();
  const listener = caller();
  const listening = link.listen(listener);
  const uri = 'test://watched-resource';
  const told = () => listener.events.map(({ message }) => message?.message);
  await vi.waitFor(() => {
    fixture.notify.toolsChanged();
    expect(told()).toContainEqual({
      jsonrpc: '2.0',
      method: 'notifications/tools/list_changed',
    });
  });
  const updated = { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } };
  expect(resultOf(await link.request(request('resources/subscribe', { uri }), caller()))).toEqual(
    {},
  );
  await vi.waitFor(() => {
    fixture.notify.resourceUpdated(uri);
    fixture.notify.resourceUpdated('test://static-text');
    expect(told()).toContainEqual(updated);
  });
  expect(JSON.stringify(told())).not.toContain('static-text');
  listener.abort();
  expect(await listening).toBe('ended');
});

test('progress, an unknown resource, methods of the other protocol, a caller that goes away', async () => {
  const link = await open();
  const watching = client(link);
  const _meta = { progressToken: 'mine' };
  await link.request(
    request('tools/call', { name: 'test_tool_with_progress', arguments: {}, _meta }),
    watching,
  );
  expect(watching.events.map(({ message }) => message?.message)).toMatchObject(
    [0, 50, 100].map((progress) => ({ params: { progressToken: 'mine', progress } })),
  );
  const unknown = request('resources/read', { uri: 'test://nothing' });
  expect(errorOf(await link.request(unknown, client(link)))).toMatchObject({ code: -32_002 });
  for (const method of ['server/discover', 'subscriptions/listen'])
    expect(errorOf(await link.request(request(method), client(link)))).toMatchObject({
      code: -32_601,
    });
  const gone = client(link);
  const going = link.request(callOf('test_elicitation', { message: 'Sure?' }), gone);
  await vi.waitFor(() => expect(gone.asked).toHaveLength(1));
  gone.abort();
  expect(await going).toMatchObject({ is: 'broken' });
});

test('a session is found by its ticket, on another replica too, until it is ended', async () => {
  const upstream = bridged();
  const opening = openingOf(CAN);
  const link = await upstream.open('legacy', opening);
  if ('unavailable' in link) throw new Error(link.unavailable);
  const again = await upstream.attach(link.ticket, opening);
  expect(resultOf((await again?.request(request('ping'), caller())) as Reply)).toEqual({});
  const elsewhere = await bridged().attach(link.ticket, opening);
  const listed = (await elsewhere?.request(request('tools/list'), caller())) as Reply;
  expect(resultOf(listed)).toHaveProperty('tools');
  await again?.close();
  expect(await upstream.attach(link.ticket, opening)).toBeUndefined();
  expect(await upstream.attach('bridge-x', opening)).toBeUndefined();
});
