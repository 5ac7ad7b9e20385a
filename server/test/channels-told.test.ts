// From the ledger to mailboxes, receivers and incidents: a whole gateway with channels that only tell.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMailServer, type MailServer } from '../../channels/email/test/mail-server.ts';
import { KEY, startFake, type Fake } from '../../channels/pagerduty/test/fake.ts';
import { SECRET, startReceiver, type Receiver } from '../../channels/webhook/test/receiver.ts';
import { held, startGateway, vote, type Fixture } from './gateway-fixture.ts';

let mail: MailServer;
let hook: Receiver;
let pager: Fake;
let gateway: Fixture;
beforeAll(async () => {
  [mail, hook, pager] = await Promise.all([startMailServer(), startReceiver(), startFake()]);
  gateway = await startGateway((folder) => {
    const secrets = { 'mail.url': mail.url, 'hook.secret': SECRET, 'pager.key': KEY };
    for (const [name, text] of Object.entries(secrets))
      writeFileSync(join(folder, name), text, { mode: 0o600 });
    const path = join(folder, 'countersign.yaml');
    const people = readFileSync(path, 'utf8').replace(
      /id: (rita|ron), name: \w+/g,
      '$&, email: $1@corp.example',
    );
    writeFileSync(path, people);
    appendFileSync(path, channels());
    writeFileSync(join(folder, 'policies', 'routing.yaml'), ROUTING);
  });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([mail.stop(), hook.stop(), pager.stop()]);
});

const channels = (): string => `channels:
  email:
    - { id: mail, url: 'file:mail.url', from: 'Countersign <countersign@corp.example>' }
  webhooks:
    - { id: siem, url: '${hook.url}', secrets: ['file:hook.secret'] }
  pagerduty:
    - { id: oncall, routing_key: 'file:pager.key', url: '${pager.url}' }
`;
const ROUTING = `routes:
  - id: everything
    to:
      - { channel: mail, direct: asked }
      - { channel: siem }
      - { channel: oncall }
`;

const until = (is: () => boolean): Promise<void> => expect.poll(is, { timeout: 20_000 }).toBe(true);

test('R5 R9 A22: who may answer is written to, once at the beginning and once at the end; machines are told, nobody is asked there', async () => {
  const asked = await held(gateway, 's3://told\r\nBcc: x@evil.example', { claim: 'a good cause' });
  const { approvalId, id } = asked.status;
  await until(() => mail.received.length === 2 && hook.messages.length > 0 && pager.count() > 0);
  expect(mail.received.flatMap(({ to }) => to).toSorted()).toEqual([
    'rita@corp.example',
    'ron@corp.example',
  ]);
  for (const { mail: one, raw } of mail.received) {
    expect(one.text).toContain(`/a/${approvalId}\n`);
    expect(raw).not.toMatch(/good cause|^Bcc/im);
  }
  expect(hook.messages[0]?.payload).toMatchObject({
    type: 'approval.requested',
    data: { approvalId, actionId: id, state: 'pending', agent: 'etl', owner: 'olga' },
  });
  expect(pager.incidents().map(({ key, status }) => [key, status])).toEqual([
    [approvalId, 'triggered'],
  ]);

  await vote(gateway, 'rita', asked, 'deny');
  await until(() => mail.received.length === 4 && pager.incidents()[0]?.status === 'resolved');
  await until(() => hook.messages.at(-1)?.payload.type === 'approval.denied');
  const mails = mail.received.map(({ mail: one }) => one);
  expect(mails.slice(2).map(({ text }) => text?.split('\n')[0])).toEqual([
    expect.stringMatching(/^denied: Export/),
    expect.stringMatching(/^denied: Export/),
  ]);
  expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(4);
  expect(new Set(mails.map(({ references }) => references?.split(' ')[0])).size).toBe(1);
});

test('R1: what a server could not take is delivered once it can', async () => {
  mail.received.length = 0;
  const before = { mails: mail.connections(), hooks: hook.count() };
  mail.trouble({ at: 'data', code: 451 });
  hook.answerWith((response) => void response.writeHead(503).end());
  const { status } = await held(gateway, 's3://later');
  await until(() => mail.connections() > before.mails && hook.count() > before.hooks);
  mail.trouble(undefined);
  hook.answerWith(undefined);
  const isTold = ({ payload }: (typeof hook.messages)[number]): boolean =>
    (payload.data as { approvalId: string }).approvalId === status.approvalId;
  await until(() => mail.received.length === 2 && hook.messages.some(isTold));
});
