// What a person sees of a card, and what a client would make of its texts besides showing them.
import type { SentCard } from './card-schema.ts';

type Tree = { readonly [name: string]: unknown };

/** A card as somebody sees it. */
export type Read = {
  readonly text: string;
  readonly answers: readonly ('approve' | 'deny')[];
  readonly links: readonly string[];
  readonly active: readonly string[];
};

// what clients put a date in place of, in every text (adaptivecards, text-formatters.ts)
const FORMATTED = /\{\{(?:DATE|TIME)\(/i;
const MARKDOWN = /[*_`[\]<>#~]|https?:/;

/** Reads a card from top to bottom, what is behind buttons included. */
export function readCard(card: SentCard): Read {
  const all = walk(card);
  const verbs = all.flatMap(({ type, verb }) => (type === 'Action.Execute' ? [verb] : []));
  return {
    text: all.flatMap(textOf).join('\n').replaceAll('\u00a0', ' '),
    answers: (['approve', 'deny'] as const).filter((verb) => verbs.includes(verb)),
    links: all.flatMap(({ type, url }) => (type === 'Action.OpenUrl' ? [String(url)] : [])),
    active: all.flatMap(activeIn),
  };
}

/** Everything in it that has a type, outermost first. */
function walk(value: unknown): readonly Tree[] {
  if (Array.isArray(value)) return value.flatMap(walk);
  if (typeof value !== 'object' || value === null) return [];
  const tree = value as Tree;
  return [
    ...(typeof tree['type'] === 'string' ? [tree] : []),
    ...Object.values(tree).flatMap(walk),
  ];
}

function textOf({ type, inlines, title, label }: Tree): readonly string[] {
  if (type === 'RichTextBlock' && Array.isArray(inlines))
    return [inlines.map((run: Tree) => String(run['text'])).join('')];
  return [title, label].filter((one) => typeof one === 'string');
}

function activeIn({ type, text, selectAction, items }: Tree): readonly string[] {
  if (selectAction !== undefined) return [`a ${String(type)} that acts`];
  if (type === 'TextRun') return FORMATTED.test(String(text)) ? [String(text)] : [];
  if (type === 'TextBlock') return MARKDOWN.test(String(text)) ? [String(text)] : [];
  return type === 'Image' || type === 'Media' || type === 'FactSet' ? [JSON.stringify(items)] : [];
}
