const CONSONANTS = 'bdfghjklmnprstvz';
const VOWELS = 'aiou';

/** Four pronounceable words for the first 64 bits of a digest (proquints), made here so that they can be compared. */
export function phraseOf(digest: string): string {
  const hex = digest.slice('sha256:'.length);
  return [0, 4, 8, 12].map((at) => word(Number.parseInt(hex.slice(at, at + 4), 16))).join('-');
}

const word = (bits: number): string =>
  [
    CONSONANTS[(bits >> 12) & 15],
    VOWELS[(bits >> 10) & 3],
    CONSONANTS[(bits >> 6) & 15],
    VOWELS[(bits >> 4) & 3],
    CONSONANTS[bits & 15],
  ].join('');
