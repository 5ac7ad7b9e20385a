import { expect, test, vi } from 'vitest';
import type { Link } from '../src/link.ts';
import { createStdioUpstream, type StdioSettings } from '../src/upstream/stdio.ts';
import { callOf, caller, OPENING, opened, programOf, request } from './support.ts';

const upstreamOf = (file: string, args: string[] = [], more: Partial<StdioSettings> = {}) =>
  createStdioUpstream({ name: file, program: programOf(file, ...args), ...more });
const textOf = async (link: Link, name: string, id = 1): Promise<unknown> => {
  const reply = await link.request(callOf(name, { text: 'hi' }, id), caller());
  if (reply.is !== 'answered' || !('result' in reply.response.message)) return reply;
  expect(reply.response.message.id).toBe(id);
  return (reply.response.message.result as { content: { text: string }[] }).content[0]?.text;
};

test('a real legacy program: a child per session, ids and progress tokens given back', async () => {
  const said: string[] = [];
  const upstream = upstreamOf('legacy-stdio.ts', [], { say: (_, text) => said.push(text) });
  expect(upstream.state()).toEqual({
    name: 'legacy-stdio.ts',
    kind: 'stdio',
    is: 'unused',
    restarts: 0,
  });
  const [one, two] = await Promise.all([opened(upstream), opened(upstream)]);
  await one.notify({ jsonrpc: '2.0', method: 'notifications/initialized' });
  expect(one.server).toMatchObject({ serverInfo: { name: 'legacy' }, instructions: 'be kind' });
  expect(one.ticket).not.toBe(two.ticket);
  const by = caller();
  const params = { name: 'count', arguments: { to: 3 }, _meta: { progressToken: 'mine' } };
  const replies = await Promise.all([
    one.request(request('tools/call', params, 'a'), by),
    one.request(callOf('echo', { text: 'x' }, 'b'), caller()),
    one.request(callOf('echo', { text: 'y' }, 'b'), caller()), // the gate's own calls may share an id
    two.request(callOf('echo', { text: 'z' }, 'a'), caller()),
  ]);
  expect(replies.map((reply) => reply.is === 'answered' && reply.response.message)).toMatchObject([
    { id: 'a', result: { content: [{ text: '3' }] } },
    { id: 'b', result: { content: [{ text: 'x' }] } },
    { id: 'b', result: { content: [{ text: 'y' }] } },
    { id: 'a', result: { content: [{ text: 'z' }] } },
  ]);
  expect(by.events.map(({ message }) => message?.message)).toMatchObject(
    [1, 2, 3].map((progress) => ({ params: { progressToken: 'mine', progress } })),
  );
  expect(await upstream.attach(one.ticket, OPENING)).toBe(one);
  expect(await upstream.attach(one.ticket, { ...OPENING, agent: 'agt_other' })).toBeUndefined();
  await one.close();
  expect(await upstream.attach(one.ticket, OPENING)).toBeUndefined();
  expect(await one.request(request('ping'), caller())).toMatchObject({
    is: 'unsent',
    isGone: true,
  });
  expect(await one.listen(caller())).toBe('gone');
  expect(await textOf(two, 'echo')).toBe('hi');
  expect(said).toEqual(['legacy server is up', 'legacy server is up']);
  expect(upstream.state()).toMatchObject({ is: 'up', restarts: 0 });
});

test('a real modern program: one child per agent, shared by its clients', async () => {
  const upstream = upstreamOf('modern-stdio.ts', ['serve']);
  const [one, two] = await Promise.all([opened(upstream, 'modern'), opened(upstream, 'modern')]);
  expect(one).toMatchObject({ era: 'modern', server: { protocolVersion: '2026-07-28' } });
  expect(await Promise.all([textOf(one, 'echo'), textOf(two, 'echo')])).toEqual(['hi', 'hi']);
  const by = caller();
  const params = { name: 'count', arguments: { to: 1 }, _meta: { progressToken: 5 } };
  await two.request(request('tools/call', params, 1), by);
  expect(by.events).toMatchObject([{ message: { message: { params: { progressToken: 5 } } } }]);
  const listening = caller();
  const heard = one.request(
    request('subscriptions/listen', { notifications: { toolsListChanged: true } }, 'sub'),
    listening,
  );
  await vi.waitFor(() =>
    expect(listening.events[0]?.message?.message).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub' } },
    }),
  );
  listening.abort();
  expect((await heard).is).toBe('broken');
  // a legacy client gets a session of its own, from the same program
  expect((await opened(upstream, 'legacy')).era).toBe('legacy');
});

test('a program that knows nothing new is asked once, and a legacy client of a new one gets the new era', async () => {
  const said: string[] = [];
  const old = upstreamOf('evil-stdio.ts', [], { say: (_, text) => said.push(text) });
  expect((await opened(old, 'modern')).era).toBe('legacy');
  expect((await opened(old, 'modern')).era).toBe('legacy');
  expect(said).toEqual(['started', 'asked for server/discover', 'started', 'started']);
  expect((await opened(upstreamOf('modern-stdio.ts'), 'legacy')).era).toBe('modern');
});

test('what the server asks reaches the client, and the answer goes back once', async () => {
  const link = await opened(upstreamOf('evil-stdio.ts'));
  const by = caller();
  const call = link.request(callOf('ask'), by);
  await vi.waitFor(() => expect(by.events).toHaveLength(1));
  expect(by.events[0]?.message?.message).toMatchObject({ id: 'q', method: 'elicitation/create' });
  const answer = { jsonrpc: '2.0', id: 'q', result: { action: 'accept' } } as const;
  expect(await link.respond({ ...answer, id: 'other' })).toBe(false);
  expect(await link.respond(answer)).toBe(true);
  expect(await link.respond(answer)).toBe(false);
  by.abort();
  await call;
});
