import type { Card } from '@countersign/core';
import { quote, richText, run, section, type Block } from './blocks.ts';
import { cut, oneLine } from './cutter.ts';
import { asked, BADGES, NO_CLICK, stateOf, timeOf } from './words.ts';

const MOST_EVENTS = 8;
/** What the rest of the card says already. */
const SAID = new Set(['action.proposed', 'action.judged', 'approval.requested']);

/** Where a request stands: the state, how far it got, what happened, and what people wrote. */
export function standingOf(card: Card): Block {
  const open = card.isOpen ? card.progress.map((one) => `\n${asked(one)}`) : [];
  const why = card.isOpen && card.because ? [`\n${NO_CLICK[card.because]}`] : [];
  return richText(
    ...card.badges.map((badge) => section(run(BADGES[badge], 'bold'))),
    section(run(stateOf(card), 'bold'), ...[...open, ...why].map((line) => run(cut(line, 500)))),
    ...happened(card),
  );
}

const happened = (card: Card): readonly Block[] =>
  card.timeline
    .filter(({ type }) => !SAID.has(type))
    .slice(-MOST_EVENTS)
    .flatMap(({ at, text, quote: said }) => [
      section(run(`${timeOf(at)} · ${cut(oneLine(text), 300)}`)),
      ...(said === undefined || said.trim() === '' ? [] : [quote(cut(oneLine(said), 520))]),
    ]);
