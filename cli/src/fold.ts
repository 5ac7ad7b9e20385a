// what a terminal draws two cells wide; taking too many for wide only folds earlier
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;
const PIECES = /\p{Cc}\[\d+m|./gsu;
const LEAST = 20;

/**
 * Folds lines that a terminal would break at its edge, so that the rest stays under its own label.
 * ATTACKER: a broken line starts at the left edge, where an agent's words could pass for a field of ours (R8).
 */
export const folded = (text: string, columns: number): string =>
  text
    .split('\n')
    .map((line) => foldLine(line, columns))
    .join('\n');

/** What the rest of a line begins with: two columns for a field, the mark of a quote, else deeper than it. */
function restOf(line: string): string {
  if (line.startsWith('    > ')) return '    > ';
  if (/^ {2}\S.{12} /.test(line)) return ' '.repeat(16);
  return ' '.repeat(line.length - line.trimStart().length + 4);
}

function foldLine(line: string, columns: number): string {
  const rest = restOf(line);
  const isOneWord = /^ {2}\S.{12} \S+$/.test(line); // digests and ids stay whole: they are copied
  if (isOneWord || columns < rest.length + LEAST) return line;
  const first = /^ {4}> /.test(line) ? rest.length : line.length - line.trimStart().length;
  const lines: string[] = [];
  let [now, width] = ['', 0];
  for (const piece of line.match(PIECES) ?? []) {
    if (width + cellsOf(piece) > columns) {
      const at = cutOf(now, lines.length === 0 ? first : rest.length);
      lines.push(now.slice(0, at));
      now = rest + now.slice(at);
      width = cellsOf(now);
    }
    now += piece;
    width += cellsOf(piece);
  }
  return [...lines, now].join('\n');
}

/** After the last space that leaves something on the line; a word longer than the line is cut where it is. */
function cutOf(text: string, indent: number): number {
  const at = text.lastIndexOf(' ') + 1;
  return text.slice(indent, at).trim() === '' ? text.length : at;
}

/**
 * Breaks a line wherever it is too long, every piece after the first behind a mark. ATTACKER: for screens of our own, where
 * nothing may run over the edge, into the next line or out of sight.
 */
export function brokenAt(line: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let [now, width] = ['', 0];
  for (const piece of line.match(PIECES) ?? []) {
    const cells = cellsOf(piece);
    if (width + cells > columns) {
      lines.push(now);
      [now, width] = [MARK, MARK.length];
    }
    now += piece;
    width += cells;
  }
  return [...lines, now];
}
const MARK = '  ↪ ';

/** A line no longer than it may be; what is missing at its end is told by `…`. */
export function clipped(line: string, columns: number): string {
  if (cellsOf(line) <= columns) return line;
  let [now, width] = ['', 0];
  for (const piece of line.match(PIECES) ?? []) {
    width += cellsOf(piece);
    if (width > columns - 1) break;
    now += piece;
  }
  return `${now}…`;
}

const cellsOf = (text: string): number =>
  (text.match(PIECES) ?? []).reduce(
    (sum, piece) => sum + (piece.length > 2 ? 0 : WIDE.test(piece) ? 2 : 1),
    0,
  );
