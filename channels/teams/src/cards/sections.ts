import {
  toIso,
  type Card,
  type CardLine,
  type CardProgress,
  type Instant,
} from '@countersign/core';
import { block, heading, paragraphs, row, runs, type Element, type Style } from './elements.ts';
import { exactLines } from './exact.ts';
import { STATES, WHY_NO_CLICK } from './words.ts';

/** How much of a card there is room for; `cut` notes that something of the action was left out or shortened. */
export type Room = {
  readonly text: (text: string) => string;
  readonly list: <T>(items: readonly T[]) => readonly T[];
  readonly lines: (lines: readonly string[]) => readonly string[];
  /** Most of what happened; leaving it out leaves nothing of the action out. */
  readonly events: number;
};

const COLORS: Readonly<Record<string, Style['color']>> = {
  low: 'Good',
  medium: 'Accent',
  high: 'Warning',
  critical: 'Attention',
};

const BADGES = { 'break-glass': 'GLASS BROKEN', escalated: 'escalated', reminded: 'reminded' };

/** Where it stands, in one line. */
export function standing({ view, state, isOpen, badges }: Card): Element {
  const color = COLORS[view.risk];
  return block([
    ...runs(state === 'pending' && !isOpen ? STATES.expired : STATES[state], { weight: 'Bolder' }),
    ...runs(` · ${view.risk} risk`, color && { color }),
    ...badges.flatMap((badge) => runs(` · ${BADGES[badge]}`, { color: 'Attention' })),
    ...(isOpen ? runs(` · until ${timeOf(view.expiresAt)}`) : []),
  ]);
}

/** What would happen, derived from the action: before anything the agent says (R8, A5). */
export function facts({ view, names }: Card, { text, list }: Room): readonly Element[] {
  const owner = `owner ${text(names[view.owner] ?? view.owner)}`;
  return [
    ...paragraphs(text(view.headline), { weight: 'Bolder', size: 'Large' }),
    ...row('Agent', `${text(view.agent)} (${owner})`),
    ...(view.onBehalfOf === undefined
      ? []
      : row('For', text(names[view.onBehalfOf] ?? view.onBehalfOf))),
    ...row('What', `${text(view.action.type)} on ${text(resourceOf(view))}`),
    ...list(view.details).flatMap(({ label, value }) => row(text(label), text(value))),
    ...(view.inspectable === 'full' ? [] : row('Can be inspected', view.inspectable)),
  ];
}

const resourceOf = ({ action: { resource } }: Card['view']): string =>
  `${resource.type} ${resource.id}`;

/** The arguments, exactly. */
export const exact = ({ view }: Card, { lines }: Room): readonly Element[] => [
  heading('Exactly'),
  ...lines(exactLines(view.action.arguments)).map((line) =>
    block(runs(line, { fontType: 'Monospace', size: 'Small' }), true),
  ),
];

/** Why policy asks, who may not answer, and how far it is. */
export const demands = ({ view, progress, names }: Card, room: Room): readonly Element[] => [
  heading('Why you are asked'),
  ...room
    .list(view.why)
    .flatMap(({ text, policies }) => row(room.text(policies.join(', ')), room.text(text))),
  ...room
    .list(view.excluded)
    .flatMap(({ human, because }) =>
      row(`${room.text(names[human] ?? human)} may not answer`, room.text(because)),
    ),
  ...room.list(progress).flatMap((one) => row(labelOf(one, room), `${one.have} of ${one.need}`)),
];

const labelOf = ({ kind, groups, assurance, stage }: CardProgress, { text }: Room): string => {
  const who = kind === 'confirm' ? 'Confirmed' : `Approved by ${text(groups.join(', '))}`;
  const how = assurance === 'chat' ? '' : `, ${assurance}`;
  return stage > 1 ? `${who}${how}, stage ${stage}` : `${who}${how}`;
};

/** What the agent says about itself: last, labelled, quoted. */
export function claims({ view: { claim, said } }: Card, room: Room): readonly Element[] {
  if (claim === undefined && said === undefined) return [];
  const quoted: Style = { italic: true, isSubtle: true };
  return [
    heading("Agent's claim (unverified)"),
    ...(claim === undefined ? [] : paragraphs(`“${room.text(claim)}”`, quoted)),
    ...(said === undefined
      ? []
      : room.lines(exactLines(said)).map((line) => block(runs(line, quoted), true))),
  ];
}

/** What to compare, and by what it is known. */
export const marks = ({ view, because, isOpen }: Card): readonly Element[] => [
  { ...block(runs(view.phrase, { fontType: 'Monospace' })), separator: true },
  block(
    runs(`${view.approvalId} · version ${view.version}`, { isSubtle: true, size: 'Small' }),
    true,
  ),
  ...(isOpen && because ? paragraphs(WHY_NO_CLICK[because], { isSubtle: true }) : []),
];

/** What happened so far, newest last. */
export function events({ timeline }: Card, room: Room): readonly Element[] {
  const shown = room.events > 0 ? timeline.slice(-room.events) : [];
  return shown.length > 0
    ? [heading('So far'), ...shown.flatMap((line) => happened(line, room))]
    : [];
}

const happened = ({ at, text, quote }: CardLine, room: Room): readonly Element[] => [
  ...row(timeOf(at), room.text(text)),
  ...(quote === undefined
    ? []
    : paragraphs(`“${room.text(quote)}”`, { italic: true, isSubtle: true })),
];

/** In UTC and in our words: what a client would make of a date is not what was signed for. */
const timeOf = (at: Instant): string => `${toIso(at).slice(0, 16).replace('T', ' ')} UTC`;
