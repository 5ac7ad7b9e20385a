// What comes down besides answers to calls.
import { expect, onTestFinished, test } from 'vitest';
import type { Link, Message, Received, StreamEvent } from '@countersign/gate-mcp';
import { openMcpHouse, result, settle, text, type McpHouse } from './mcp-house.ts';

function house(): McpHouse {
  const opened = openMcpHouse();
  onTestFinished(() => opened.close());
  return opened;
}
const received = (message: Message): Received => ({ message, text: JSON.stringify(message) });
const say = (method: string, params: Record<string, never> | object, id?: number): Received =>
  received({ jsonrpc: '2.0', ...(id === undefined ? {} : { id }), method, params } as Message);
const PRIVATE = 'password=hunter2222';

test.each([
  [
    'sampling/createMessage',
    { messages: [{ role: 'user', content: { type: 'text', text: PRIVATE } }] },
  ],
  [
    'elicitation/create',
    {
      message: PRIVATE,
      requestedSchema: { type: 'object', properties: { password: { type: 'string' } } },
    },
  ],
  ['notifications/message', { level: 'info', data: { password: 'hunter2222', n: 1 } }],
  ['notifications/progress', { progressToken: 'token=abcdef1234', progress: 1, message: PRIVATE }],
])('R9: what a server sends before its answer is masked: %s', async (method, params) => {
  const it = house();
  it.now.serve = (request, caller) => {
    caller.event({ message: say(method, params, method.startsWith('not') ? undefined : 7) });
    caller.event({ message: say(method, { ...params, messages: [], message: 'fine', data: 1 }) });
    return result(request, text('done'));
  };
  const call = it.by('bot').call('read');
  await call.result;
  const [first, second] = call.events;
  expect(JSON.stringify(first)).not.toContain('hunter2222');
  expect(first?.message?.message).toMatchObject({
    method,
    params: 'requestedSchema' in params ? { requestedSchema: params.requestedSchema } : {},
  });
  if ('progressToken' in params)
    expect(first?.message?.message).toMatchObject({
      params: { progressToken: params.progressToken },
    });
  // byte for byte where there is nothing to mask
  expect(second?.message?.text).toBe(
    say(method, { ...params, messages: [], message: 'fine', data: 1 }).text,
  );
});

test.each([
  [
    'resources/read',
    {
      contents: [
        { uri: 'x://password=hunter2222', text: PRIVATE },
        { uri: 'y', blob: 'cGFzc3dvcmQ9aHVudGVyMjIyMg==' },
      ],
    },
  ],
  ['prompts/get', { messages: [{ role: 'user', content: { type: 'text', text: PRIVATE } }] }],
])('R9: so is the result of %s', async (method, body) => {
  const it = house();
  it.now.serve = (request) => result(request, body);
  const got = JSON.stringify(await it.by('bot').ask(method, {}).result);
  expect(got).toContain('password=‹secret.');
  if (method === 'resources/read') {
    expect(got).toContain('x://password=hunter2222');
    expect(got).toContain('cGFzc3dvcmQ9aHVudGVyMjIyMg==');
  }
});

test('a list that changed is looked at before anybody hears of it; a review is told as a change', async () => {
  const it = house();
  await it.by('bot').ask('tools/list').result;
  const events: StreamEvent[] = [];
  const about = it.by('bot').about(events);
  const order: string[] = [];
  const link: Link = {
    ...about.link,
    request: async (request, caller) => {
      order.push(request.method);
      return about.link.request(request, caller);
    },
    listen: async (caller) => {
      it.now.definitions = [{ ...it.now.definitions[0], description: 'something else' }];
      caller.event({ message: say('notifications/tools/list_changed', {}) });
      await settle();
      order.push('told', it.tools.find('mail', 'read')?.because ?? 'nothing');
      it.tools.changed();
      return 'ended';
    },
  };
  expect(await it.story.listen({ ...about, link })).toBe('ended');
  expect(order).toEqual(['tools/list', 'told', 'changed']);
  expect(events.map(({ message }) => message?.message)).toEqual([
    { jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: {} },
    { jsonrpc: '2.0', method: 'notifications/tools/list_changed' },
  ]);
  it.tools.changed();
  expect(events.length).toBe(2);
});

test('a subscription hears of a review only where it asked for the list of tools', async () => {
  const it = house();
  it.now.serve = async (request) => {
    it.tools.changed();
    return result(request, {});
  };
  const bot = it.by('bot', { era: 'modern' });
  const deaf = bot.ask('subscriptions/listen', { notifications: {} });
  await deaf.result;
  expect(deaf.events).toEqual([]);
  const heard = bot.ask('subscriptions/listen', { notifications: { toolsListChanged: true } });
  await heard.result;
  expect(heard.events[0]?.message?.message).toMatchObject({
    method: 'notifications/tools/list_changed',
    params: { _meta: { 'io.modelcontextprotocol/subscriptionId': 2 } },
  });
});

test('a list of the newer protocol leaves out tools with unlawful headers', async () => {
  const it = house();
  const [read, send] = it.now.definitions;
  const bad = { ...send, name: 'bad', inputSchema: { type: 'string', 'x-mcp-header': 'A' } };
  it.now.definitions = [read, bad].flatMap((one) => (one ? [one] : []));
  const got = await it.by('bot', { era: 'modern' }).ask('tools/list').result;
  expect((got['tools'] as { name: string }[]).map(({ name }) => name)).toEqual([
    'read',
    'countersign_wait',
  ]);
});
