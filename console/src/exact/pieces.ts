/** A part of a text: plain, a character made visible, or a value that was masked. */
export type Piece = { readonly kind: 'plain' | 'hidden' | 'masked'; readonly text: string };

// the gateway has made these visible already; whatever still comes hidden is shown by us
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const TOKEN =
  /(?<hidden>⟨U\+[0-9A-F]{4,6}⟩)|(?<masked>‹(?:[\w:.-]{1,64}(?:·\d{1,9})?·fp:(?:[0-9a-f]{4}){1,4}|too-deep)›)|(?<raw>[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800])/gu;

/** Whether a text holds something that is not what it seems to be. */
export const isHidden = (text: string): boolean =>
  HIDDEN.test(text.replaceAll(/[\n\t]/g, '')) || /⟨U\+[0-9A-F]{4,6}⟩/.test(text);

/** Whether a text stands for a value that is not shown. */
export const isMasked = (text: string): boolean =>
  /‹(?:[\w:.-]{1,64}(?:·\d{1,9})?·fp:(?:[0-9a-f]{4}){1,4}|too-deep)›/.test(text);

const named = (char: string): string =>
  `⟨U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

/** Cuts untrusted text into what may be drawn as it is and what must be pointed at (R8, A6). */
export function piecesOf(text: string): readonly Piece[] {
  const out: Piece[] = [];
  let from = 0;
  for (const found of text.matchAll(TOKEN)) {
    const [token] = found;
    if (token === '\n' || token === '\t') continue;
    if (found.index > from) out.push({ kind: 'plain', text: text.slice(from, found.index) });
    out.push({
      kind: found.groups?.['masked'] === undefined ? 'hidden' : 'masked',
      text: found.groups?.['raw'] === undefined ? token : named(token),
    });
    from = found.index + token.length;
  }
  if (from < text.length) out.push({ kind: 'plain', text: text.slice(from) });
  return out;
}
