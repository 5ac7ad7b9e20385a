import type { ChatAccount, Desk } from '@countersign/core';
import type { AdaptiveCard } from '../cards/elements.ts';
import { answerCard, inboxCard } from '../cards/views.ts';
import type { Activity } from './activity.ts';

/** What the bot says to what is said to it. Nothing of it decides anything. */
export function createTalking({
  desk,
}: {
  readonly desk: Desk;
}): (activity: Activity, account: ChatAccount) => Promise<AdaptiveCard> {
  return async (activity, account) => {
    const word = firstWord(activity.text);
    if (word === 'inbox') return inbox(desk, activity, account);
    if (word === 'connect') return connect(desk, account);
    return help(desk, activity);
  };
}

const firstWord = (text: string): string | undefined =>
  /\w+/.exec(text.replaceAll(/<at>[^<]*<\/at>|<[^>]*>|&nbsp;/gi, ' '))?.[0]?.toLowerCase();

async function inbox(
  desk: Desk,
  { conversation }: Activity,
  account: ChatAccount,
): Promise<AdaptiveCard> {
  const { pages } = desk;
  const person = await desk.whois(account);
  if (!person) return connect(desk, account);
  // what waits for somebody is not for everybody in a channel to read
  if (conversation.kind !== 'personal')
    return answerCard(
      ['Ask me in a chat of our own, or open it in the console.'],
      [['Open the inbox', pages.inbox]],
    );
  return inboxCard(await desk.inbox(person), pages);
}

async function connect(desk: Desk, account: ChatAccount): Promise<AdaptiveCard> {
  const person = await desk.whois(account);
  return person
    ? answerCard([`Your Teams account is connected: you are ${person.name}.`], [])
    : answerCard(
        ['Your Teams account is not connected. Sign in to the console and connect it there.'],
        [['Connect your account', desk.pages.connect]],
      );
}

/** What there is to say, and what to write into `routing.yaml` for this place. */
export const help = ({ pages }: Desk, { conversation }: Activity): AdaptiveCard =>
  answerCard(
    [
      'Requests of agents are put here when somebody has to decide. Answer on their card.',
      'inbox: what waits for you · connect: connect your account · help: this',
      `This place: ${conversation.id.replace(/;messageid=.*$/, '')}`,
    ],
    [['Open the inbox', pages.inbox]],
  );
