/** Puts texts into places that hold so much and no more, and remembers whether all of them fitted (A7). */
export type Cutter = {
  /** At most `most` characters; a line break is shown as `⏎`, so that a value cannot pass for another line. */
  readonly line: (text: string, most: number) => string;
  /** At most `most` characters on at most `mostLines` lines. */
  readonly page: (text: string, most: number, mostLines: number) => string;
  /** The first `most` of a list. */
  readonly first: <T>(items: readonly T[], most: number) => readonly T[];
  readonly isWhole: () => boolean;
};

/** Cuts without remembering: for what is not of the action. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text
    .slice(0, most - 1)
    .replace(/⟨[^⟩]*$/, '')
    .toWellFormed()
    .replace(/\ufffd$/, '')}…`;
}

/** A text on one line. */
export const oneLine = (text: string): string =>
  text.replaceAll(/\r?\n/g, ' ⏎ ').replaceAll('\t', ' ').toWellFormed().trim();

export function createCutter(isWhole = true): Cutter {
  let whole = isWhole;
  const within = (text: string, most: number): string => {
    if (text.length > most) whole = false;
    return cut(text, most);
  };
  return {
    line: (text, most) => within(oneLine(text), most) || '–',
    page: (text, most, mostLines) => {
      const all = text.split('\n');
      if (all.length > mostLines) whole = false;
      return within(all.slice(0, mostLines).join('\n'), most);
    },
    first: (items, most) => {
      if (items.length > most) whole = false;
      return items.slice(0, most);
    },
    isWhole: () => whole,
  };
}
