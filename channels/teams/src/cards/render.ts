import { canonical, sha256, type Card, type Rendered } from '@countersign/core';
import { block, heading, runs, type Element } from './elements.ts';
import { claims, demands, events, exact, facts, marks, standing, type Room } from './sections.ts';

/** Renderer and version, as votes name it: a changed look is a new version. */
const RENDERER = 'teams/1';

/**
 * Most bytes of a body. The vendor takes 28 KB of a card everywhere; what is asked and answered with, and what carries it,
 * needs the rest.
 */
const MOST_BYTES = 18_000;

/** The body of a card: what is shown of it, the same to everybody. Buttons are added to it, each person's own. */
export function render(card: Card): Rendered<readonly Element[]> {
  for (const make of [whole, withFewEvents, shortened]) {
    const { body, isCut } = make(card);
    if (sizeOf(body) <= MOST_BYTES) return rendered(body, card.view.complete && !isCut);
  }
  return rendered(withoutAction(card), false);
}

const sizeOf = (body: readonly Element[]): number => Buffer.byteLength(JSON.stringify(body));

const rendered = (body: readonly Element[], complete: boolean): Rendered<readonly Element[]> => ({
  payload: body,
  shown: { renderer: RENDERER, digest: sha256(canonical(body)), complete },
});

type Made = { readonly body: readonly Element[]; readonly isCut: boolean };

const bodyOf = (card: Card, room: Room): readonly Element[] => [
  standing(card),
  ...facts(card, room),
  ...exact(card, room),
  ...demands(card, room),
  ...marks(card),
  ...claims(card, room),
  ...events(card, room),
];

const everything = (most: number): Room => ({
  text: (text) => text,
  list: (items) => items,
  lines: (lines) => lines,
  events: most,
});

const whole = (card: Card): Made => ({ body: bodyOf(card, everything(20)), isCut: false });

const withFewEvents = (card: Card): Made => ({ body: bodyOf(card, everything(3)), isCut: false });

const SHORT = { characters: 120, items: 4, lines: 8, events: 3 };

/** The beginning of everything, and a word that it is no more than that (A7). */
function shortened(card: Card): Made {
  const room: Room = {
    text: (text) =>
      text.length > SHORT.characters ? `${text.slice(0, SHORT.characters).toWellFormed()}…` : text,
    list: (items) => items.slice(0, SHORT.items),
    lines: (lines) => lines.slice(0, SHORT.lines).map(room.text),
    events: SHORT.events,
  };
  return { body: [...bodyOf(card, room), ...NOT_WHOLE], isCut: true };
}

const NOT_WHOLE: readonly Element[] = [
  heading('This is not all of it'),
  block(runs('It is too long for Teams. Read it to the end in the console.', { color: 'Warning' })),
];

const withoutAction = (card: Card): readonly Element[] => [
  standing(card),
  ...marks(card),
  ...NOT_WHOLE,
];
