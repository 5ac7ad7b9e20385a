/** A stretch of two texts: in both, or in one of them. */
export type Piece = { readonly is: 'same' | 'added' | 'removed'; readonly text: string };

// ATTACKER: both texts are a server's; what would take longer is shown as replaced whole, and nothing is left out
const MOST_CELLS = 1_000_000;

/** What is the same in two texts and what is not, word by word: the second is all pieces but `removed`, the first all but `added`. */
export function piecesOf(before: string, after: string): readonly Piece[] {
  const [a, b] = [wordsOf(before), wordsOf(after)];
  const head = sharedHead(a, b);
  const tail = sharedTail(a.slice(head), b.slice(head));
  const [was, is] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  return joined([
    ...a.slice(0, head).map(same),
    ...(was.length * is.length > MOST_CELLS ? replaced(was, is) : compared(was, is)),
    ...a.slice(a.length - tail).map(same),
  ]);
}

const wordsOf = (text: string): readonly string[] =>
  text.match(/⟨[^⟩]*⟩|[\p{L}\p{M}\p{N}_]+|\s+|./gsu) ?? [];

const same = (text: string): Piece => ({ is: 'same', text });

const replaced = (was: readonly string[], is: readonly string[]): readonly Piece[] => [
  ...was.map((text) => ({ is: 'removed', text }) as const),
  ...is.map((text) => ({ is: 'added', text }) as const),
];

function sharedHead(a: readonly string[], b: readonly string[]): number {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n++;
  return n;
}

const sharedTail = (a: readonly string[], b: readonly string[]): number =>
  sharedHead(a.toReversed(), b.toReversed());

/** By the longest common subsequence. */
function compared(a: readonly string[], b: readonly string[]): readonly Piece[] {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const pieces: Piece[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const [was, is] = [a[i], b[j]];
    if (was !== undefined && was === is) {
      pieces.push(same(was));
      i++;
      j++;
    } else if (was !== undefined && (is === undefined || at(i + 1, j) >= at(i, j + 1))) {
      pieces.push({ is: 'removed', text: was });
      i++;
    } else {
      pieces.push({ is: 'added', text: is ?? '' });
      j++;
    }
  }
  return pieces;
}

/** Neighbours of one kind are one piece. */
function joined(pieces: readonly Piece[]): readonly Piece[] {
  const out: Piece[] = [];
  for (let from = 0; from < pieces.length;) {
    const is = pieces[from]?.is ?? 'same';
    let to = from;
    let text = '';
    for (; pieces[to]?.is === is; to++) text += pieces[to]?.text ?? '';
    out.push({ is, text });
    from = to;
  }
  return out;
}
