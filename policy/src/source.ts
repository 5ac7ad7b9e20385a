/** One token of Cedar source; comments and white space are no tokens. */
export type Token = {
  readonly kind: 'word' | 'string' | 'number' | 'mark';
  readonly text: string;
  readonly at: number;
};

const TOKEN =
  /\s+|\/\/[^\n\r]*|(?<word>[A-Za-z_]\w*)|(?<string>"[^"\\]*(?:\\.[^"\\]*)*")|(?<number>\d+)|(?<mark>&&|\|\||==|!=|<=|>=|::|[^])/gsy;

/** Splits source into tokens. Total: what it does not know is a `mark`, and the engine's parser refuses it. */
function tokenize(text: string): readonly Token[] {
  const found: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const { word, string, number, mark } = match.groups ?? {};
    if (word !== undefined) found.push({ kind: 'word', text: word, at: match.index });
    else if (string !== undefined) found.push({ kind: 'string', text: string, at: match.index });
    else if (number !== undefined) found.push({ kind: 'number', text: number, at: match.index });
    else if (mark !== undefined) found.push({ kind: 'mark', text: mark, at: match.index });
  }
  return found;
}

/** The text of one policy in its file, from its first annotation or keyword to its `;`. */
export type Piece = {
  readonly text: string;
  readonly at: number;
  readonly tokens: readonly Token[];
  /** False when the file ended before the `;`. */
  readonly isClosed: boolean;
};

/** Splits a file at each `;`, which Cedar has nowhere else. A wrong cut cannot parse, so it refuses the load. */
export function splitPolicies(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let held: Token[] = [];
  const close = (end: number, isClosed: boolean): void => {
    const at = held[0]?.at ?? 0;
    const tokens = held.map((token) => ({ ...token, at: token.at - at }));
    pieces.push({ text: text.slice(at, end), at, tokens, isClosed });
    held = [];
  };
  for (const token of tokenize(text)) {
    held.push(token);
    if (token.kind === 'mark' && token.text === ';') close(token.at + 1, true);
  }
  if (held.length > 0) close(text.length, false);
  return pieces;
}

/** The annotations of a piece as written, and where its effect keyword stands. */
export type Head = {
  readonly annotations: readonly {
    readonly name: string;
    readonly hasValue: boolean;
    readonly at: number;
  }[];
  readonly effect?: Token;
};

/** Reads a piece up to its effect keyword. */
export function headOf(tokens: readonly Token[]): Head {
  const annotations: { name: string; hasValue: boolean; at: number }[] = [];
  let i = 0;
  while (tokens[i]?.text === '@') {
    const hasValue = tokens[i + 2]?.text === '(';
    annotations.push({ name: tokens[i + 1]?.text ?? '', hasValue, at: tokens[i]?.at ?? 0 });
    i += hasValue ? 5 : 2;
  }
  const effect = tokens[i];
  return effect?.kind === 'word' ? { annotations, effect } : { annotations };
}
