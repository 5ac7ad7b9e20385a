/** A text with nothing hidden in it, and the words that look like other words. */
export type Visible = {
  readonly text: string;
  /** Words that mix scripts or imitate Latin letters, with the odd letters named. */
  readonly lookalikes: readonly string[];
};

const CLAIM_LENGTH = 280;

// R8, A6: controls (ANSI escapes begin with one), format and bidi marks, private use, unassigned, lone surrogates,
// separators and spaces other than the plain ones, whatever fonts draw as nothing, and our own brackets
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}\u2800⟨⟩]|(?<=\p{M}{3})\p{M}/gu;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
/** Nothing hides in it and nothing in it imitates: most texts, and looking at each word of theirs takes long. */
const PLAIN = /^[\x20-\x7e\n\t]*$/;
const TOKEN = /[\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}]+/gu;
const IMITATES_LATIN = /^[аеорсухіјѕһԁԛԝүҽӏոսհօցքαογνικρτυχϲϳАВЕКМНОРСТУХІЈЅҮΑΒΕΖΗΙΚΜΝΟΡΤΥΧ]+$/u;
const SCRIPTS = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Coptic}/u,
  /\p{Script=Lisu}/u,
];

const named = (char: string): string =>
  `⟨U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

/** Makes invisible, bidirectional, control and look-alike characters visible as `⟨U+202E⟩` (R8). Keeps line breaks and tabs. */
export function visible(text: string): Visible {
  if (PLAIN.test(text)) return { text, lookalikes: [] };
  const lookalikes: string[] = [];
  const isOtherwiseLatin = !text.match(WORD)?.some((word) => isForeign(word));
  const shown = text.replaceAll(TOKEN, (token) => {
    if (!isMixed(token) && !(isOtherwiseLatin && IMITATES_LATIN.test(token))) return hide(token);
    const exposed = token.replaceAll(/[^\x20-\x7e]/gu, named);
    lookalikes.push(exposed);
    return exposed;
  });
  return { text: shown, lookalikes };
}

const hide = (text: string): string =>
  text.replaceAll(HIDDEN, (char) =>
    char === '\n' || char === '\t' || char === ' ' ? char : named(char),
  );

/** A word of another script that does not pass for Latin: the text is in that script, its words are no imitation. */
const isForeign = (word: string): boolean =>
  /\p{L}/u.test(word) && !/\p{Script=Latin}/u.test(word) && !IMITATES_LATIN.test(word);

const isMixed = (word: string): boolean =>
  SCRIPTS.filter((script) => script.test(word)).length > 1 || isStyledAscii(word);

/** Letters such as `𝐚` or `ａ`, which compatibility folding turns into plain ones. */
function isStyledAscii(word: string): boolean {
  const plain = word.normalize('NFKC');
  return plain !== word && /^\w+$/.test(plain);
}

/** An agent's claim as one short plain line, for the place labelled "Agent's claim (unverified)" (A5). */
export function quoteClaim(text: string): string {
  const line = visible(
    text
      .slice(0, 4 * CLAIM_LENGTH)
      .replaceAll(/[ \t\r\n]+/g, ' ')
      .trim(),
  ).text;
  if (line.length <= CLAIM_LENGTH && text.length <= 4 * CLAIM_LENGTH) return line;
  const cut = line.slice(0, CLAIM_LENGTH - 1).replace(/⟨[^⟩]*$/, '');
  return `${cut.toWellFormed()}…`;
}
