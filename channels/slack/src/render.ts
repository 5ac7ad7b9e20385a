import { canonical, digestView, sha256, type Card, type Rendered } from '@countersign/core';
import { actionsOf, operationOf } from './actions.ts';
import { header, richText, run, section, type Block } from './blocks.ts';
import { RENDERER } from './button.ts';
import { createCutter, cut, oneLine, type Cutter } from './cutter.ts';
import { lintBlocks } from './lint.ts';
import { claimOf, exactly, factsOf, fineOf } from './parts.ts';
import { standingOf } from './standing.ts';
import { stateOf } from './words.ts';

/**
 * A card as Slack shows it: facts first, the exact arguments, the agent's words labelled, where it stands, and only then
 * what can be answered (R8). The same card always makes the same blocks.
 */
export function renderCard(card: Card): Rendered<readonly Block[]> {
  const cutter = createCutter(card.view.complete);
  const parts = [
    header(cut(oneLine(card.view.headline) || card.view.action.type, 150)),
    factsOf(card, cutter),
    exactly(card, cutter),
    fineOf(card, cutter),
    ...claimOf(card, cutter),
    standingOf(card),
  ];
  const bare = lintBlocks(parts, 'message') === undefined ? parts : shortOf(card);
  const shown = {
    renderer: RENDERER,
    digest: sha256(canonical(bare)),
    complete: bare === parts && isAllThere(card, cutter),
  };
  const payload = [...bare, ...actionsOf(card, digestView(card.view), shown)];
  return { payload, shown };
}

/** What the buttons repeat must fit too: a confirmation that is cut would confirm something else. */
function isAllThere({ view }: Card, cutter: Cutter): boolean {
  cutter.line(operationOf(view), 300);
  return cutter.isWhole();
}

/** What is left when a card does not fit: who, what sort, and that the console has all of it. */
function shortOf(card: Card): readonly Block[] {
  const { view } = card;
  return [
    header('A request that does not fit here'),
    richText(
      section(
        run(
          `${cut(oneLine(view.action.type), 100)}, asked for by ${cut(oneLine(view.agent), 100)}. `,
        ),
        run(`${view.approvalId} · ${view.phrase}`),
      ),
    ),
  ];
}

/** The line that stands for a card where no blocks are shown: in notifications, read aloud. */
export const fallbackOf = (card: Card): string =>
  escaped(
    `${card.isOpen ? 'Approval needed' : stateOf(card)}: ${cut(oneLine(card.view.headline), 200)}`,
  );

/** Text for the one place that Slack parses as its own markup. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
