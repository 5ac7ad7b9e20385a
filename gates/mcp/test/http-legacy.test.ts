import { expect, test, vi } from 'vitest';
import { createHttpUpstream } from '../src/upstream/http.ts';
import { cancelled } from './servers/tools.ts';
import { callOf, caller, OPENING, opened, request, serveLegacySdk } from './support.ts';

test('a session of a real server: opened, asked, found again by its ticket, ended', async () => {
  const { url } = await serveLegacySdk();
  const upstream = createHttpUpstream({ name: 'real', url });
  expect(upstream.state()).toEqual({ name: 'real', kind: 'http', is: 'unused', restarts: 0 });
  const link = await opened(upstream);
  expect(link.server).toMatchObject({ serverInfo: { name: 'legacy' }, instructions: 'be kind' });
  await link.notify({ jsonrpc: '2.0', method: 'notifications/initialized' });
  const reply = await link.request(callOf('echo', { text: 'hi' }, 'a-1'), caller());
  expect(reply).toMatchObject({
    is: 'answered',
    response: { message: { id: 'a-1', result: { content: [{ type: 'text', text: 'hi' }] } } },
  });
  const again = createHttpUpstream({ name: 'replica', url });
  const found = await again.attach(link.ticket, OPENING);
  expect(await found?.request(request('tools/list'), caller())).toMatchObject({
    is: 'answered',
    response: { message: { result: { tools: [{ name: 'echo' }, {}, {}] } } },
  });
  // a link is made of its ticket alone: kept while it is used, and no other ticket leads to it
  expect(await again.attach(link.ticket, OPENING)).toBe(found);
  const other = await again.attach(link.ticket.replace(/^\["./, '["?'), OPENING);
  expect(await other?.request(request('ping'), caller())).toMatchObject({ isGone: true });
  await found?.close();
  expect(await again.attach(link.ticket, OPENING)).not.toBe(found);
  expect(await link.request(request('tools/list'), caller())).toEqual({
    is: 'unsent',
    why: 'the session is over',
    isGone: true,
  });
  expect(await link.listen(caller())).toBe('gone');
  expect(await again.attach('nonsense', OPENING)).toBeUndefined();
  await again.close();
});

test('progress comes before the answer, in order', async () => {
  const { url } = await serveLegacySdk();
  const link = await opened(createHttpUpstream({ name: 'real', url }));
  const by = caller();
  const params = { name: 'count', arguments: { to: 3 }, _meta: { progressToken: 'p' } };
  expect((await link.request(request('tools/call', params), by)).is).toBe('answered');
  const progress = by.events.map(({ message }) => message?.message);
  expect(progress).toMatchObject([1, 2, 3].map((one) => ({ params: { progress: one } })));
});

test('a caller that is gone cancels at the server; aborted before, nothing is sent', async () => {
  const seen: import('node:http').IncomingMessage[] = [];
  const { url } = await serveLegacySdk(seen);
  const link = await opened(createHttpUpstream({ name: 'real', url }));
  await link.notify({ jsonrpc: '2.0', method: 'notifications/initialized' });
  const by = caller();
  const count = seen.length;
  const reply = link.request(callOf('forever', {}, 'f-1'), by);
  await vi.waitFor(() => expect(seen.length).toBe(count + 1));
  by.abort();
  expect(await reply).toEqual({ is: 'broken', why: 'cancelled' });
  await vi.waitFor(() => expect(cancelled).toContain('f-1'));
  const sent = seen.length;
  expect(await link.request(callOf('forever'), by)).toEqual({ is: 'unsent', why: 'cancelled' });
  expect(seen.length).toBe(sent);
});
