import { FEW_DIGITS, type Fingerprint } from './fingerprint.ts';
import { asByteText } from './known.ts';
import type { Claim } from './scan.ts';

/** A stretch of text that becomes one placeholder: every character belongs to the best claim that covers it. */
export type Piece = { readonly start: number; readonly end: number; readonly claim: Claim };

/** How often a class was masked. */
export type Found = { readonly class: string; readonly count: number };

const isBetter = (a: Claim, b: Claim): boolean =>
  a.rank !== b.rank
    ? a.rank < b.rank
    : a.length !== b.length
      ? a.length > b.length
      : a.start < b.start;

/**
 * Divides what is claimed among the claims. Nothing that any claim covers stays in clear, and who wins a character
 * depends on that character alone, so a stream that is cut anywhere divides alike.
 */
export function divide(claims: readonly Claim[]): readonly Piece[] {
  const sorted = claims.toSorted((a, b) => a.start - b.start);
  const edges = [...new Set(sorted.flatMap(({ start, end }) => [start, end]))].toSorted(
    (a, b) => a - b,
  );
  const pieces: Piece[] = [];
  let open: Claim[] = [];
  let next = 0;
  edges.forEach((from, i) => {
    open = open.filter(({ end }) => end > from);
    for (let claim = sorted[next]; claim && claim.start === from; claim = sorted[++next])
      open.push(claim);
    const to = edges[i + 1];
    if (to === undefined || open.length === 0) return;
    const claim = open.reduce((best, other) => (isBetter(other, best) ? other : best));
    const last = pieces.at(-1);
    if (last?.claim === claim && last.end === from)
      pieces[pieces.length - 1] = { ...last, end: to };
    else pieces.push({ start: from, end: to, claim });
  });
  return pieces;
}

/** Writes placeholders and counts them. */
export type Writer = {
  readonly write: (text: string, from: number, to: number, pieces: readonly Piece[]) => string;
  readonly found: () => readonly Found[];
};

const utf8 = new TextDecoder();

/** The value as text: in a byte stream every character stands for one byte. */
const readBytes = (text: string): string =>
  utf8.decode(Uint8Array.from(text, (char) => char.charCodeAt(0)));

/** Makes a writer of typed placeholders `‹secret.aws-key·40·fp:9c1e›`: class, length, keyed fingerprint (A9). */
export function createWriter(fingerprint: Fingerprint, bytes: boolean): Writer {
  const counts = new Map<string, number>();
  const placeholder = (claim: Claim, text: string): string => {
    counts.set(claim.class, (counts.get(claim.class) ?? 0) + 1);
    const value = claim.value ?? (bytes ? readBytes(text) : text);
    const shown = `‹${claim.class}·${value.length}·fp:${fingerprint.of(value).slice(0, FEW_DIGITS)}›`;
    return bytes ? asByteText(shown) : shown;
  };
  return {
    write: (text, from, to, pieces) => {
      let out = '';
      let at = from;
      for (const { start, end, claim } of pieces) {
        out += text.slice(at, start) + placeholder(claim, text.slice(start, end));
        at = end;
      }
      return out + text.slice(at, to);
    },
    found: () =>
      [...counts]
        .map(([name, count]) => ({ class: name, count }))
        .toSorted((a, b) => (a.class < b.class ? -1 : 1)),
  };
}
