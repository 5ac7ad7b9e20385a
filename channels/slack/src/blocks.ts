/** A Block Kit object, as far as we make any: plain JSON. */
export type Block = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Text that nothing is made of: no markup, no mention, no emoji. */
export const plain = (text: string): Block => ({ type: 'plain_text', text, emoji: false });

/** A run of text in a rich text; `bold` for words of ours only. */
export const run = (text: string, style?: 'bold' | 'italic'): Block =>
  style ? { type: 'text', text, style: { [style]: true } } : { type: 'text', text };

export const section = (...elements: readonly Block[]): Block => ({
  type: 'rich_text_section',
  elements,
});

export const quote = (text: string): Block => ({
  type: 'rich_text_quote',
  elements: [run(text)],
});

export const preformatted = (text: string): Block => ({
  type: 'rich_text_preformatted',
  elements: [run(text)],
});

export const richText = (...elements: readonly Block[]): Block => ({
  type: 'rich_text',
  elements,
});

export const header = (text: string): Block => ({ type: 'header', text: plain(text) });

/** A button that opens a page. */
export const linkButton = (text: string, url: string): Block => ({
  type: 'button',
  action_id: 'open',
  text: plain(text),
  url,
});

/** Lines of a label of ours and a value that may be anybody's. */
export function lines(pairs: readonly (readonly [string, string])[]): Block {
  return section(
    ...pairs.flatMap(([label, value], i) => [
      run(`${i > 0 ? '\n' : ''}${label}: `, 'bold'),
      run(value),
    ]),
  );
}
