import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SECRET, startReceiver, type Receiver } from '../../channels/webhook/test/receiver.ts';
import { countersign, countersignJson, type Ran } from './terminal.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let hook: Receiver;
beforeAll(async () => {
  const closed = await startReceiver();
  await closed.stop();
  [world, hook] = await Promise.all([openWorld(), startReceiver()]);
  await world.stop();
  writeFileSync(join(world.folder, 'hook.secret'), SECRET, { mode: 0o600 });
  const secrets = "secrets: ['file:hook.secret']";
  appendFileSync(
    join(world.folder, 'countersign.yaml'),
    `access: { administrators: [identity-admins] }
channels:
  webhooks:
    - { id: siem, url: '${hook.url}', ${secrets} }
    - { id: archive, url: '${closed.url}', ${secrets} }
`,
  );
  writeFileSync(
    join(world.folder, 'policies', 'routing.yaml'),
    'routes:\n  - { id: all, to: [{ channel: siem }, { channel: archive }] }\n',
  );
  await world.start();
});
afterAll(async () => {
  await world.remove();
  await hook.stop();
});

const here = () => ({ cwd: world.folder });
const run = (name: string, ...words: string[]): Promise<Ran> =>
  countersign(['channels', ...words, '--as', name], here());
const told = async (name: string, ...words: string[]) => {
  const { code, json } = await countersignJson(['channels', ...words, '--as', name], here());
  return { code, json };
};
const eventually = (is: () => Promise<unknown>, wanted: object): Promise<void> =>
  expect.poll(is, { timeout: 10_000, interval: 50 }).toMatchObject(wanted);

async function ask(destination: string): Promise<string> {
  const words = ['act', 'sql.export', 'Database::crm', '--no-wait', '--arg', 'table=customers'];
  const more = ['--arg', 'columns:=["id"]', '--arg', `destination=${destination}`];
  const { json } = await countersignJson([...words, ...more, '--as', 'bot'], here());
  return String(json['approvalId']);
}

test('nothing is lost: a channel that refuses has letters, one that is away is down, and they are tried again', async () => {
  hook.answerWith((response) => void response.writeHead(400).end());
  const asked = await Promise.all(['x/1', 'x/2', 'x/3'].map(ask));
  await eventually(() => told('dana', 'list'), {
    code: 0,
    json: {
      items: [
        { id: 'siem', state: 'up', dead: 3 },
        { id: 'archive', state: 'down', waiting: 3, dead: 0 },
      ],
    },
  });
  const { out } = await run('dana', 'list');
  expect(out).toMatch(/^CHANNEL +KIND +STATE +WAITING +OPEN +DEAD +BECAUSE\n/);
  expect(out).toMatch(/^archive +webhook +down since 20\S+Z +3 +\d +0 +the receiver could not be/m);

  expect(await run('ana', 'letters', 'archive')).toMatchObject({ out: 'no dead letters\n' });
  const letters = (await run('ana', 'letters', 'siem')).out;
  for (const id of asked) expect(letters).toMatch(new RegExp(`${id}.+the receiver answered 400`));

  hook.answerWith(undefined);
  expect(await told('ana', 'replay', 'siem')).toEqual({ code: 0, json: { replayed: 3, rest: 0 } });
  await expect.poll(() => hook.messages.length, { timeout: 10_000 }).toBe(3);
  expect(await run('ana', 'replay', 'siem')).toMatchObject({ code: 0, out: '0 tried again\n' });
});

test('a message that says nothing but that it works, and what became of it', async () => {
  expect(await run('ana', 'try', 'siem')).toMatchObject({ code: 0, out: 'the message is there\n' });
  expect(hook.messages.at(-1)?.payload.type).toBe('channel.tried');
  hook.answerWith((response) => void response.writeHead(410).end());
  expect(await told('ana', 'try', 'siem', '--place', 'x')).toEqual({
    code: 1,
    json: { did: 'gone', because: 'the receiver answered 410' },
  });
  expect(await run('ana', 'try', 'archive')).toMatchObject({
    code: 1,
    out: 'not now: the receiver could not be reached\n',
  });
});

test('only administrators, and only what there is', async () => {
  for (const verb of ['letters', 'replay', 'try'])
    // oxlint-disable-next-line no-await-in-loop -- one after the other is plain to read
    expect((await told('dana', verb, 'siem')).code).toBe(3);
  const { code, json } = await told('ana', 'letters', 'pager');
  expect([code, json['error']]).toMatchObject([2, { code: 'not-found' }]);
  expect((await run('ana', 'replay')).code).toBe(2);
  expect((await run('bot', 'list')).code).toBe(3);
});
