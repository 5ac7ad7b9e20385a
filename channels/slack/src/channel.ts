import type { Card, Channel, Delivered, Desk, Notice, Shown } from '@countersign/core';
import type { Block } from './blocks.ts';
import { readCopy, writeCopy } from './copy.ts';
import { createFind } from './find.ts';
import type { InTurn } from './in-turn.ts';
import type { Installed } from './installation.ts';
import { lintBlocks } from './lint.ts';
import { renderNotice } from './notice.ts';
import { createPace } from './pace.ts';
import { createPlaces } from './places.ts';
import { text } from './read.ts';
import { escaped, fallbackOf, renderCard } from './render.ts';
import { SPACING_MS, TIMEOUT_MS, type SlackSettings } from './settings.ts';
import type { Call } from './web.ts';

/** What nothing is made of, whatever it says: no preview, no mention, no markup. */
const INERT = {
  unfurl_links: false,
  unfurl_media: false,
  parse: 'none',
  link_names: false,
  mrkdwn: false,
} as const;
const EVENT = 'countersign_card';

export type ChannelParts = {
  readonly settings: SlackSettings;
  readonly call: Call;
  readonly installed: () => Promise<Installed>;
  readonly desk: Pick<Desk, 'accountOf'>;
  readonly inTurn: InTurn;
};

/** Slack as the deliverer works it. */
export function createChannel({ settings, call, installed, desk, inTurn }: ChannelParts): Channel {
  const locate = createPlaces(call, installed, desk);
  const longest = settings.timeoutMs ?? TIMEOUT_MS;
  const pace = createPace(settings.spacingMs ?? SPACING_MS, longest / 2);

  const put = async (channel: string, message: Message, key: string): Promise<Delivered> => {
    const problem = lintBlocks(message.blocks, 'message');
    if (problem !== undefined) return wrong(problem);
    const { waitMs } = await pace(channel);
    if (waitMs !== undefined)
      return { did: 'again', because: 'others are before it in this channel', afterMs: waitMs };
    const metadata = { event_type: EVENT, event_payload: { key } };
    const { shown, ...rest } = message;
    const posted = await call('chat.postMessage', { channel, metadata, ...INERT, ...rest });
    return posted.ok ? done(posted.value, shown) : posted.trouble;
  };

  return {
    id: settings.id,
    kind: 'slack',
    together: 8,
    post: async (place, card, key) => {
      const message = rendered(card);
      if (typeof message === 'string') return wrong(message);
      const located = await locate(place);
      return located.ok ? put(located.channel, message, key) : located.trouble;
    },
    alert: async (place, notice, key) => {
      const located = await locate(place);
      return located.ok ? put(located.channel, noticeMessage(notice), key) : located.trouble;
    },
    tell: async (copy, _card, notice, key) => {
      const at = readCopy(copy);
      if (!at) return STRANGE;
      return put(at.channel, { ...noticeMessage(notice), thread_ts: at.ts }, key);
    },
    update: (copy, card) => inTurn(copy, async () => change(call, copy, card)),
    find: createFind(call, installed, locate, EVENT),
  };
}

type Message = {
  readonly blocks: readonly Block[];
  readonly text: string;
  readonly shown?: Shown;
  readonly thread_ts?: string;
};

const STRANGE: Delivered = { did: 'refused', because: 'this is no message of Slack' };

const wrong = (problem: string): Delivered => ({
  did: 'refused',
  because: `this card cannot be shown in Slack: ${problem}`,
});

/** A card as a message, or why it is none. */
function rendered(card: Card): (Message & { readonly shown: Shown }) | string {
  try {
    const { payload, shown } = renderCard(card);
    const problem = lintBlocks(payload, 'message');
    return problem ?? { blocks: payload, text: fallbackOf(card), shown };
  } catch {
    return 'it holds what is no text';
  }
}

const noticeMessage = (notice: Notice): Message => ({
  blocks: renderNotice(notice),
  text: escaped(notice.headline.slice(0, 200)),
});

function done(answer: Readonly<Record<string, unknown>>, shown: Shown | undefined): Delivered {
  const copy = writeCopy({ channel: text(answer, 'channel'), ts: text(answer, 'ts') });
  if (!readCopy(copy)) return { did: 'unsure', because: 'something that is not Slack answered' };
  return { did: 'done', copy, ...(shown ? { shown } : {}) };
}

/** Brings one message to what its card says. */
export async function change(call: Call, copy: string, card: Card): Promise<Delivered> {
  const at = readCopy(copy);
  if (!at) return STRANGE;
  const made = rendered(card);
  if (typeof made === 'string') return wrong(made);
  const { shown, ...message } = made;
  const { parse, link_names } = INERT;
  const changed = await call('chat.update', { ...at, parse, link_names, ...message });
  return changed.ok ? { did: 'done', copy, shown } : changed.trouble;
}
