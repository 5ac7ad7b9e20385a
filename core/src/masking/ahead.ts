/** Whether a capital of ASCII stands at `at`. */
export const isCapital = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at);
  return code > 64 && code < 91;
};
const isLetter = (code: number): boolean => (code > 64 && code < 91) || (code > 96 && code < 123);
/** Whether a capital or a digit does. */
export const isCapitalOrDigit = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at);
  return (code > 64 && code < 91) || (code > 47 && code < 58);
};

/** No rule asks for more digits, nor looks for them further. */
const MOST_DIGITS = 13;
const WINDOW = 48;

/** How many digits follow, as `least` counts them; as many as any rule asks for where the text ends too early to tell. */
export function digitsAhead(text: string, at: number, isWhole: boolean): number {
  const mayHaveLetters = isCapital(text, at);
  let digits = 0;
  let others = 0;
  for (let i = at; i < at + WINDOW && digits < MOST_DIGITS; i++) {
    const code = text.charCodeAt(i);
    if (code > 47 && code < 58) {
      digits++;
      others = 0;
    } else if (
      code === 32 ||
      (code > 39 && code < 48 && code !== 42 && code !== 44) ||
      code === 58
    ) {
      if (++others > 3) return digits;
    } else if (code === 65 || (mayHaveLetters && isLetter(code))) others = 0;
    else return i < text.length || isWhole ? digits : MOST_DIGITS;
  }
  return digits;
}

/** Whether a keyword stands at `at`, in whatever case. */
export function isAt(text: string, at: number, keyword: string): boolean {
  for (let i = 0; i < keyword.length; i++) {
    const code = text.charCodeAt(at + i);
    const lower = code > 64 && code < 91 ? code | 32 : code;
    if (lower !== keyword.charCodeAt(i)) return false;
  }
  return true;
}
