import type { Claim } from './scan.ts';

/** A text without what draws nothing, and where each of its characters stood. */
export type Reduced = { readonly text: string; readonly claimed: (claim: Claim) => Claim };

// what `visible` names, apart from spaces
const NOTHING = String.raw`(?![\n\r\t])[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]`;
const SPACE = String.raw`(?! )\p{Zs}`;
const SEQUENCE = String.raw`(?:\u001b\[|\u009b)[0-?]{0,32}[ -/]{0,8}[@-~]`;
const ESCAPE = new RegExp(String.raw`[\u001b\u009b]`);
const ODD_SPACE = new RegExp(SPACE, 'u');
const HIDDEN = new RegExp(`(?:${NOTHING}|${SPACE})+`, 'gu');
const WITH_SEQUENCES = new RegExp(`(?:${SEQUENCE}|${NOTHING}|${SPACE})+`, 'gu');
// nearly every text ends here: all of it is drawn, whatever the rest of Unicode is
const UNCOMMON =
  /[^ -~\n\r\t\u00a1-\u00ac\u00ae-\u024f\u0400-\u0482\u048a-\u052f\u2010-\u2027\u20a0-\u20bf\u3041-\u3096\u30a1-\u30fe\u4e00-\u9fff\uac00-\ud7a3]/;

/** A text with nothing in it that draws nothing. */
export const bare = (text: string): string => text.replaceAll(WITH_SEQUENCES, '');

/**
 * ATTACKER: a zero width space inside a token hides it from every rule and from no reader. So rules look at the text
 * as it is, and where that differs also as it is drawn: odd spaces as plain ones or left out, with escape sequences
 * or without.
 */
export function reductionsOf(text: string): readonly Reduced[] {
  if (!UNCOMMON.test(text) || text.search(HIDDEN) < 0) return [];
  return [
    ...(ODD_SPACE.test(text) ? [reduce(text, HIDDEN, ' ')] : []),
    reduce(text, HIDDEN, ''),
    ...(text.search(ESCAPE) >= 0 ? [reduce(text, WITH_SEQUENCES, '')] : []),
  ];
}

function reduce(text: string, pattern: RegExp, space: '' | ' '): Reduced {
  const starts: number[] = []; // of what is kept: where in `out`, and where in `text`
  const origins: number[] = [];
  let out = '';
  let at = 0;
  const keep = (part: string, from: number): void => {
    if (part === '') return;
    starts.push(out.length);
    origins.push(from);
    out += part;
  };
  for (const { 0: hidden, index } of text.matchAll(pattern)) {
    keep(text.slice(at, index), at);
    if (space !== '' && ODD_SPACE.test(hidden)) keep(space, index);
    at = index + hidden.length;
  }
  keep(text.slice(at), at);
  const originOf = (place: number): number => {
    const part = last(starts, place);
    return (origins[part] ?? 0) + place - (starts[part] ?? 0);
  };
  return {
    text: out,
    claimed: (claim) => {
      const start = originOf(claim.start);
      const end = originOf(claim.end - 1) + 1;
      const value = claim.value ?? out.slice(claim.start, claim.end);
      return { ...claim, start, end, length: end - start, value };
    },
  };
}

/** Index of the last of sorted numbers that is not greater. */
function last(sorted: readonly number[], limit: number): number {
  let from = 0;
  let to = sorted.length;
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] ?? 0) <= limit) from = middle;
    else to = middle;
  }
  return from;
}
