import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Problem } from '@countersign/api';
import type { Conversation, Incoming } from '@countersign/core';
import { channelMounts } from '../src/channels/mounts.ts';
import { createMounts } from '../src/http/mounts.ts';
import { send } from '../src/http/send.ts';

// A channel of the simplest kind: it answers with what it was handed.
const taken: Incoming[] = [];
const echo = (kind: 'slack' | 'teams', id: string, isOpen = true): Conversation => ({
  channel: {
    id,
    kind,
    together: 1,
    post: async () => ({ did: 'gone', because: 'nothing is posted here' }),
    alert: async () => ({ did: 'gone', because: 'nothing is posted here' }),
  },
  ...(isOpen && {
    receive: async (incoming: Incoming) => {
      taken.push(incoming);
      return { status: 200, type: 'application/json', body: JSON.stringify({ id }) };
    },
  }),
  start: async () => undefined,
  close: async () => undefined,
});

let server: Server;
let url: string;
beforeAll(async () => {
  const conversations = [
    echo('slack', 'one'),
    echo('slack', 'two'),
    echo('teams', 'one'),
    echo('teams', 'fetched', false),
  ];
  const find = createMounts(channelMounts(conversations), 'https://countersign.example.com');
  server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const mount = find(path);
    if (!mount) return void response.writeHead(404).end();
    const visit = { request, response, requestId: 'r', path };
    const answer = async (): Promise<void> => {
      const reply = await mount.handle(visit);
      if (reply !== 'taken') send(request, response, reply, { requestId: 'r', isLast: false });
    };
    void answer();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const post = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${url}${path}`, { method: 'POST', body: 'x', ...init });
const codeOf = async (response: Response): Promise<string> =>
  ((await response.json()) as Problem).code;

test('the very bytes reach the channel they were sent to, and its answer goes back', async () => {
  const body = Buffer.from([0, 255, 13, 10, 0xe2, 0x82]);
  const response = await post('/channels/slack/two', {
    body,
    headers: { 'x-slack-signature': 'v0=1' },
  });
  expect([response.status, await response.json()]).toEqual([200, { id: 'two' }]);
  const [incoming] = taken.splice(0);
  expect(Buffer.from(incoming?.body ?? [])).toEqual(body);
  expect(incoming?.headers['x-slack-signature']).toBe('v0=1');
  expect(await (await post('/channels/teams/one')).json()).toEqual({ id: 'one' });
});

test('what is no door of a channel is none', async () => {
  taken.length = 0;
  for (const path of [
    '/channels/slack/',
    '/channels/slack/three',
    '/channels/slack/one/',
    '/channels/slack/onex',
    '/channels/teams/two',
    '/channels/teams/fetched',
    '/channels/slack/%6fne',
  ])
    expect(await codeOf(await post(path))).toBe('no-such-route');
  expect((await post('/channels/email/one')).status).toBe(404);
  expect(taken).toEqual([]);
});

test('T17 A22 a GET reaches no channel, nor does what a page of another site makes a browser send', async () => {
  taken.length = 0;
  const got = await fetch(`${url}/channels/slack/one?approve=1`);
  expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  const headers = { origin: 'https://evil.example' };
  expect(await codeOf(await post('/channels/slack/one', { headers }))).toBe('foreign-origin');
  expect(taken).toEqual([]);
});

test('a body of more than a megabyte is not held', async () => {
  const most = await post('/channels/slack/one', { body: Buffer.alloc(1_048_576) });
  expect(most.status).toBe(200);
  expect(await codeOf(await post('/channels/slack/one', { body: Buffer.alloc(1_048_577) }))).toBe(
    'body-too-large',
  );
});
