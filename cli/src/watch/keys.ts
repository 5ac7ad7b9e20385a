/** One press of a key, as far as we know keys. */
export type Key =
  | { readonly name: 'char'; readonly char: string }
  | {
      readonly name:
        | 'up'
        | 'down'
        | 'left'
        | 'right'
        | 'page-up'
        | 'page-down'
        | 'home'
        | 'end'
        | 'enter'
        | 'escape'
        | 'backspace'
        | 'interrupt'
        | 'unknown';
    };

const SEQUENCES: Readonly<Record<string, Exclude<Key['name'], 'char'>>> = {
  '[A': 'up',
  OA: 'up',
  '[B': 'down',
  OB: 'down',
  '[C': 'right',
  OC: 'right',
  '[D': 'left',
  OD: 'left',
  '[5~': 'page-up',
  '[6~': 'page-down',
  '[H': 'home',
  OH: 'home',
  '[1~': 'home',
  '[F': 'end',
  OF: 'end',
  '[4~': 'end',
};
const SINGLES: Readonly<Record<string, Exclude<Key['name'], 'char'>>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u001b': 'escape',
  '\u0003': 'interrupt',
  '\u0004': 'escape',
};

// oxlint-disable-next-line no-control-regex -- a key that is no character begins with ESC
const PRESSES = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|O[@-~]|(?!\u001b)[\s\S])|[\s\S]/gu;

/** What a terminal sent as keys. A character that follows ESC at once is no character: Alt and unknown sequences do nothing. */
export const keysOf = (text: string): readonly Key[] => (text.match(PRESSES) ?? []).map(keyOf);

function keyOf(press: string): Key {
  const single = SINGLES[press];
  if (single) return { name: single };
  if (press.startsWith('\u001b')) return { name: SEQUENCES[press.slice(1)] ?? 'unknown' };
  return /^\p{Cc}$/u.test(press) ? { name: 'unknown' } : { name: 'char', char: press };
}
