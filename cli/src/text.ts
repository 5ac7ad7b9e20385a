import { mayColour, type Io } from './io.ts';

// everything that draws nothing, moves the cursor or turns the reading direction (R8); plain spaces stay
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

/** Someone else's text on one line, with nothing hidden in it. Safe to repeat: what was made visible stays as it is. */
export const plain = (text: string): string =>
  text.replaceAll(
    HIDDEN,
    (char) => `⟨U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );

/** The same, keeping its line breaks. */
const plainLines = (text: string): readonly string[] => text.split('\n').map(plain);

/** A value as indented JSON, line by line. */
export const jsonLines = (value: unknown): readonly string[] =>
  plainLines(JSON.stringify(value, undefined, 2) ?? 'null');

/** Time as people say it: `45 s`, `3 min`, `2 h 5 min`, `3 d`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.round(hours / 24)} d`;
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** Label and value in two columns; further lines of the value stay under it. */
export const field = (label: string, ...lines: readonly string[]): string =>
  lines.map((line, i) => `  ${(i === 0 ? label : '').padEnd(13)} ${line}\n`).join('');

/** Rows as columns as wide as they need; the last one takes what is left. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Emphasis, where the terminal may have it. */
export function styleOf(
  io: Io,
): Record<'bold' | 'dim' | 'red' | 'green', (text: string) => string> {
  const style =
    (on: number, off: number) =>
    (text: string): string =>
      mayColour(io) ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return { bold: style(1, 22), dim: style(2, 22), red: style(31, 39), green: style(32, 39) };
}
