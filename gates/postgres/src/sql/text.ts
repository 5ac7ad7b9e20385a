import type { Parser } from './parser.ts';
import type { Risk } from './risks.ts';

/** Longest text that is read at all, in bytes. */
const LONGEST_TEXT = 1024 * 1024;

/** Why a text is refused before it is parsed, whatever it says; undefined where nothing is wrong. */
export function wrongWith(
  text: string,
  parser: Parser,
): { readonly risk: Risk; readonly message: string } | undefined {
  if (!text.isWellFormed()) return unreadable('it is not UTF-8');
  // ATTACKER: the parser stops at a NUL, and the server may not
  if (text.includes('\0')) return unreadable('it holds a NUL');
  if (text.length > LONGEST_TEXT || Buffer.byteLength(text) > LONGEST_TEXT)
    return unreadable('it is longer than 1 MB');
  return text.includes('\\') && hasAmbiguousBackslash(text, parser)
    ? {
        risk: 'ambiguous-backslash',
        message: "a literal with a backslash is read in two ways; write it as E'…' or as $$…$$",
      }
    : undefined;
}

/** A text that is not read. */
export const unreadable = (
  why: string,
): { readonly risk: 'unparseable'; readonly message: string } => ({
  risk: 'unparseable',
  message: `this statement cannot be read: ${why}`,
});

/**
 * Whether a server that was told `standard_conforming_strings = off` would end a literal elsewhere. The scanner is
 * PostgreSQL's own; comments, quoted identifiers and dollar quotes mean the same in both.
 */
function hasAmbiguousBackslash(text: string, parser: Parser): boolean {
  return parser
    .scan(text)
    .some(({ text: token }) => token.includes('\\') && /^(?:'|[nN]'|[uU]&')/.test(token));
}
