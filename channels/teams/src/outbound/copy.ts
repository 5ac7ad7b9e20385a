import { serviceAt, type Bot } from '../settings.ts';

/** Where one message lies: all that is needed to change it. */
export type Copy = {
  readonly serviceUrl: string;
  readonly conversation: string;
  readonly activity: string;
  /** Whose own conversation it is. */
  readonly user?: string;
};

const MOST_CHARACTERS = 1_000;

/** Writes down where a message lies; undefined where that is too long to be true. */
export function writeCopy({ tenant }: Bot, copy: Copy): string | undefined {
  const { serviceUrl, conversation, activity, user } = copy;
  const text = JSON.stringify([
    tenant,
    serviceUrl,
    conversation,
    activity,
    ...(user ? [user] : []),
  ]);
  return text.length <= MOST_CHARACTERS ? text : undefined;
}

/** Reads it back, if it is one of this tenant and its connector still is one that may be spoken to. */
export function readCopy(bot: Bot, text: string): Copy | undefined {
  const parts = text.length <= MOST_CHARACTERS ? listOf(text) : [];
  const [tenant, serviceUrl, conversation, activity, user] = parts;
  if (tenant !== bot.tenant || !serviceUrl || !conversation || !activity) return undefined;
  if (!serviceAt(serviceUrl, bot)) return undefined;
  return { serviceUrl, conversation, activity, ...(user !== undefined && { user }) };
}

function listOf(text: string): readonly string[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((part) => typeof part === 'string') ? list : [];
  } catch {
    return [];
  }
}

/** A conversation of a team's channel has threads; a chat has none. */
const isChannel = (conversation: string): boolean => /@thread\.(?:tacv2|skype)$/.test(conversation);

/** Where what is said below a message goes. */
export const threadOf = ({ conversation, activity }: Copy): string =>
  isChannel(conversation) ? `${conversation};messageid=${activity}` : conversation;
