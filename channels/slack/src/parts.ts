import { canonical, type Card, type Json } from '@countersign/core';
import { lines, plain, preformatted, quote, richText, run, section, type Block } from './blocks.ts';
import type { Cutter } from './cutter.ts';
import { nameOf, timeOf } from './words.ts';

/** More would be folded away by the vendor's clients, or scrolled off (A7). */
const MOST_ARGUMENTS = 3_000;
const MOST_LINES = 60;

/** Who asks for what, on what, with what consequence: derived from the action itself. */
export function factsOf(card: Card, cutter: Cutter): Block {
  const { view } = card;
  const { type, resource } = view.action;
  const long = view.headline.length > 150;
  return richText(
    lines([
      ...(long ? [['What', cutter.line(view.headline, 1_000)] as const] : []),
      ['Agent', cutter.line(view.agent, 200)],
      ['Owner', cutter.line(nameOf(card, view.owner), 300)],
      ...(view.onBehalfOf === undefined
        ? []
        : [['For', cutter.line(nameOf(card, view.onBehalfOf), 300)] as const]),
      ['Action', cutter.line(type, 200)],
      ['On', cutter.line(`${resource.type} ${resource.id}`, 300)],
      ...cutter
        .first(view.details, 20)
        .map(({ label, value }) => [cutter.line(label, 100), cutter.line(value, 500)] as const),
      ['Risk', view.risk],
      ['Inspectable', view.inspectable],
      ...(view.follows === undefined ? [] : [['Follows', view.follows] as const]),
    ]),
  );
}

/** The arguments that run, and nothing beside them. */
export function exactly({ view }: Card, cutter: Cutter): Block {
  const text = cutter.page(pretty(view.action.arguments), MOST_ARGUMENTS, MOST_LINES);
  return richText(section(run('Arguments', 'bold')), preformatted(text));
}

const pretty = (value: Json): string => JSON.stringify(JSON.parse(canonical(value)), null, 2);

/** Why it is asked, who may not answer, and how to tell this request from another. */
export function fineOf(card: Card, cutter: Cutter): Block {
  const { view } = card;
  const why = cutter
    .first(view.why, 5)
    .map(({ text, policies }) => `${cutter.line(text, 200)} (${policies.join(', ')})`);
  const excluded = cutter
    .first(view.excluded, 10)
    .map(
      ({ human, because }) =>
        `${cutter.line(nameOf(card, human), 100)} ${cutter.line(because, 80)}`,
    );
  return {
    type: 'context',
    elements: [
      ...(why.length > 0 ? [plain(cutter.page(`Why: ${why.join('\n')}`, 1_500, 5))] : []),
      ...(excluded.length > 0
        ? [plain(cutter.line(`May not answer: ${excluded.join('; ')}`, 1_900))]
        : []),
      plain(`${view.approvalId} · ${view.phrase} · until ${timeOf(view.expiresAt)}`),
    ],
  };
}

/** What the agent says, after the facts and away from the buttons (A5). */
export function claimOf({ view }: Card, cutter: Cutter): readonly Block[] {
  const said = view.said === undefined ? [] : [cutter.line(canonical(view.said), 600)];
  const texts = [...(view.claim === undefined ? [] : [cutter.line(view.claim, 300)]), ...said];
  if (texts.length === 0) return [];
  return [
    richText(section(run('Written by the agent, not verified:', 'italic')), ...texts.map(quote)),
  ];
}
