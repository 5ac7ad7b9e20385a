const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** A text on one line and at most so long, with what cannot be seen written out (A6). */
export function visible(text: string, most: number): string {
  const shown = Array.from(text.toWellFormed());
  const cut = shown.length > most ? [...shown.slice(0, most), '…'] : shown;
  return cut
    .join('')
    .replace(/\s+/gu, ' ')
    .replace(HIDDEN, (hidden) => `⟨U+${hex(hidden)}⟩`);
}

const hex = (text: string): string =>
  (text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
