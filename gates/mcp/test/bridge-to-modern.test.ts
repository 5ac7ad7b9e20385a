import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { type Fixture, startFixture } from '../../../test/mcp/fixture.ts';
import { withBridges } from '../src/bridge/bridges.ts';
import type { Caller, Link, Reply } from '../src/link.ts';
import type { Members, Request } from '../src/message.ts';
import { createHttpUpstream } from '../src/upstream/http.ts';
import { createStdioUpstream } from '../src/upstream/stdio.ts';
import { caller, programOf, request } from './support.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({ eras: ['legacy'] });
});
afterAll(() => fixture?.close());

const CAN = { elicitation: {}, sampling: {}, roots: {} };
const modern = (capabilities: Members = CAN, options: Partial<Caller> = {}) =>
  caller({ era: 'modern', client: { name: 'm', version: '1', capabilities }, ...options });

async function open(limits: Parameters<typeof withBridges>[1] = {}, capabilities = CAN) {
  const upstream = withBridges(createHttpUpstream({ name: 'old', url: fixture.url }), limits);
  onTestFinished(() => upstream.close());
  const link = await upstream.open('modern', {
    agent: 'agt_test',
    client: modern(capabilities).client,
  });
  if ('unavailable' in link) throw new Error(link.unavailable);
  return link;
}

const META = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
const call = (name: string, args: Members = {}, more: Members = {}, meta: Members = {}): Request =>
  request('tools/call', { name, arguments: args, ...more, _meta: { ...META, ...meta } });

function resultOf(reply: Reply): Members {
  if (reply.is !== 'answered') throw new Error(JSON.stringify(reply));
  const { message, text } = reply.response;
  expect(JSON.parse(text)).toEqual(message);
  if ('error' in message) throw new Error(JSON.stringify(message.error));
  return message.result;
}
function errorOf(reply: Reply): unknown {
  if (reply.is !== 'answered' || !('error' in reply.response.message))
    throw new Error(JSON.stringify(reply));
  return reply.response.message.error;
}

/** Asks until nothing more is asked. */
async function converse(link: Link, name: string, answers: readonly Members[], args: Members = {}) {
  let result = resultOf(await link.request(call(name, args), modern()));
  const asked: unknown[] = [];
  for (const answer of answers) {
    expect(result).toMatchObject({
      resultType: 'input_required',
      requestState: expect.any(String),
    });
    const requests = result['inputRequests'] as Members;
    asked.push(...Object.values(requests));
    const kinds = Object.entries(requests).map(([key, one]) => [
      key,
      answer[(one as { method: string }).method] ?? null,
    ]);
    const more = {
      requestState: result['requestState'] ?? null,
      inputResponses: Object.fromEntries(kinds),
    };
    result = resultOf(await link.request(call(name, args, more), modern()));
  }
  return { result, asked };
}

const says = (text: string) => ({
  resultType: 'complete',
  content: [{ type: 'text', text }],
});
const form = (content: Members) => ({ 'elicitation/create': { action: 'accept', content } });

test('a legacy server is discovered, and its lists and reads carry what modern ones do', async () => {
  const link = await open();
  const said = resultOf(await link.request(request('server/discover'), modern()));
  expect(said).toMatchObject({
    resultType: 'complete',
    supportedVersions: ['2026-07-28'],
    instructions: 'A server to test with.',
    capabilities: { tools: { listChanged: true } },
    _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'fixture' } },
  });
  const list = resultOf(await link.request(request('tools/list', { _meta: META }), modern()));
  expect(list).toMatchObject({ resultType: 'complete', ttlMs: 0, cacheScope: 'private' });
  expect((list['tools'] as unknown[]).length).toBeGreaterThan(20);
  const plain = resultOf(await link.request(call('test_simple_text'), modern()));
  expect(plain).toMatchObject(says('This is a simple text response for testing.'));
  expect(plain).not.toHaveProperty('ttlMs');
});

