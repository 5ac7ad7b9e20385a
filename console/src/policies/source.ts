/** The policy that begins on, or whose annotations lead to, a line: up to its closing semicolon. */
export function partAt(text: string, line: number): string {
  const lines = text.split('\n');
  let from = Math.max(0, Math.min(line - 1, lines.length - 1));
  while (from > 0 && /^\s*(?:@|\/\/)/.test(lines[from - 1] ?? '')) from--;
  let to = Math.max(from, line - 1);
  while (to < lines.length - 1 && !/;\s*(?:\/\/.*)?$/.test(lines[to] ?? '')) to++;
  return lines.slice(from, to + 1).join('\n');
}
