import { digestView, type Card, type Desk, type Notice, type Rendered } from '@countersign/core';
import { answers, ask, refresh, sentBy, toConsole } from './buttons.ts';
import {
  adaptiveCard,
  block,
  heading,
  openUrl,
  paragraphs,
  row,
  runs,
  type AdaptiveCard,
  type Element,
} from './elements.ts';
import { render } from './render.ts';

/** The card as it lies in a conversation: the same for everybody, so it decides nothing. */
export function postedCard(
  card: Card,
  userIds: readonly string[] | undefined,
): Rendered<AdaptiveCard> {
  const { payload, shown } = render(card);
  const sent = sentBy(card, digestView(card.view), shown);
  const more = card.isOpen
    ? { actions: [ask(sent), toConsole(card)], ...refresh(sent, userIds) }
    : { actions: [toConsole(card)] };
  return { payload: adaptiveCard(payload, more), shown };
}

/** What one person gets to see of it: whether they may answer now, and what became of what they did. */
export type Own = {
  readonly mayAnswer: boolean;
  /** One sentence for them alone. */
  readonly note?: string;
  /** Where they connect their account, if it is not. */
  readonly connect?: string;
};

/** The card as one person sees it: with buttons if they may answer. */
export function ownCard(
  card: Card,
  { mayAnswer, note, connect }: Own,
  userIds?: readonly string[],
): Rendered<AdaptiveCard> {
  const { payload, shown } = render(card);
  const sent = sentBy(card, digestView(card.view), shown);
  const actions = [
    ...(card.isOpen && mayAnswer ? answers(card, sent, shown) : []),
    ...(card.isOpen && connect !== undefined ? [openUrl('Connect your account', connect)] : []),
    toConsole(card),
  ];
  const body = note === undefined ? payload : [...noteOf(note), ...payload];
  const more = { actions, ...(card.isOpen && refresh(sent, userIds)) };
  return { payload: adaptiveCard(body, more), shown };
}

const noteOf = (note: string): readonly Element[] =>
  paragraphs(brief(note), { weight: 'Bolder', color: 'Accent' });

const MOST_TEXT = 300;
const MOST_LINES = 20;
const MOST_BYTES = 26_000;

const brief = (text: string, most = MOST_TEXT): string =>
  text.length > most ? `${text.slice(0, most).toWellFormed()}…` : text;

/** As many of the parts as one card takes. */
function fitting(
  parts: readonly (readonly Element[])[],
  make: (body: readonly Element[]) => AdaptiveCard,
): AdaptiveCard {
  for (let most = Math.min(parts.length, MOST_LINES); most > 1; most--) {
    const card = make(parts.slice(0, most).flat());
    if (Buffer.byteLength(JSON.stringify(card)) <= MOST_BYTES) return card;
  }
  return make(parts.slice(0, 1).flat());
}

/** Something to tell that is no request. */
export const noticeCard = ({ headline, lines, link }: Notice): AdaptiveCard =>
  fitting(
    [
      paragraphs(brief(headline), { weight: 'Bolder' }),
      ...lines.map((line) => paragraphs(brief(line))),
    ],
    (body) => adaptiveCard(body, link === undefined ? {} : { actions: [openUrl('Open', link)] }),
  );

/** What waits for somebody, soonest first, each with the way to its page. */
export function inboxCard(cards: readonly Card[], { inbox }: Desk['pages']): AdaptiveCard {
  const items = cards.map((card): readonly Element[] => [
    {
      type: 'Container',
      separator: true,
      items: [
        ...paragraphs(brief(card.view.headline, 120), { weight: 'Bolder' }),
        ...row(`${card.view.risk} risk`, `asked by ${brief(card.view.agent, 60)}`),
        { type: 'ActionSet', actions: [toConsole(card)] },
      ],
    },
  ]);
  const title = cards.length === 0 ? 'Nothing waits for you.' : 'This waits for you:';
  return fitting(items.length === 0 ? [[]] : items, (body) =>
    adaptiveCard([heading(title), ...body], { actions: [openUrl('Open the inbox', inbox)] }),
  );
}

/** A few sentences of ours with places to go. */
export const answerCard = (
  lines: readonly string[],
  links: readonly (readonly [title: string, url: string])[],
): AdaptiveCard =>
  adaptiveCard(
    lines.map((line) => block(runs(brief(line)))),
    links.length === 0 ? {} : { actions: links.map(([title, url]) => openUrl(title, url)) },
  );
