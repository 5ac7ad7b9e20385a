import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Card, Conversation, Judgement } from '@countersign/core';
import { must, openOffice, review, type Office } from '../../../core/test/office.ts';
import { createFakeSlack, type FakeSlack } from '../../../test/slack/fake.ts';
import type { FakeMessage } from '../../../test/slack/world.ts';
import { createSlack, type SlackSettings } from '../src/index.ts';
import { cardOfStream, openDesk, type TestDesk } from './desk.ts';

export const CHANNEL = 'C0ASK';

/** Slack, a gateway's worth of rules, and people in both. */
export type House = {
  readonly fake: FakeSlack;
  readonly office: Office;
  readonly desk: TestDesk;
  readonly slack: Conversation;
  readonly settings: SlackSettings;
  readonly troubles: (string | undefined)[];
  /** Address of the door, HTTP only. */
  readonly url: string;
  /** Somebody is asked, in the channel. */
  readonly ask: () => Promise<{
    readonly card: Card;
    readonly message: FakeMessage;
    readonly copy: string;
  }>;
  readonly stateOf: (card: Card) => Promise<string | undefined>;
  readonly close: () => Promise<void>;
};

export async function openHouse(
  transport: 'socket' | 'http',
  more: { says?: Judgement; settings?: Partial<SlackSettings>; enterprise?: string } = {},
): Promise<House> {
  const fake = await createFakeSlack(more.enterprise);
  const office = openOffice(more.says ?? review());
  const desk = openDesk(office, more.enterprise ?? fake.world.team);
  for (const [user, person] of [
    ['U0DANA', 'dana'],
    ['U0BEN', 'ben'],
    ['U0MONA', 'mona'],
    ['U0GONE', 'gone'],
  ] as const) {
    fake.addUser(user);
    desk.links.set(user, person);
  }
  fake.addUser('U0NEW');
  fake.addChannel(CHANNEL, ...fake.world.users.keys());
  const { appId, team, botToken, appToken, signingSecret } = fake.world;
  const settings: SlackSettings = {
    id: 'slack',
    transport,
    appId,
    team,
    botToken,
    appToken,
    signingSecret,
    api: fake.api,
    timeoutMs: 2_000,
    spacingMs: 0,
    ...more.settings,
  };
  const troubles: (string | undefined)[] = [];
  const tell = (because: string | undefined): void => void troubles.push(because);
  const slack = createSlack(settings, { desk, clock: office.clock, tell });
  // requests are signed with the time of day, and the office has a time of its own
  office.clock.set(Date.now() as never);
  const waiting: string[] = [];
  const door = await openDoor(slack);
  if (transport === 'http') fake.requestUrl = door.url;
  await slack.start();
  return {
    fake,
    office,
    desk,
    slack,
    settings,
    troubles,
    url: door.url,
    ask: async () => {
      // the office takes no more than three at once of one agent
      const oldest = waiting.length > 2 ? waiting.shift() : undefined;
      if (oldest) await office.gatekeeper.cancel(oldest as never, 'data-bot');
      const { status } = must(await office.propose({ arguments: { table: `t${office.clock()}` } }));
      waiting.push(status.id);
      office.clock.advance(1);
      const card = await cardOfStream(office, status.id);
      if (!card) throw new Error('nobody was asked');
      const posted = await slack.channel.post(CHANNEL, card, card.view.approvalId);
      const message = fake.messages(CHANNEL).at(-1);
      if (posted.did !== 'done' || !message) throw new Error(JSON.stringify(posted));
      return { card, message, copy: posted.copy };
    },
    stateOf: async ({ view }) => (await desk.card(view.approvalId))?.state,
    close: async () => {
      await slack.close();
      await door.close();
      await fake.close();
    },
  };
}

/** The door over real HTTP, as the gateway mounts it. */
async function openDoor(slack: Conversation): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = '', headers } = request;
      const answer = await slack.receive?.({ method, headers, body: Buffer.concat(chunks) });
      response.writeHead(answer?.status ?? 404, { 'content-type': answer?.type ?? 'text/plain' });
      response.end(answer?.body ?? '');
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/channels/slack/slack`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
