/** A part of an Adaptive Card, as it is sent. */
export type Element = { readonly [name: string]: Json };
type Json = string | number | boolean | readonly Json[] | Element;

/** An Adaptive Card 1.5. */
export type AdaptiveCard = Element & { readonly type: 'AdaptiveCard' };

/** How text looks; never what it does. */
export type Style = {
  readonly weight?: 'Bolder';
  readonly size?: 'Small' | 'Large';
  readonly color?: 'Good' | 'Warning' | 'Attention' | 'Accent';
  readonly isSubtle?: true;
  readonly italic?: true;
  readonly fontType?: 'Monospace';
};

/**
 * Text of anybody as runs. A `TextBlock` reads Markdown and a `FactSet` too, a `TextRun` does not. ATTACKER: but clients put
 * a date in place of `{{DATE(…)}}` in every text, so two braces before that word never stand in one run; and they
 * show several spaces as one, so all but the first are ones that are kept.
 */
export const runs = (text: string, style: Style = {}): readonly Element[] =>
  text
    .split(/(?<=\{)(?=\{(?:DATE|TIME))/i)
    .filter((part) => part !== '')
    .map((part) => ({ type: 'TextRun', text: keepSpaces(part), ...style }));

const keepSpaces = (text: string): string =>
  text.replaceAll('\t', '    ').replaceAll(/(?<=^| ) /g, '\u00a0');

/** One paragraph. Lines of it become paragraphs of their own, since what a client makes of a line break is its own matter. */
export const paragraphs = (text: string, style: Style = {}): readonly Element[] =>
  text.split('\n').map((line, i) => block(runs(line, style), i > 0));

/** Runs as a paragraph; a tight one keeps to the one before it. */
export const block = (inlines: readonly Element[], isTight = false): Element => ({
  type: 'RichTextBlock',
  inlines: inlines.length > 0 ? inlines : [{ type: 'TextRun', text: '\u00a0' }],
  ...(isTight && { spacing: 'None' }),
});

/** `Label: text`, the label ours or likewise inert. */
export const row = (label: string, text: string): readonly Element[] => {
  const [first = '', ...more] = text.split('\n');
  return [
    block([...runs(`${label}: `, { weight: 'Bolder' }), ...runs(first)], true),
    ...more.map((line) => block(runs(line), true)),
  ];
};

/** A heading of ours over what follows. */
export const heading = (text: string): Element => ({
  ...block(runs(text, { weight: 'Bolder', isSubtle: true, size: 'Small' })),
  separator: true,
});

/** A button that opens a page; it decides nothing. */
export const openUrl = (title: string, url: string): Element => ({
  type: 'Action.OpenUrl',
  title,
  url,
});

/** A whole card. */
export const adaptiveCard = (body: readonly Element[], more: Element = {}): AdaptiveCard => ({
  type: 'AdaptiveCard',
  $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
  version: '1.5',
  fallbackText: 'This version of Teams cannot show the card. Open Countersign instead.',
  body,
  ...more,
});
