import type { Card, Channel, Delivered, Desk, Rendered, Shown } from '@countersign/core';
import type { AdaptiveCard } from '../cards/elements.ts';
import { noticeCard, ownCard, postedCard } from '../cards/views.ts';
import type { Bot } from '../settings.ts';
import { deliveredBy, type Connector } from './connector.ts';
import { readCopy, threadOf, writeCopy, type Copy } from './copy.ts';
import { createPlaces } from './places.ts';
import type { Roster } from './roster.ts';
import type { Seen } from './seen.ts';

/** Below the vendor's limit for one bot in one conversation (7 in a second), whatever else goes on. */
const TOGETHER = 4;

type Parts = {
  readonly desk: Pick<Desk, 'accountOf' | 'whois' | 'mayAnswer'>;
  readonly connector: Connector;
  readonly roster: Roster;
  readonly seen: Seen;
};

/** Teams as a place where people are asked. It has no `find`: the vendor tells a bot nothing of what was posted. */
export function createChannel(bot: Bot, { desk, connector, roster, seen }: Parts): Channel {
  const placeOf = createPlaces(bot, { desk, connector });

  async function view(
    card: Card,
    at: { readonly serviceUrl: string; readonly conversation: string; readonly user?: string },
  ): Promise<Rendered<AdaptiveCard>> {
    const made = await viewOf(card, at);
    seen.add(card, made.shown);
    return made;
  }

  async function viewOf(
    card: Card,
    at: Parameters<typeof view>[1],
  ): Promise<Rendered<AdaptiveCard>> {
    const { approvalId } = card.view;
    if (!card.isOpen) return postedCard(card, undefined);
    if (at.user === undefined) return postedCard(card, await roster.asked(at, approvalId));
    // a conversation with one person: what lies there is what they may do
    const person = await desk.whois({ kind: 'teams', tenant: bot.tenant, user: at.user });
    const mayAnswer = person !== undefined && (await desk.mayAnswer(person, approvalId));
    return ownCard(card, { mayAnswer });
  }

  const sent = (
    at: Omit<Copy, 'activity'>,
    activity: unknown,
    shown: Shown | undefined,
  ): Delivered => {
    const copy =
      typeof activity === 'string' && activity !== ''
        ? writeCopy(bot, { ...at, activity })
        : undefined;
    if (copy === undefined) return { did: 'unsure', because: 'Teams did not say where it lies' };
    return { did: 'done', copy, ...(shown && { shown }) };
  };

  async function post(
    place: string,
    make: (at: Omit<Copy, 'activity'>) => Promise<Message>,
  ): Promise<Delivered> {
    const found = await placeOf(place);
    if ('did' in found) return found;
    const at = { ...found, serviceUrl: bot.serviceUrl };
    const { payload, shown } = await make(at);
    const answer = await connector.ask({
      method: 'POST',
      serviceUrl: at.serviceUrl,
      path: [at.conversation, 'activities'],
      body: messageOf(payload),
    });
    return deliveredBy(answer, ({ id }) => sent(at, id, shown));
  }

  return {
    id: bot.id,
    kind: 'teams',
    together: TOGETHER,
    post: (place, card) => guarded(() => post(place, (at) => view(card, at))),
    alert: (place, notice) =>
      guarded(() => post(place, () => Promise.resolve({ payload: noticeCard(notice) }))),
    update: (copy, card) =>
      guarded(async () => {
        const at = readCopy(bot, copy);
        if (!at) return UNREADABLE;
        const { payload, shown } = await view(card, at);
        const answer = await connector.ask({
          method: 'PUT',
          serviceUrl: at.serviceUrl,
          path: [at.conversation, 'activities', at.activity],
          body: { id: at.activity, ...messageOf(payload) },
        });
        return deliveredBy(answer, () => ({ did: 'done', copy, shown }));
      }),
    tell: (copy, _card, notice) =>
      guarded(async () => {
        const at = readCopy(bot, copy);
        if (!at) return UNREADABLE;
        const answer = await connector.ask({
          method: 'POST',
          serviceUrl: at.serviceUrl,
          path: [threadOf(at), 'activities'],
          body: { ...messageOf(noticeCard(notice)), replyToId: at.activity },
        });
        return deliveredBy(answer, ({ id }) =>
          sent({ ...at, conversation: threadOf(at) }, id, undefined),
        );
      }),
  };
}

type Message = { readonly payload: AdaptiveCard; readonly shown?: Shown };

const UNREADABLE: Delivered = { did: 'refused', because: 'that is no message of this bot' };

/** A message with a card. What a notification shows of it is ours alone: no word of an agent is outside of a card. */
export const messageOf = (card: AdaptiveCard): object => ({
  type: 'message',
  summary: 'Countersign',
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: card }],
});

/** Nothing here throws: what the house could not say now can be said later. */
async function guarded(deliver: () => Promise<Delivered>): Promise<Delivered> {
  try {
    return await deliver();
  } catch {
    return { did: 'again', because: 'the card could not be made now' };
  }
}
