import { asList, asLoose, asText, type Loose } from './form.ts';
import { complaints, isTooLong, viewComplaints } from './limits.ts';
import { nextTs, type FakeMessage, type World } from './world.ts';

/** What a method answers. */
type Answer = Loose;
type Method = (world: World, args: Loose) => Answer;

const no = (error: string, more: Loose = {}): Answer => ({ ok: false, error, ...more });
const TRIGGER_MS = 3_000;

/** The Web API methods that the app may call. */
export const METHODS: Readonly<Record<string, Method>> = {
  'auth.test': ({ team, enterprise, botUser, botId }) => ({
    ok: true,
    team_id: team,
    user_id: botUser,
    bot_id: botId,
    ...(enterprise === undefined ? {} : { enterprise_id: enterprise }),
    is_enterprise_install: false,
  }),
  'chat.postMessage': postMessage,
  'chat.update': update,
  'chat.postEphemeral': (world, args) => {
    const user = asText(args['user']);
    const [channel, fault] = channelOf(world, args);
    if (fault) return no(fault);
    if (!world.channels.get(channel)?.has(user)) return no('user_not_in_channel');
    const wrong = contentFault(args);
    if (wrong) return wrong;
    const text = asText(args['text']);
    world.whispers.push({ channel, user, blocks: asList(args['blocks']), text });
    return { ok: true, message_ts: nextTs(world) };
  },
  'conversations.open': (world, args) => {
    const user = world.users.get(asText(args['users']));
    if (!user) return no('user_not_found');
    if (user.is_bot) return no('cannot_dm_bot');
    if (user.deleted) return no('user_disabled');
    const id = directOf(user.id);
    world.channels.set(id, new Set([user.id, world.botUser]));
    return { ok: true, channel: { id } };
  },
  'conversations.history': history,
  'users.info': (world, args) => {
    const user = world.users.get(asText(args['user']));
    return user ? { ok: true, user } : no('user_not_found');
  },
  'views.open': openView,
  'views.publish': (world, args) => {
    const user = asText(args['user_id']);
    const view = asLoose(args['view']);
    const messages = viewComplaints(view);
    if (messages.length > 0) return no('invalid_arguments', { response_metadata: { messages } });
    if (!world.users.has(user)) return no('user_not_found');
    world.homes.set(user, view);
    return { ok: true, view };
  },
};

/** The direct conversation of the app and somebody. */
export const directOf = (user: string): string => `D${user.slice(1)}`;

function channelOf(world: World, args: Loose): readonly [string, string?] {
  const channel = asText(args['channel']);
  const members = world.channels.get(channel);
  if (!members) return [channel, 'channel_not_found'];
  return members.has(world.botUser) ? [channel] : [channel, 'not_in_channel'];
}

function contentFault(args: Loose): Answer | undefined {
  const { blocks, text } = args;
  if (asText(text) === '') return no('no_text');
  if (asText(text).length > 40_000) return no('msg_too_long');
  const messages = blocks === undefined ? [] : complaints(blocks, 50);
  if (messages.length > 0)
    return no('invalid_blocks', { errors: messages, response_metadata: { messages } });
  return isTooLong(blocks) ? no('msg_blocks_too_long') : undefined;
}

const flagsOf = ({ unfurl_links, unfurl_media, parse, link_names, mrkdwn }: Loose): Loose => ({
  unfurl_links,
  unfurl_media,
  parse,
  link_names,
  mrkdwn,
});

function postMessage(world: World, args: Loose): Answer {
  const [channel, fault] = channelOf(world, args);
  const thread = asText(args['thread_ts']);
  const wrong = fault ? no(fault) : contentFault(args);
  if (wrong) return wrong;
  if (thread && !world.messages.some(({ ts }) => ts === thread)) return no('thread_not_found');
  const metadata = asLoose(args['metadata']);
  if (args['metadata'] !== undefined && asText(metadata['event_type']) === '')
    return no('invalid_metadata_format');
  const message: FakeMessage = {
    channel,
    ts: nextTs(world),
    bot_id: world.botId,
    blocks: asList(args['blocks']),
    text: asText(args['text']),
    metadata,
    ...(thread ? { thread_ts: thread } : {}),
    flags: flagsOf(args),
    edits: 0,
  };
  world.messages.push(message);
  return { ok: true, channel, ts: message.ts, message };
}

function update(world: World, args: Loose): Answer {
  const [channel, fault] = channelOf(world, args);
  if (fault) return no(fault);
  const message = world.messages.find((it) => it.channel === channel && it.ts === args['ts']);
  if (!message) return no('message_not_found');
  if (message.bot_id !== world.botId) return no('cant_update_message');
  const wrong = contentFault(args);
  if (wrong) return wrong;
  message.blocks = asList(args['blocks']);
  message.text = asText(args['text']);
  message.flags = { ...flagsOf(args), unfurl_links: false, unfurl_media: false, mrkdwn: false };
  message.edits += 1;
  return { ok: true, channel, ts: message.ts };
}

function history(world: World, args: Loose): Answer {
  const [channel, fault] = channelOf(world, args);
  if (fault) return no(fault);
  const limit = Number(args['limit'] ?? 100);
  const from = Number(asText(args['cursor']) || 0);
  const all = world.messages
    .filter((it) => it.channel === channel && it.thread_ts === undefined)
    .toReversed();
  const withMetadata = args['include_all_metadata'] === 'true';
  const messages = all.slice(from, from + limit).map(({ metadata, ...rest }) => ({
    type: 'message',
    ...rest,
    ...(withMetadata && { metadata }),
  }));
  const next = from + limit < all.length ? String(from + limit) : '';
  return { ok: true, messages, has_more: next !== '', response_metadata: { next_cursor: next } };
}

function openView(world: World, args: Loose): Answer {
  const trigger = world.triggers.get(asText(args['trigger_id']));
  if (!trigger) return no('invalid_trigger_id');
  if (Date.now() - trigger.at > TRIGGER_MS) return no('expired_trigger_id');
  if (trigger.used) return no('exchanged_trigger_id');
  const view = asLoose(args['view']);
  const messages = viewComplaints(view);
  if (messages.length > 0) return no('invalid_arguments', { response_metadata: { messages } });
  trigger.used = true;
  const id = `V${world.views.length}`;
  world.views.push({ id, user: trigger.user, view });
  return { ok: true, view: { id, ...view } };
}
