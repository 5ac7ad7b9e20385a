import { err, ok, type Result } from '../result.ts';

/** What is known of a pattern that an installation wrote, before anything is matched with it. */
export type Pattern = {
  /** Most characters it can match. */
  readonly longest: number;
  /** The characters every match begins with, lower case. */
  readonly prefix: string;
  /** Of what kind the first two characters are, where they are no fixed text. */
  readonly first: readonly Kind[];
};
type Kind = 'digit' | 'capital' | 'other';

const LONGEST = 256;
/** Ways in which a matcher may have to try one stretch of text. */
const MOST_WAYS = 10_000;

type Node = {
  readonly least: number;
  readonly longest: number;
  readonly ways: number;
  readonly prefix: string;
  /** Whether all of it is `prefix`. */
  readonly isFixed: boolean;
  readonly first: readonly Kind[];
};
const EMPTY: Node = { least: 0, longest: 0, ways: 1, prefix: '', isFixed: true, first: [] };

class Unreadable extends Error {}
const refuse = (message: string): never => {
  throw new Unreadable(message);
};

/** Reads a pattern: text, classes, `(?:…|…)`, `?`, `{n}`, `{n,m}`. Whatever could take long on hostile text is refused, in words. */
export function readPattern(source: string): Result<Pattern, string> {
  try {
    const reader = { source, at: 0 };
    const node = alternatives(reader);
    if (reader.at < source.length) refuse('`)` closes nothing');
    if (node.least === 0) refuse('it matches nothing at all');
    if (node.longest > LONGEST)
      refuse(`it matches up to ${node.longest} characters; at most ${LONGEST}`);
    return ok({ longest: node.longest, prefix: node.prefix, first: node.first });
  } catch (error) {
    if (error instanceof Unreadable) return err(error.message);
    throw error;
  }
}

type Reader = { readonly source: string; at: number };

function alternatives(reader: Reader): Node {
  const all = [sequence(reader)];
  while (reader.source[reader.at] === '|') {
    reader.at++;
    all.push(sequence(reader));
  }
  const [only] = all;
  if (only && all.length === 1) return only;
  return bounded({
    least: Math.min(...all.map(({ least }) => least)),
    longest: Math.max(...all.map(({ longest }) => longest)),
    ways: all.reduce((sum, { ways }) => sum + ways, 0),
    prefix: '',
    isFixed: false,
    first: [],
  });
}

function sequence(reader: Reader): Node {
  let whole = EMPTY;
  for (;;) {
    const char = reader.source[reader.at];
    if (char === undefined || char === '|' || char === ')') return whole;
    whole = bounded(join(whole, repeated(reader, atom(reader))));
  }
}

const join = (a: Node, b: Node): Node => ({
  least: a.least + b.least,
  longest: a.longest + b.longest,
  ways: a.ways * b.ways,
  prefix: a.isFixed ? a.prefix + b.prefix : a.prefix,
  isFixed: a.isFixed && b.isFixed,
  first:
    a.least === a.longest && a.first.length === a.longest
      ? [...a.first, ...b.first].slice(0, 2)
      : a.first,
});

function bounded(node: Node): Node {
  if (node.ways > MOST_WAYS)
    refuse('it can match one text in too many ways; make repeats exact, such as {6}');
  return node;
}

function repeated(reader: Reader, node: Node): Node {
  const rest = reader.source.slice(reader.at);
  if (/^[*+]/.test(rest) || /^\{\d*,\}/.test(rest))
    refuse(`\`${/^(?:[*+]|\{\d*,\})/.exec(rest)?.[0]}\` has no end; write {1,20} or the like`);
  const [said, low = '', high] = /^(?:\?|\{(\d{1,3})(?:,(\d{1,3}))?\})/.exec(rest) ?? [''];
  if (said === '') return node;
  reader.at += said.length;
  if (/^[?+*{]/.test(reader.source.slice(reader.at))) refuse('one repeat follows another');
  const [from, to] = said === '?' ? [0, 1] : [Number(low), Number(high ?? low)];
  if (from > to) refuse(`\`${said}\` ends before it begins`);
  let ways = 0;
  for (let count = from; count <= to; count++) ways += node.ways ** count;
  const isExact = from === to && from > 0;
  return bounded({
    least: node.least * from,
    longest: node.longest * to,
    ways,
    prefix: isExact && node.isFixed ? node.prefix.repeat(from) : '',
    isFixed: isExact && node.isFixed,
    first:
      from > 0
        ? Array.from({ length: Math.min(2, from) }, () => node.first)
            .flat()
            .slice(0, 2)
        : [],
  });
}

/** A text character, `\\d`, `\\w`, an escaped mark, or a class of these. No class says what is not in it: a line must end. */
const ATOM =
  /^(?:\\[dwDWsS]|\\[^A-Za-z0-9\s]|\[(?!\^)(?:\\[dw]|\\[^A-Za-z0-9\s]|[^\]\\\p{Cc}\u{10000}-\u{10ffff}]){1,128}\]|[^\\[\](){}*+?.^$|\p{Cc}\u{10000}-\u{10ffff}])/u;

function atom(reader: Reader): Node {
  const rest = reader.source.slice(reader.at);
  if (rest.startsWith('(?:')) return group(reader);
  if (rest.startsWith('('))
    refuse('only groups `(?:…)` are read: no captures, look-ahead or look-behind');
  const found = ATOM.exec(rest)?.[0];
  if (found === undefined) return refuse(`\`${rest.slice(0, 2)}\` is not read here`);
  if (/^\\[DWsS]$/.test(found)) refuse(`\`${found}\` matches too much`);
  reader.at += found.length;
  const isText = !/^(?:\[|\\[dw])/.test(found);
  const text = isText ? found.replace(/^\\/, '').toLowerCase() : '';
  return { least: 1, longest: 1, ways: 1, prefix: text, isFixed: isText, first: [kindOf(found)] };
}

function group(reader: Reader): Node {
  reader.at += 3;
  const node = alternatives(reader);
  if (reader.source[reader.at] !== ')') refuse('a group `(?:` is not closed');
  reader.at++;
  return node;
}

function kindOf(found: string): Kind {
  if (found === '\\d' || /^\[(?:\d(?:-\d)?)+\]$/.test(found) || /^\d$/.test(found)) return 'digit';
  return /^(?:[A-Z]|\[(?:[A-Z](?:-[A-Z])?)+\])$/.test(found) ? 'capital' : 'other';
}
