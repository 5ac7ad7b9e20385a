// Another's idea of Slack: what our own fake takes for granted, this one may not.
import { sampleCard, settledCard } from '@countersign/core/testing';
import { createEmulator, type Emulator } from 'emulate';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSlack } from '../src/index.ts';
import { createCall, type Call } from '../src/web.ts';
import { items, text } from '../src/read.ts';
import { idleDesk } from './desk.ts';

let emulator: Emulator;
let call: Call;
let channel: string;
const token = 'xoxb-of-the-emulated-bot';
const settings = () => ({
  id: 'slack',
  transport: 'http' as const,
  appId: 'A000000001',
  team: 'T000000001',
  botToken: token,
  signingSecret: 's',
  api: `${emulator.url}/api/`,
  spacingMs: 0,
});
const open = () =>
  createSlack(settings(), { desk: idleDesk, clock: Date.now as never, tell: () => {} });

beforeAll(async () => {
  emulator = await createEmulator({
    service: 'slack',
    port: await freePort(),
    seed: {
      slack: {
        users: [{ name: 'ana', real_name: 'Ana' }],
        channels: [{ name: 'asked' }],
        oauth_apps: [
          {
            client_id: '1.2',
            client_secret: 's',
            app_id: 'A000000001',
            name: 'Countersign',
            redirect_uris: [],
            scopes: ['chat:write', 'channels:history', 'users:read', 'im:write'],
            bot_id: 'B000000009',
            bot_user_id: 'U000000009',
          },
        ],
        tokens: [
          {
            token,
            type: 'bot',
            user_id: 'U000000009',
            app_id: 'A000000001',
            bot_id: 'B000000009',
            bot_user_id: 'U000000009',
          },
        ],
      },
    },
  });
  call = createCall(settings());
  const listed = await call('conversations.list', {});
  channel = listed.ok
    ? text(items(listed.value, 'channels').find((it) => it['name'] === 'asked') ?? {}, 'id')
    : '';
  await call('conversations.join', { channel });
});
afterAll(() => emulator.close());

test('posts, finds, changes, threads, and knows what is gone', async () => {
  const { channel: slack } = open();
  const posted = await slack.post(channel, sampleCard(), 'k-1');
  if (posted.did !== 'done') throw new Error(JSON.stringify(posted));
  expect(await slack.find?.(channel, 'k-1')).toMatchObject({ did: 'done', copy: posted.copy });
  expect((await slack.find?.(channel, 'k-2'))?.did).toBe('gone');
  expect(await slack.update?.(posted.copy, settledCard())).toMatchObject({ did: 'done' });
  const notice = { type: 'approval.reminded', headline: 'Still waiting', lines: ['8 minutes'] };
  expect((await slack.tell?.(posted.copy, sampleCard(), notice, 'k-3'))?.did).toBe('done');
  const answer = await call('conversations.history', { channel });
  expect(JSON.stringify(answer)).toContain('Approved; it has not run yet');
  expect((await slack.update?.(`${channel}/1.000001`, sampleCard()))?.did).toBe('gone');
  expect((await slack.post('C0NOWHERE', sampleCard(), 'k-4')).did).toBe('gone');
});

test('a dialogue opens by a trigger of its own, once', async () => {
  const view = { type: 'modal', title: { type: 'plain_text', text: 'Deny' }, blocks: [] };
  const forged = await call('views.open', { trigger_id: 'forged', view });
  expect(forged).toMatchObject({ ok: false, trouble: { did: 'refused' } });
});

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
