// Through a whole gateway: asked and answered in Teams, by people whose own sign-in connected their account.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionStatus, ApprovalPage } from '@countersign/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCard, type Read } from '../../test/teams/read-card.ts';
import { startFakeTeams, type FakeTeams, type Message } from '../../test/teams/fake-teams.ts';
import { TENANT } from '../../test/teams/wire.ts';
import { guidOf } from './desk-house.ts';
import { held } from './gateway-fixture.ts';
import { openHouse, type House } from './sign-in-fixture.ts';

const CHANNEL = '19:data@thread.tacv2';
const NAMES = ['rita', 'una', 'stranger'] as const;

let house: House;
let fake: FakeTeams;
beforeAll(async () => {
  fake = await startFakeTeams(async ({ headers, body }) => {
    const response = await fetch(`${house.origin}/channels/teams/teams`, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body: new Uint8Array(body),
    });
    return { status: response.status, body: await response.text() };
  });
  fake.state.now = Date.now();
  for (const name of NAMES) fake.addPerson({ user: guidOf(name), name });
  fake.addConversation(CHANNEL, 'channel', NAMES.map(guidOf));
  const { appId, serviceUrl, tokenUrl, openIdMetadata } = fake.settings;
  house = await openHouse(
    () => undefined,
    (folder) => {
      writeFileSync(join(folder, 'bot.secret'), fake.settings.secret, { mode: 0o600 });
      writeFileSync(
        join(folder, 'policies', 'routing.yaml'),
        `routes:\n  - { id: data, groups: [data-owners], to: [{ channel: teams, place: '${CHANNEL}' }] }\n`,
      );
      return `channels:
  teams:
    - { id: teams, app_id: ${appId}, tenant: ${TENANT}, secret: 'file:bot.secret', provider: one, service_url: '${serviceUrl}', token_url: '${tokenUrl}', openid_metadata: '${openIdMetadata}' }
`;
    },
  );
  await connected('rita');
  await connected('una');
});
afterAll(async () => {
  await house.close();
  await fake.close();
});

/** Somebody signs in at the tenant: that says whose account in Teams it is. */
async function connected(name: string): Promise<void> {
  house.one.user = { sub: `u-${name}`, name, tid: TENANT, oid: guidOf(name), groups: ['Owners'] };
  const end = await house.browser().visit(`${house.origin}/auth/login/one?next=/healthz`);
  expect(end.status).toBe(200);
}

/** The message about a request, once it is there and `is` what it has to be. */
async function message(id: string | undefined, is: (read: Read) => boolean): Promise<Message> {
  for (;;) {
    const found = fake
      .messages(CHANNEL)
      .find(
        ({ card, replyTo }) => replyTo === undefined && JSON.stringify(card).includes(id ?? ''),
      );
    if (found && is(readCard(found.card))) return found;
    await new Promise((done) => setTimeout(done, 20));
  }
}

const asked = ({ text }: Read): boolean => text.startsWith('Decision needed');

async function asking(to: string): Promise<{ status: ActionStatus; message: Message }> {
  const { status } = await held(house.gateway, to);
  return { status, message: await message(status.approvalId, asked) };
}

const pageOf = async ({ approvalId }: ActionStatus): Promise<ApprovalPage> =>
  (await house.gateway.call<ApprovalPage>('rita', 'GET', `/v1/approvals/${approvalId}`)).body;

describe('a gateway with Teams', () => {
  test('asks in the channel, takes the yes, releases the agent, and shows the end of it', async () => {
    const { status, message: sent } = await asking('s3://teams-yes');
    const waiting = house.gateway.call<ActionStatus>(
      'etl',
      'GET',
      `/v1/actions/${status.id}?wait=30`,
    );
    const { answers, text } = await fake.look(guidOf('una'), CHANNEL, sent);
    expect(answers).toEqual(['approve', 'deny']);
    expect(text).toContain('"destination": "s3://teams-yes"');
    const pressed = await fake.press(guidOf('una'), CHANNEL, { verb: 'approve', message: sent });
    expect(pressed.card && readCard(pressed.card).answers).toEqual([]);
    expect((await waiting).body.state).toBe('approved');
    const final = await message(status.approvalId, (read) => read.text.startsWith('Approved'));
    expect([final.id, readCard(final.card).answers]).toEqual([sent.id, []]);
    expect(readCard(final.card).text).toMatch(/una/);
  });
  test('takes the no with its reason, from whoever may give it', async () => {
    const { status, message: sent } = await asking('s3://teams-no');
    await fake.press(guidOf('rita'), CHANNEL, {
      verb: 'deny',
      message: sent,
      inputs: { reason: 'not on a *Saturday*' },
    });
    expect((await pageOf(status)).status.state).toBe('denied');
    const final = await message(status.approvalId, (read) => read.text.startsWith('Denied'));
    expect(readCard(final.card).text).toContain('“not on a *Saturday*”');
  });
  test('A12: takes nothing of strangers, whoever’s button they press', async () => {
    const { status, message: sent } = await asking('s3://teams-strangers');
    const card = await fake.shownTo(guidOf('una'), CHANNEL, sent);
    const pressed = await fake.press(guidOf('stranger'), CHANNEL, { verb: 'approve', card });
    expect(pressed.card && readCard(pressed.card).text).toContain(
      'Connect your Teams account first',
    );
    expect((await pageOf(status)).status.state).toBe('pending');
  });
  test('A13: takes each answer once, here and in the console', async () => {
    const { status, message: sent } = await asking('s3://two-teams');
    const card = await fake.shownTo(guidOf('una'), CHANNEL, sent);
    await fake.press(guidOf('una'), CHANNEL, { verb: 'approve', card });
    const again = await fake.press(guidOf('una'), CHANNEL, { verb: 'approve', card });
    expect(again.status).toBe(200);
    const page = await pageOf(status);
    expect(page.timeline.filter(({ type }) => type === 'approval.vote-cast')).toHaveLength(1);
  });
  test('a policy that wants more than a click gets none here', async () => {
    const { message: sent } = await asking('strong-teams');
    const { answers, links, text } = await fake.look(guidOf('una'), CHANNEL, sent);
    expect(answers).toEqual(['deny']);
    expect(text).toContain('Policy asks for more than a click in a chat.');
    expect(links.some((link) => link.startsWith(`${house.origin}/a/`))).toBe(true);
  });
  test('somebody taken out the moment before the click decides nothing', async () => {
    const { status, message: sent } = await asking('s3://teams-gone');
    const card = await fake.shownTo(guidOf('rita'), CHANNEL, sent);
    const out = await house.gateway.call('ada', 'POST', '/v1/people/rita/deactivate', {
      reason: 'left',
    });
    expect(out.status).toBeLessThan(300);
    const pressed = await fake.press(guidOf('rita'), CHANNEL, { verb: 'approve', card });
    expect(pressed.card && readCard(pressed.card).answers).toEqual([]);
    const { body } = await house.gateway.call<ApprovalPage>(
      'ann',
      'GET',
      `/v1/approvals/${status.approvalId}`,
    );
    expect(body.status.state).toBe('pending');
  });
  test('Teams had nothing to refuse', () => {
    expect(fake.refusals).toEqual([]);
  });
});