test('what the server asks becomes rounds: a form, the model, the roots, several at once, one after the other', async () => {
  const link = await open();
  const elicited = await converse(link, 'test_elicitation', [form({ response: 'yes' })], {
    message: 'Sure?',
  });
  expect(elicited.asked).toMatchObject([
    { method: 'elicitation/create', params: { message: 'Sure?' } },
  ]);
  expect(elicited.result).toMatchObject(
    says('User response: action=accept, content={"response":"yes"}'),
  );
  const model = {
    'sampling/createMessage': {
      role: 'assistant',
      model: 'm',
      content: { type: 'text', text: 'Paris' },
    },
  };
  const sampled = await converse(link, 'test_sampling', [model], { prompt: 'Capital?' });
  expect(sampled.result).toMatchObject(says('LLM response: Paris'));
  const all = {
    ...form({ name: 'Ada' }),
    ...model,
    'roots/list': { roots: [{ uri: 'file:///a' }] },
  };
  const several = await converse(link, 'test_input_required_result_multiple_inputs', [all]);
  expect(several.asked).toHaveLength(3);
  expect(several.asked).toContainEqual({ method: 'roots/list' });
  expect(several.result).toMatchObject(says('Paris Ada, 1 root(s)'));
  const twice = await converse(link, 'test_input_required_result_multi_round', [
    form({ name: 'Ada' }),
    form({ color: 'blue' }),
  ]);
  expect(twice.result).toMatchObject(says('Ada likes blue'));
});

test('what a client did not answer is asked again; a decline is an answer', async () => {
  const link = await open();
  const name = 'test_elicitation';
  const args = { message: 'Sure?' };
  const first = resultOf(await link.request(call(name, args), modern()));
  const requestState = first['requestState'] ?? null;
  const again = resultOf(
    await link.request(call(name, args, { requestState, inputResponses: { other: {} } }), modern()),
  );
  expect(again['inputRequests']).toEqual(first['inputRequests']);
  const [key = ''] = Object.keys(again['inputRequests'] as Members);
  const inputResponses = { [key]: { action: 'decline' } };
  const done = await link.request(call(name, args, { requestState, inputResponses }), modern());
  expect(resultOf(done)).toMatchObject(says('User response: action=decline, content={}'));
});

test('A11: a request state is refused from another agent, with other arguments, twice, and when made up', async () => {
  const link = await open();
  const args = { message: 'Sure?' };
  const first = resultOf(await link.request(call('test_elicitation', args), modern()));
  const [key = ''] = Object.keys(first['inputRequests'] as Members);
  const more = {
    requestState: first['requestState'] ?? null,
    inputResponses: { [key]: { action: 'accept', content: { response: 'x' } } },
  };
  const refused = { code: -32_602, data: { reason: 'invalid_request_state' } };
  const other = await link.request(
    call('test_elicitation', args, more),
    modern(CAN, { agent: 'agt_other' }),
  );
  expect(errorOf(other)).toMatchObject(refused);
  const changed = call('test_elicitation', { message: 'Really?' }, more);
  expect(errorOf(await link.request(changed, modern()))).toMatchObject(refused);
  const madeUp = call('test_elicitation', args, { ...more, requestState: 'x' });
  expect(errorOf(await link.request(madeUp, modern()))).toMatchObject(refused);
  expect(
    resultOf(await link.request(call('test_elicitation', args, more), modern())),
  ).toMatchObject({
    resultType: 'complete',
  });
  const twice = await link.request(call('test_elicitation', args, more), modern());
  expect(errorOf(twice)).toMatchObject(refused);
});

test('a server waits for a client’s answer only so long', async () => {
  const link = await open({ holdMs: 50 });
  const args = { message: 'Sure?' };
  const { requestState = null } = resultOf(
    await link.request(call('test_elicitation', args), modern()),
  );
  await new Promise((later) => setTimeout(later, 120));
  const late = await link.request(call('test_elicitation', args, { requestState }), modern());
  expect(errorOf(late)).toMatchObject({ code: -32_602 });
});

test('progress and logs reach who asked for them, with the token it sent; the others hear nothing', async () => {
  const link = await open();
  const [wants, not] = [modern(), modern()];
  const level = { 'io.modelcontextprotocol/logLevel': 'info' };
  const result = resultOf(
    await link.request(call('test_tool_with_progress', {}, {}, { progressToken: 'mine' }), wants),
  );
  expect(result).toMatchObject({ resultType: 'complete' });
  await Promise.all([
    link.request(call('test_tool_with_logging', {}, {}, level), wants),
    link.request(call('test_tool_with_logging'), not),
  ]);
  const told = wants.events.map(({ message }) => message?.message);
  expect(told.slice(0, 3)).toMatchObject(
    [0, 50, 100].map((progress) => ({ params: { progressToken: 'mine', progress } })),
  );
  expect(told.slice(3)).toHaveLength(3);
  expect(not.events).toEqual([]);
});

