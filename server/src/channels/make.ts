import type { Channel, ChannelTrouble, Clock, Conversation, Desk } from '@countersign/core';
import type { ChannelSettings } from '../config/channels.ts';
import { StartFailure } from '../start-failure.ts';

/** Channels with a way back, and those that only tell. */
export type Made = {
  readonly conversations: readonly Conversation[];
  readonly oneWay: readonly Channel[];
  readonly close: () => void;
};

type MakeParts = {
  readonly desk: Desk;
  readonly clock: Clock;
  /** Whether the gateway is for this machine only: then receivers on it may be told too. */
  readonly isHere: boolean;
  readonly addressOf: (person: string) => Promise<string | undefined>;
  /** What a channel says of itself. */
  readonly tellOf: (id: string) => ChannelTrouble;
};

/** Makes every channel that is configured. What a vendor's library weighs is only carried where that vendor is. */
export async function makeChannels(settings: ChannelSettings, parts: MakeParts): Promise<Made> {
  const { desk, clock, isHere, addressOf, tellOf } = parts;
  const mails = await oneKind(settings.email, async (list) => {
    const { createEmail, emailTrouble } = await import('@countersign/channel-email');
    return list.map(({ url, ...one }) => {
      const made = { ...one, url: url.reveal() };
      refuseBad('email', one.id, emailTrouble(made));
      return createEmail(made, { addressOf, tell: tellOf(one.id) });
    });
  });
  const webhooks = await oneKind(settings.webhooks, async (list) => {
    const { createWebhook, webhookTrouble } = await import('@countersign/channel-webhook');
    return list.map(({ secrets, ...one }) => {
      const revealed = secrets.map((secret) => secret.reveal());
      const made = { ...one, secrets: revealed, allowLoopback: isHere };
      refuseBad('webhooks', one.id, webhookTrouble(made));
      return createWebhook(made, { now: clock, tell: tellOf(one.id) });
    });
  });
  const pagers = await oneKind(settings.pagerduty, async (list) => {
    const { createPagerDuty } = await import('@countersign/channel-pagerduty');
    return list.map(({ routingKey, ...one }) =>
      createPagerDuty({ ...one, routingKey: routingKey.reveal() }, { tell: tellOf(one.id) }),
    );
  });
  return {
    conversations: [
      ...(await oneKind(settings.slack, (list) => slackOf(list, { desk, clock, tellOf }))),
      ...(await oneKind(settings.teams, (list) => teamsOf(list, { desk, clock, tellOf }))),
    ],
    oneWay: [...mails, ...webhooks, ...pagers],
    close: () => mails.forEach(({ close }) => close()),
  };
}

/** What only shows once a secret is read. The value is not repeated: it is the secret. */
function refuseBad(kind: string, id: string, trouble: string | undefined): void {
  if (trouble === undefined) return;
  throw new StartFailure('config-refused', `\`${trouble}\` of channel \`${id}\` is not in order`, {
    hint: `docs/guides/configuration.md says what \`channels.${kind}[].${trouble}\` must lead to`,
  });
}

const oneKind = async <T, C>(
  list: readonly T[],
  make: (list: readonly T[]) => Promise<readonly C[]>,
): Promise<readonly C[]> => (list.length === 0 ? [] : make(list));

type WayBack = Pick<MakeParts, 'desk' | 'clock' | 'tellOf'>;

async function slackOf(
  list: ChannelSettings['slack'],
  { desk, clock, tellOf }: WayBack,
): Promise<readonly Conversation[]> {
  const { createSlack } = await import('@countersign/channel-slack');
  return list.map(
    ({ id, transport, appId, team, api, perMinute, botToken, appToken, signingSecret }) =>
      createSlack(
        {
          id,
          transport,
          appId,
          team,
          api: `${api}/`,
          spacingMs: 60_000 / perMinute,
          botToken: botToken.reveal(),
          ...(appToken && { appToken: appToken.reveal() }),
          ...(signingSecret && { signingSecret: signingSecret.reveal() }),
        },
        { desk, clock, tell: tellOf(id) },
      ),
  );
}

async function teamsOf(
  list: ChannelSettings['teams'],
  { desk, clock, tellOf }: WayBack,
): Promise<readonly Conversation[]> {
  const { createTeams } = await import('@countersign/channel-teams');
  return list.map(({ id, appId, tenant, secret, serviceUrl, tokenUrl, openidMetadata }) =>
    createTeams(
      {
        id,
        appId,
        tenant,
        secret: secret.reveal(),
        serviceUrl,
        ...(tokenUrl !== undefined && { tokenUrl }),
        openIdMetadata: openidMetadata,
      },
      { desk, clock, tell: tellOf(id) },
    ),
  );
}
