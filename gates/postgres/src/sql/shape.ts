/** Longest text with `$n` that is its own shape. */
const LONGEST_EXACT = 8 * 1024;

/**
 * What has a prefix that changes what it is (`U&"…" UESCAPE '…'` is a name made of a literal), what is kept, strings, and plain numbers. Letters beyond ASCII belong to
 * identifiers, so a number behind one is a name.
 */
const LITERALS =
  /(?<=&)"|(?<=[\w&$\u0080-\uffff])'|"(?:[^"]|"")*"|'(?:[^']|'')*'|(?<![\w$."'\u0080-\uffff])\d+(?![\w.$"'\u0080-\uffff])/g;

/** Where literals are not where a quick look sees them: comments, dollar quotes, escapes. */
const TRICKS = /[\\\0]|--|\/\*|\$(?!\d)|[\w$\u0080-\uffff]\$/;

/**
 * A text without its literals, so that the same statement with other values is known again; undefined where that cannot be
 * said. Two texts of one shape have the same facts, unless those are `literalSensitive`.
 *
 * INVARIANT: a NUL is in no text the gate reads, so no text can contain a mark.
 */
export function shapeOf(text: string): string | undefined {
  if (TRICKS.test(text) || !text.isWellFormed()) return undefined;
  if (text.includes('$')) return text.length <= LONGEST_EXACT ? `\0=${text}` : undefined;
  const shape = text.replace(LITERALS, mark);
  return shape.includes(PREFIXED) ? undefined : shape;
}

const PREFIXED = '\0x';

function mark(token: string): string {
  if (token === "'" || token === '"') return PREFIXED;
  if (token.startsWith('"')) return token;
  return token.startsWith("'") ? "'\0s'" : '\0n';
}