test('a stream that the server closes early is taken up again', async () => {
  const link = await open();
  const result = resultOf(await link.request(call('test_reconnection'), modern()));
  expect(result).toMatchObject(says('Whoever reads this came back.'));
});

test('changes reach the streams that asked for them, and no others', async () => {
  const link = await open();
  const listener = modern();
  const filter = {
    toolsListChanged: true,
    resourceSubscriptions: ['test://watched-resource'],
  };
  const listening = link.request(
    request('subscriptions/listen', { notifications: filter, _meta: META }, 'l-1'),
    listener,
  );
  const told = () => listener.events.map(({ message }) => message?.message);
  const _meta = { 'io.modelcontextprotocol/subscriptionId': 'l-1' };
  await vi.waitFor(() => {
    fixture.notify.promptsChanged();
    fixture.notify.toolsChanged();
    fixture.notify.resourceUpdated('test://watched-resource');
    fixture.notify.resourceUpdated('test://static-text');
    expect(told().length).toBeGreaterThan(2);
  });
  expect(told()[0]).toEqual({
    jsonrpc: '2.0',
    method: 'notifications/subscriptions/acknowledged',
    params: { notifications: filter, _meta },
  });
  const later = told().slice(1);
  expect(later).toContainEqual({
    jsonrpc: '2.0',
    method: 'notifications/tools/list_changed',
    params: { _meta },
  });
  expect(later).toContainEqual({
    jsonrpc: '2.0',
    method: 'notifications/resources/updated',
    params: { uri: 'test://watched-resource', _meta },
  });
  expect(JSON.stringify(later)).not.toMatch(/prompts|static-text/);
  listener.abort();
  expect(resultOf(await listening)).toEqual({ resultType: 'complete', _meta });
});

test('errors and methods of the other protocol are put into words of this one', async () => {
  const link = await open();
  const unknown = request('resources/read', { uri: 'test://nothing', _meta: META });
  expect(errorOf(await link.request(unknown, modern()))).toMatchObject({
    code: -32_602,
    data: { uri: 'test://nothing' },
  });
  for (const method of ['ping', 'initialize', 'logging/setLevel', 'resources/subscribe'])
    expect(errorOf(await link.request(request(method), modern()))).toMatchObject({ code: -32_601 });
});

test('a client that offers nothing is asked nothing', async () => {
  const link = await open({}, {} as typeof CAN);
  const result = resultOf(
    await link.request(call('test_elicitation', { message: 'Sure?' }), modern({})),
  );
  expect(result).toMatchObject({ isError: true, resultType: 'complete' });
});

test('a caller that goes away ends its request; a session that ended below is opened anew', async () => {
  const link = await open();
  const gone = modern();
  const going = link.request(call('test_tool_with_logging'), gone);
  gone.abort();
  expect(await going).toMatchObject({ is: 'broken' });
  await fixture.endSessions();
  expect(resultOf(await link.request(call('test_simple_text'), modern()))).toMatchObject({
    resultType: 'complete',
  });
});

test('a program says not which call it asks for: it is asked in one that may ask, whatever else is under way', async () => {
  const program = programOf('asking-stdio.ts');
  const upstream = withBridges(createStdioUpstream({ name: 'program', program }));
  onTestFinished(() => upstream.close());
  const link = await upstream.open('modern', { agent: 'agt_test', client: modern().client });
  if ('unavailable' in link) throw new Error(link.unavailable);
  const slow = modern();
  const working = link.request(
    call('test_tool_with_progress', {}, {}, { progressToken: 'p' }),
    slow,
  );
  await vi.waitFor(() => expect(slow.events.length).toBeGreaterThan(0));
  const args = { message: 'Sure?' };
  const asking = link.request(call('test_elicitation', args), modern());
  const listing = link.request(request('tools/list', { _meta: META }), modern());
  const first = resultOf(await asking);
  const [key = ''] = Object.keys(first['inputRequests'] as Members);
  const more = {
    requestState: first['requestState'] ?? null,
    inputResponses: { [key]: { action: 'accept', content: { response: 'x' } } },
  };
  expect(
    resultOf(await link.request(call('test_elicitation', args, more), modern())),
  ).toMatchObject(says('User response: action=accept, content={"response":"x"}'));
  expect(resultOf(await working)).toMatchObject({ resultType: 'complete' });
  expect(resultOf(await listing)).toMatchObject({ resultType: 'complete' });
  expect(slow.events).toHaveLength(3);
});
