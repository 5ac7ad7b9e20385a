/** A part of a statement, for the eye only: the text itself is never changed. */
export type SqlPiece = {
  readonly kind: 'plain' | 'keyword' | 'alarm' | 'string' | 'comment';
  readonly text: string;
};

const TOKEN =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>'(?:[^']|'')*(?:'|$))|(?<word>\b[A-Za-z_]+\b)/g;
const ALARMS = /^(?:drop|delete|truncate|alter|grant|revoke|update)$/i;
const KEYWORDS =
  /^(?:select|from|where|and|or|not|in|is|null|insert|into|values|set|join|left|right|inner|outer|on|group|by|order|having|limit|offset|as|create|table|index|view|union|all|distinct|exists|between|like|case|when|then|else|end|returning|with|cascade|copy|to|using|begin|commit)$/i;

/** Cuts a statement where colours help. What it does not know it leaves plain. */
export function sqlPieces(text: string): readonly SqlPiece[] {
  const out: SqlPiece[] = [];
  let from = 0;
  for (const found of text.matchAll(TOKEN)) {
    const [token] = found;
    const kind = kindOf(token, found.groups ?? {});
    if (kind === 'plain') continue;
    if (found.index > from) out.push({ kind: 'plain', text: text.slice(from, found.index) });
    out.push({ kind, text: token });
    from = found.index + token.length;
  }
  if (from < text.length) out.push({ kind: 'plain', text: text.slice(from) });
  return out;
}

function kindOf(token: string, groups: Readonly<Record<string, string>>): SqlPiece['kind'] {
  if (groups['comment'] !== undefined) return 'comment';
  if (groups['string'] !== undefined) return 'string';
  if (ALARMS.test(token)) return 'alarm';
  return KEYWORDS.test(token) ? 'keyword' : 'plain';
}
