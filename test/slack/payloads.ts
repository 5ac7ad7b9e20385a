import { createHmac, randomUUID } from 'node:crypto';
import { asText, type Loose } from './form.ts';
import { buttonsOf } from './look.ts';
import type { FakeMessage, OpenedView, World } from './world.ts';

/** What every interaction carries. */
const common = ({ team, enterprise, appId, users }: World, user: string): Loose => ({
  api_app_id: appId,
  team: { id: team, domain: 'counter' },
  enterprise: enterprise === undefined ? null : { id: enterprise },
  is_enterprise_install: false,
  user: { id: user, name: user.toLowerCase(), team_id: users.get(user)?.team_id ?? team },
});

/** A trigger that Slack has just given for somebody's click. */
function triggerOf(world: World, user: string): string {
  const id = `${world.count}.${randomUUID()}`;
  world.triggers.set(id, { user, at: Date.now(), used: false });
  return id;
}

/** A press on a button of a message, as Slack tells of it. Throws when there is no such button to press. */
export function pressOf(world: World, user: string, message: FakeMessage, action: string): Loose {
  const button = buttonsOf(message.blocks).find((it) => it['action_id'] === action);
  if (!button) throw new Error(`there is no button ${action}`);
  const { channel, ts, blocks, text } = message;
  return {
    type: 'block_actions',
    ...common(world, user),
    trigger_id: triggerOf(world, user),
    response_url: 'https://hooks.slack.com/actions/not-to-be-used',
    container: { type: 'message', message_ts: ts, channel_id: channel, is_ephemeral: false },
    channel: { id: channel, name: 'channel' },
    message: { type: 'message', ts, bot_id: message.bot_id, app_id: world.appId, blocks, text },
    state: { values: {} },
    actions: [
      {
        type: 'button',
        block_id: 'xyz',
        action_id: action,
        text: button['text'],
        value: asText(button['value']),
        action_ts: `${Date.now() / 1_000}`,
      },
    ],
  };
}

/** A dialogue that was sent, with what was written in its only field. */
export const submissionOf = (
  world: World,
  { id, user, view }: OpenedView,
  reason: string,
): Loose => ({
  type: 'view_submission',
  ...common(world, user),
  trigger_id: triggerOf(world, user),
  view: {
    id,
    ...view,
    app_id: world.appId,
    bot_id: world.botId,
    state: { values: { reason: { reason: { type: 'plain_text_input', value: reason || null } } } },
  },
  response_urls: [],
});

export const commandOf = (world: World, user: string, text: string): Loose => ({
  command: '/countersign',
  text,
  api_app_id: world.appId,
  team_id: world.team,
  team_domain: 'counter',
  ...(world.enterprise === undefined ? {} : { enterprise_id: world.enterprise }),
  channel_id: 'C0ELSEWHERE',
  channel_name: 'elsewhere',
  user_id: user,
  user_name: user.toLowerCase(),
  trigger_id: triggerOf(world, user),
  response_url: 'https://hooks.slack.com/commands/not-to-be-used',
});

export const homeOf = (world: World, user: string): Loose => ({
  type: 'event_callback',
  api_app_id: world.appId,
  team_id: world.team,
  ...(world.enterprise === undefined ? {} : { enterprise_id: world.enterprise }),
  event_id: `Ev${randomUUID()}`,
  event: { type: 'app_home_opened', user, channel: 'D0HOME', tab: 'home', event_ts: '1.1' },
});

/** A request over HTTP with Slack's signature; interactions are a form, events are JSON. */
export function signedRequest(
  world: World,
  payload: Loose,
  at: number = Math.floor(Date.now() / 1_000),
): { readonly headers: Record<string, string>; readonly body: string } {
  const type = asText(payload['type']);
  const isEvent = type === 'event_callback' || type === 'url_verification';
  const body = isEvent ? JSON.stringify(payload) : formOf(payload, type);
  const signature = createHmac('sha256', world.signingSecret)
    .update(`v0:${at}:${body}`)
    .digest('hex');
  return {
    body,
    headers: {
      'content-type': isEvent ? 'application/json' : 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(at),
      'x-slack-signature': `v0=${signature}`,
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    },
  };
}

const formOf = (payload: Loose, type: string): string =>
  type === ''
    ? new URLSearchParams(
        Object.entries(payload).map(([name, value]): [string, string] => [name, String(value)]),
      ).toString()
    : new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
