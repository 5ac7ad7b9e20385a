// Channels end to end: a gateway as an operator runs it, strict vendors on the other side, people who connected their accounts.
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionStatus, ApprovalPage, ChannelList, DeadLetters } from '@countersign/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLIENT, startFakeProvider, type FakeProvider } from '../../identity/test/fake-provider.ts';
import { createFakeSlack, type FakeSlack } from '../../test/slack/fake.ts';
import type { FakeMessage } from '../../test/slack/world.ts';
import { signInAs } from './browser.ts';
import { openHouse, type House } from './sign-in-fixture.ts';
import { until } from './until.ts';

const TEAM = 'T0COUNTER';
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const WHO = { rita: 'URITA', ron: 'URON', ron2: 'URONTWO', olga: 'UOLGA', ann: 'UANN' } as const;

type Told = { readonly headers: IncomingHttpHeaders; readonly body: string };

/** Somebody who takes webhooks; down where nobody listens. */
async function openReceiver() {
  const told: Told[] = [];
  const state = { status: 204 };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      told.push({ headers: request.headers, body });
      response.writeHead(state.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { told, state, url: `http://127.0.0.1:${port}/hook`, close: () => server.close() };
}

const ROUTING = `
routes:
  - id: owners
    groups: [data-owners]
    to:
      - { channel: slack, place: C0OWNERS }
      - { channel: siem }
alerts:
  - { channel: slack, place: C0ALERTS }
`;

const textOf = (message: FakeMessage): string => JSON.stringify(message.blocks);

describe.each(['socket', 'http'] as const)('Slack by %s', (transport) => {
  let house: House;
  let slack: FakeSlack;
  let oidc: FakeProvider;
  let receiver: Awaited<ReturnType<typeof openReceiver>>;

  beforeAll(async () => {
    [slack, oidc, receiver] = [
      await createFakeSlack(),
      await startFakeProvider('slack'),
      await openReceiver(),
    ];
    slack.addChannel('C0OWNERS', ...Object.values(WHO), 'UNOBODY');
    slack.addChannel('C0ALERTS');
    for (const id of Object.values(WHO)) slack.addUser(id);
    slack.addUser('UNOBODY');
    house = await openHouse(
      () => undefined,
      (folder) => {
        writeFileSync(join(folder, 'policies', 'routing.yaml'), ROUTING);
        const secrets = {
          bot: slack.world.botToken,
          app: slack.world.appToken,
          sign: slack.world.signingSecret,
          hook: SECRET,
        };
        for (const [name, secret] of Object.entries(secrets))
          writeFileSync(join(folder, `slack.${name}`), secret, { mode: 0o600 });
        return `channels:
  slack:
    - id: slack
      transport: ${transport}
      app_id: ${slack.world.appId}
      team: ${TEAM}
      bot_token: 'file:slack.bot'
      app_token: 'file:slack.app'
      signing_secret: 'file:slack.sign'
      client_id: ${CLIENT}
      client_secret: 'file:client.secret'
      issuer: '${oidc.issuer}'
      per_minute: 60000
      api: '${slack.api.replace(/\/$/, '')}'
  webhooks: [{ id: siem, url: '${receiver.url}', secrets: ['file:slack.hook'] }]
`;
      },
    );
    if (transport === 'http') slack.requestUrl = `${house.origin}/channels/slack/slack`;
    else await until(() => slack.calls.includes('apps.connections.open'));
    for (const [person, user] of Object.entries(WHO)) await connect(person, user);
  });
  afterAll(async () => {
    await house.close();
    await Promise.all([slack.close(), oidc.close()]);
    receiver.close();
  });

  /** Signs in to the console and proves there that a Slack account is theirs. */
  async function connect(person: string, user: string): Promise<void> {
    oidc.user = {
      sub: user,
      'https://slack.com/user_id': user,
      'https://slack.com/team_id': TEAM,
    };
    const browser = house.browser();
    await signInAs(browser, house.origin, person);
    const headers = { accept: 'application/json', 'sec-fetch-site': 'same-origin' };
    const begun = await browser.request(`${house.origin}/auth/chat/slack`, { headers });
    const consent = await browser.request(begun.headers.get('location') ?? '');
    const done = await browser.request(consent.headers.get('location') ?? '');
    expect(done.headers.get('location')).toBe('/me');
  }

  let count = 0;
  const { call } = {
    call: (...args: Parameters<House['gateway']['call']>) => house.gateway.call(...args),
  };
  const ask = async (): Promise<ActionStatus> => {
    const body = {
      type: 'sql.export',
      resource: { type: 'Database', id: 'crm' },
      arguments: {
        table: 'customers',
        columns: ['id', 'name'],
        destination: `s3://a/${transport}-${count++}`,
      },
    };
    return (await call('etl', 'POST', '/v1/actions', body)).body as ActionStatus;
  };
  const statusOf = async (id: string): Promise<ActionStatus> =>
    (await call('etl', 'GET', `/v1/actions/${id}`)).body as ActionStatus;
  const pageOf = async (id: string | undefined): Promise<ApprovalPage> =>
    (await call('rita', 'GET', `/v1/approvals/${id}`)).body as ApprovalPage;
  const isIn = (place: string, { approvalId }: ActionStatus): boolean =>
    slack.messages(place).some((one) => textOf(one).includes(String(approvalId)));
  const cardOf = async ({ approvalId }: ActionStatus): Promise<FakeMessage> => {
    const found = () =>
      slack
        .messages('C0OWNERS')
        .find(({ blocks }) => JSON.stringify(blocks).includes(String(approvalId)));
    await until(() => found() !== undefined);
    return found() as FakeMessage;
  };

  test('asked in the channel, approved by a click, the agent is released, the card says so everywhere', async () => {
    const asked = await ask();
    const card = await cardOf(asked);
    const waiting = call('etl', 'GET', `/v1/actions/${asked.id}?wait=20`);
    await slack.press(WHO.rita, card, 'approve');
    expect(((await waiting).body as ActionStatus).state).toBe('approved');
    await until(() => !textOf(card).includes('"approve"'));
    const page = await pageOf(asked.approvalId);
    expect(page.status.votes).toEqual({ approve: 1 });
    expect(JSON.stringify(page.timeline)).toContain('slack, chat');
    const told = () => receiver.told.filter(({ body }) => body.includes(asked.approvalId ?? '?'));
    await until(() => told().length >= 2);
    for (const { headers, body } of told()) {
      const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': by } = headers;
      const mac = createHmac('sha256', Buffer.alloc(32, 7)).update([id, at, body].join('.'));
      expect(by).toBe(`v1,${mac.digest('base64')}`);
    }
    expect(told().map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual([
      'approval.requested',
      'approval.approved',
    ]);
  });

  test('denied with a reason, in a dialogue; the agent gets it as data', async () => {
    const asked = await ask();
    await slack.press(WHO.ron, await cardOf(asked), 'deny');
    await slack.submit(await slack.dialogue(WHO.ron), 'not to that <!channel> bucket');
    await until(async () => (await statusOf(asked.id)).state === 'denied');
    expect((await statusOf(asked.id)).reviewerNote).toBe('not to that <!channel> bucket');
    const card = await cardOf(asked);
    await until(() => textOf(card).includes('denied'));
  });

  test('R5: the owner of the agent is refused and told why, and the ledger tells of it', async () => {
    const asked = await ask();
    await slack.press(WHO.olga, await cardOf(asked), 'approve');
    await slack.until(() => slack.heard(WHO.olga).some((text) => text.includes('own this agent')));
    const page = await pageOf(asked.approvalId);
    expect(page.status.state).toBe('pending');
    expect(JSON.stringify(page.timeline)).toContain('was refused (excluded, slack)');
  });

  if (transport === 'http') return; // what follows is behind both doors alike

  test('whoever is not connected is shown where to connect, and decides nothing', async () => {
    const asked = await ask();
    await slack.press('UNOBODY', await cardOf(asked), 'approve');
    await slack.until(() => slack.heard('UNOBODY').length > 0);
    expect(slack.heard('UNOBODY').join('\n')).toContain('Connect your account');
    expect(JSON.stringify(slack.world.whispers)).toContain(`"${house.origin}/me"`);
    expect((await statusOf(asked.id)).state).toBe('pending');
  });

  test('deactivated one second before the click: refused, and told so', async () => {
    const asked = await ask();
    const card = await cardOf(asked);
    const admin = house.browser();
    await signInAs(admin, house.origin, 'ada');
    const out = await admin.call('POST', '/v1/people/ann/deactivate', { reason: 'left' });
    expect(out.status).toBe(200);
    await slack.press(WHO.ann, card, 'approve');
    await slack.until(() => slack.heard(WHO.ann).some((text) => text.includes('not active')));
    const page = await pageOf(asked.approvalId);
    expect(page.status.state).toBe('pending');
    expect(JSON.stringify(page.timeline)).toContain('was refused (inactive-person, slack)');
    await admin.call('POST', '/v1/people/ann/activate', { reason: 'back' });
  });

  test('the same vote from two channels, and by a linked account, is counted once', async () => {
    const asked = await ask();
    const card = await cardOf(asked);
    const page = await pageOf(asked.approvalId);
    const ballot = {
      choice: 'approve',
      version: page.view?.version,
      seenDigest: page.seenDigest,
    };
    const [first] = await Promise.all([
      call('ron', 'POST', `/v1/approvals/${asked.approvalId}/votes`, ballot),
      slack.press(WHO.ron, card, 'approve'),
      slack.press(WHO.ron2, card, 'approve'),
    ]);
    expect([200, 409]).toContain(first.status);
    await until(async () => (await statusOf(asked.id)).state === 'approved');
    expect((await statusOf(asked.id)).votes).toEqual({ approve: 1 });
  });

  test('another `routing.yaml` is taken up as it is written; one that is not in order is refused, and the old one stays', async () => {
    const file = join(house.gateway.folder, 'policies', 'routing.yaml');
    writeFileSync(file, ROUTING.replace('C0OWNERS', 'C0ALERTS'));
    await until(async () => {
      const asked = await ask();
      await new Promise((resolve) => {
        setTimeout(resolve, 200);
      });
      return isIn('C0ALERTS', asked);
    });
    writeFileSync(file, 'routes: [{ id: a, to: [{ channel: slak, place: C1 }] }]');
    await until(() => house.gateway.logs().includes('config-refused'));
    const asked = await ask();
    await until(() => isIn('C0ALERTS', asked));
    writeFileSync(file, ROUTING);
    await until(async () => {
      const next = await ask();
      await new Promise((resolve) => {
        setTimeout(resolve, 200);
      });
      return slack
        .messages('C0OWNERS')
        .some((one) => textOf(one).includes(String(next.approvalId)));
    });
  });

  test('a channel that is down: seen in the console, decisions go on, told once when it is back; dead letters are replayed', async () => {
    await slack.fail('down');
    const asked = [await ask(), await ask(), await ask(), await ask()];
    const admin = house.browser();
    await signInAs(admin, house.origin, 'ada');
    const stateOf = async (id: string) =>
      (await admin.call<ChannelList>('GET', '/v1/channels')).body.items.find(
        (one) => one.id === id,
      );
    await until(async () => (await stateOf('slack'))?.state === 'down', 15_000);
    expect(await stateOf('slack')).toMatchObject({ because: expect.any(String), dead: 0 });
    const ready = await call(undefined, 'GET', '/readyz');
    expect(ready).toMatchObject({ status: 200, body: { status: 'degraded' } });
    expect(JSON.stringify(ready.body)).toContain('channel-down');
    const [first] = asked;
    const page = await pageOf(first?.approvalId);
    const ballot = {
      choice: 'approve',
      version: page.view?.version,
      seenDigest: page.seenDigest,
    };
    const voted = await call('rita', 'POST', `/v1/approvals/${first?.approvalId}/votes`, ballot);
    expect(voted.status).toBe(200);
    await slack.fail(undefined);
    for (const one of asked.slice(1)) await cardOf(one);
    const told = slack.messages('C0OWNERS').map((message) => JSON.stringify(message.metadata));
    expect(new Set(told).size).toBe(told.length);
    await until(async () => (await stateOf('slack'))?.state === 'up', 5_000);

    receiver.state.status = 400;
    const refused = await ask();
    await until(async () => ((await stateOf('siem'))?.dead ?? 0) > 0);
    const letters = await admin.call<DeadLetters>('GET', '/v1/channels/siem/letters');
    expect(letters.body.items).toMatchObject([
      { subject: refused.approvalId, because: 'the receiver answered 400' },
    ]);
    receiver.state.status = 204;
    const replayed = await admin.call('POST', '/v1/channels/siem/replay', {});
    expect(replayed.body).toEqual({ replayed: 1, rest: 0 });
    await until(async () => (await stateOf('siem'))?.dead === 0);
    const tried = await admin.call('POST', '/v1/channels/slack/try', { place: 'C0NOWHERE' });
    expect(tried.body).toMatchObject({ did: expect.stringMatching(/refused|gone/) });
  }, 60_000);
});
