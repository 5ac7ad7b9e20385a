import type { Delivered } from '@countersign/core';

/** Everything but done: what a call came to. */
export type Trouble = Exclude<Delivered, { readonly did: 'done' }>;

/** The world did not get it: the next try is the first. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const GONE: Readonly<Record<string, string>> = {
  message_not_found: 'the message is not there any more',
  channel_not_found: 'there is no such channel, or the app is not in it',
  thread_not_found: 'the thread is not there any more',
  cant_update_message: 'the message is not one of this app',
  is_archived: 'the channel is archived',
};

/** Until somebody does something in Slack or in the configuration. */
const REFUSED: Readonly<Record<string, string>> = {
  invalid_blocks: 'Slack does not take the blocks of this card',
  invalid_blocks_format: 'Slack does not take the blocks of this card',
  msg_blocks_too_long: 'Slack finds this card too long',
  msg_too_long: 'Slack finds this card too long',
  not_in_channel: 'the app is not in the channel: invite it',
  restricted_action: 'the workspace does not let apps post there',
  invalid_auth: 'Slack does not take the bot token',
  not_authed: 'Slack does not take the bot token',
  token_revoked: 'the bot token was revoked',
  token_expired: 'the bot token has expired',
  account_inactive: 'the app was removed from the workspace',
  missing_scope: 'the app lacks a scope it needs: see its manifest',
  not_allowed_token_type: 'the token is not one of a bot',
  team_access_not_granted: 'the app is not installed in this workspace',
  cannot_dm_bot: 'a bot cannot be written to',
  user_not_found: 'Slack does not know this account',
  users_not_found: 'Slack does not know this account',
  user_disabled: 'the account is deactivated in Slack',
  user_not_in_channel: 'the account is not in this channel',
  expired_trigger_id: 'Slack gave too little time to open a dialogue',
  exchanged_trigger_id: 'the dialogue was opened already',
  invalid_trigger_id: 'Slack does not open a dialogue for this',
};

/** Theirs, and over soon. */
const AGAIN = new Set(['ratelimited', 'rate_limited', 'service_unavailable', 'team_added_to_org']);

/**
 * What an error of the vendor's library means for a delivery. Nothing of its text is kept: it may hold what was sent.
 */
export function troubleOf(error: unknown): Trouble {
  const { code, retryAfter, data, original } = read(error);
  if (code === 'slack_webapi_rate_limited_error')
    return { did: 'again', because: 'Slack takes no more for now', afterMs: seconds(retryAfter) };
  if (code === 'slack_webapi_platform_error') return answered(read(data).error);
  if (code === 'slack_webapi_request_error' && NEVER_SENT.has(causeOf(original)))
    return { did: 'again', because: 'Slack cannot be reached' };
  return { did: 'unsure', because: 'Slack did not answer as it should' };
}

function answered(word: unknown): Trouble {
  // not a word of theirs: a page of something in between, perhaps with what was sent in it
  if (typeof word !== 'string' || !/^[a-z0-9_]{1,60}$/.test(word))
    return { did: 'unsure', because: 'something that is not Slack answered' };
  const gone = GONE[word];
  if (gone !== undefined) return { did: 'gone', because: gone };
  const refused = REFUSED[word];
  if (refused !== undefined) return { did: 'refused', because: refused };
  if (AGAIN.has(word)) return { did: 'again', because: 'Slack takes no more for now' };
  if (word === 'internal_error' || word === 'fatal_error' || word === 'request_timeout')
    return { did: 'unsure', because: 'Slack had an error of its own' };
  return { did: 'refused', because: `Slack refuses it: ${word}` };
}

type Loose = Readonly<
  Partial<Record<'code' | 'retryAfter' | 'data' | 'original' | 'error', unknown>>
>;

const read = (value: unknown): Loose => (typeof value === 'object' && value !== null ? value : {});

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = read(cause).code;
  return typeof code === 'string' ? code : '';
}

const seconds = (value: unknown): number =>
  typeof value === 'number' && value > 0 ? Math.min(value, 3_600) * 1_000 : 1_000;
