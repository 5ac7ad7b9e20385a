import { copyOf, type Copy } from './copy.ts';
import { inside, items, text, type Loose } from './read.ts';

/** Whoever did something, as Slack says; nothing is known of them yet. */
type Who = { readonly user: string; readonly team: string };

/** What people do in Slack that concerns us. */
export type Interaction = { readonly who: Who; readonly payload: Loose } & (
  | {
      readonly kind: 'press';
      readonly action: 'approve' | 'deny';
      readonly value: unknown;
      readonly at: Copy;
      readonly trigger: string;
    }
  | { readonly kind: 'reason'; readonly reason: string; readonly kept: string }
  | { readonly kind: 'command'; readonly words: string }
  | { readonly kind: 'home' }
);

/** Reads what came; undefined for what does not concern us, or has no shape we know. */
export function readInteraction(payload: Loose): Interaction | undefined {
  switch (text(payload, 'type')) {
    case 'block_actions':
      return readPress(payload);
    case 'view_submission':
      return readReason(payload);
    case 'event_callback':
      return readHome(payload);
    default:
      return readCommand(payload);
  }
}

const USER = /^[UW][A-Z0-9]{2,30}$/;

function readPress(payload: Loose): Interaction | undefined {
  const [first, ...more] = items(payload, 'actions');
  const action = first && text(first, 'action_id');
  const container = inside(payload, 'container');
  const at = copyOf(text(container, 'channel_id'), text(container, 'message_ts'));
  if ((action !== 'approve' && action !== 'deny') || more.length > 0 || !at) return undefined;
  const who = whoIn(payload);
  if (!who || text(container, 'type') !== 'message') return undefined;
  return {
    kind: 'press',
    who,
    payload,
    action,
    value: first?.['value'],
    at,
    trigger: text(payload, 'trigger_id'),
  };
}

function readReason(payload: Loose): Interaction | undefined {
  const view = inside(payload, 'view');
  const who = whoIn(payload);
  if (!who || text(view, 'callback_id') !== DENIAL) return undefined;
  const input = inside(inside(inside(inside(view, 'state'), 'values'), REASON), REASON);
  const reason = text(input, 'value').trim();
  return { kind: 'reason', who, payload, reason, kept: text(view, 'private_metadata') };
}

/** Ids of the dialogue that asks for a reason. */
export const DENIAL = 'countersign_deny';
export const REASON = 'reason';

function readHome(payload: Loose): Interaction | undefined {
  const event = inside(payload, 'event');
  const user = text(event, 'user');
  if (text(event, 'type') !== 'app_home_opened' || !USER.test(user)) return undefined;
  if (text(event, 'tab') !== 'home') return undefined;
  return { kind: 'home', who: { user, team: '' }, payload };
}

function readCommand(payload: Loose): Interaction | undefined {
  const [user, team] = [text(payload, 'user_id'), text(payload, 'team_id')];
  if (!text(payload, 'command').startsWith('/') || !USER.test(user)) return undefined;
  return { kind: 'command', who: { user, team }, payload, words: text(payload, 'text') };
}

function whoIn(payload: Loose): Who | undefined {
  const user = inside(payload, 'user');
  const [id, team] = [text(user, 'id'), text(user, 'team_id')];
  return USER.test(id) ? { user: id, team } : undefined;
}
