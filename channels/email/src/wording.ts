import { toIso, unlinked, type Card, type Notice } from '@countersign/core';

/** What a mail says, before it is text or HTML. Everything in it is plain text. */
export type Wording = {
  readonly subject: string;
  readonly headline: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly lines: readonly string[];
  /** Below the line: what the link is for, and the link. */
  readonly linkLabel: string;
  readonly link?: string;
};

const MOST_SUBJECT = 120;
const MOST_VALUE = 300;
const MOST_DETAILS = 12;
const MOST_LINES = 12;

/** In every mail. A mail may be forged, forwarded, fetched by a scanner: so it is never more than a pointer. */
export const NOTHING_APPROVES =
  'Nothing in this message approves anything, and no answer to it does. You decide signed in, in the console; compare the four words with those shown there.';

/** Somebody else's text: one line, no links, no longer than a mail bears. */
function said(text: string, most = MOST_VALUE): string {
  const line = unlinked(text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim());
  return line.length <= most ? line : `${line.slice(0, most - 1).toWellFormed()}…`;
}

const subjectOf = ({ view }: Card): string =>
  said(`Decision needed: ${view.headline}`, MOST_SUBJECT);

/** That a decision is needed: about what, by whom, until when. Arguments and the agent's own words are for the console. */
export function askingWords(card: Card): Wording {
  const { view } = card;
  return {
    subject: subjectOf(card),
    headline: said(view.headline),
    fields: [
      ['Action', view.action.type],
      ['On', said(`${view.action.resource.type} ${view.action.resource.id}`)],
      ...view.details
        .slice(0, MOST_DETAILS)
        .map(({ label, value }) => [said(label, 40), said(value)] as const),
      ['Agent', said(agentText(card))],
      ['Risk', view.risk],
      ...view.why.map(({ text }) => ['Why', said(text)] as const),
      ...card.progress.map((one) => ['Asked', said(demandText(card, one))] as const),
      ['Until', untilText(card)],
      ['Four words', view.phrase],
    ],
    lines: card.badges.includes('escalated') ? ['It was escalated: nobody answered in time.'] : [],
    linkLabel: 'Read the whole action and decide',
    link: card.link,
  };
}

const nameOf = ({ names }: Card, id: string): string => names[id] ?? id;

const agentText = (card: Card): string => {
  const { agent, owner, onBehalfOf } = card.view;
  const acting = onBehalfOf === undefined ? '' : `, acting for ${nameOf(card, onBehalfOf)}`;
  return `${agent}, owned by ${nameOf(card, owner)}${acting}`;
};

function demandText(card: Card, { kind, groups, have, need, assurance }: Card['progress'][number]) {
  if (kind === 'confirm') {
    const { onBehalfOf, owner } = card.view;
    return `${nameOf(card, onBehalfOf ?? owner)} confirms (a confirmation, not an approval)`;
  }
  return `${have} of ${need} from ${groups.join(' or ')}, at least by ${assurance}`;
}

const untilText = ({ view }: Card): string => toIso(view.expiresAt).replace(/T(.{5}).*/, ' $1 UTC');

const endOf = ({ badges, state }: Card): string =>
  badges.includes('break-glass') ? `Break-glass, ${state}` : state;

/** To whom it is told that it was done without them: nothing is left to decide. */
export const lateWords = (card: Card): Wording => ({
  ...settledWords(card),
  subject: said(`${endOf(card)}: ${card.view.headline}`, MOST_SUBJECT),
});

/** How it ended, in the thread of the mail that asked. */
export const settledWords = (card: Card): Wording => ({
  subject: `Re: ${subjectOf(card)}`,
  headline: `${endOf(card)}: ${said(card.view.headline)}`,
  fields: [
    ['Agent', said(agentText(card))],
    ['Risk', card.view.risk],
    ['Four words', card.view.phrase],
  ],
  lines: card.timeline
    .slice(-MOST_LINES)
    .flatMap(({ text, quote }) => [
      said(text),
      ...(quote === undefined ? [] : [`    “${said(quote)}”`]),
    ]),
  linkLabel: 'What happened',
  link: card.link,
});

/** A notice about a request, in its thread. */
export const tellingWords = (card: Card, notice: Notice): Wording => ({
  ...noticeWords(notice),
  subject: `Re: ${subjectOf(card)}`,
  fields: [
    ['About', said(card.view.headline)],
    ['Risk', card.view.risk],
    ['Until', untilText(card)],
    ['Four words', card.view.phrase],
  ],
  linkLabel: 'Read the whole action',
  link: card.link,
});

/** A notice on its own. */
export const noticeWords = ({ headline, lines, link }: Notice): Wording => ({
  subject: said(headline, MOST_SUBJECT),
  headline: said(headline),
  fields: [],
  lines: lines.slice(0, MOST_LINES).map((line) => said(line)),
  linkLabel: 'Look at it in the console',
  ...(link === undefined ? {} : { link }),
});
