import { digitsAhead, isAt, isCapital, isCapitalOrDigit } from './ahead.ts';
import type { DataClass } from './class.ts';
import type { KnownForm } from './known.ts';
import type { Context, Rule } from './rule.ts';

/** A stretch of text that some rule, or a known value, claims. Lower `rank` wins, then the longer. */
export type Claim = {
  readonly start: number;
  readonly end: number;
  readonly rank: number;
  readonly length: number;
  readonly class: DataClass;
  /** What the placeholder measures, where it is not the claimed text itself. */
  readonly value?: string;
};

/** Finds claims in `text` at triggers in `[from, to)`; stops early at the first that needs more text. */
export type Scan = (
  text: string,
  range: { readonly from: number; readonly to: number; readonly isWhole: boolean },
  claims: Claim[],
) => number;

/** No rule reads further back from its trigger than this, nor over white space. */
export const LOOK_BACK = 64;

const OTHER = 0;
const DIGIT = 27;
const JOINER = 28;

/** Characters folded into five bits, so that three of them index a table; letters without case. */
const FOLD = Uint8Array.from({ length: 256 }, (_, code) => {
  const char = code < 128 ? String.fromCharCode(code) : '';
  if (/[a-z]/i.test(char)) return code & 31;
  if (/[0-9]/.test(char)) return DIGIT;
  if (char === '_') return JOINER;
  if (char === '-') return 29;
  if (char === ':' || char === '.') return 30;
  return char === '/' ? 31 : OTHER;
});
const fold = (text: string, at: number): number => {
  const code = text.charCodeAt(at);
  return code < 128 ? (FOLD[code] ?? OTHER) : OTHER; // NaN past the end compares false
};

/** Where a character stands: within a word, or where one may start. */
const WITHIN = 1;
const AT_START = 2;
const ANYWHERE = 3;
/** That, by the character before it. */
const PLACE = Uint8Array.from({ length: 32 }, (_, kind) =>
  kind === OTHER || kind > JOINER ? AT_START : WITHIN,
);
/** Any character that is not of ASCII. */
const BEYOND = 255;

// of one shape, which is what makes reading it fast
type Try = {
  readonly keyword: string;
  readonly least: number;
  readonly rule: Rule;
  readonly rank: number;
};
const MORE = -1;

/** Builds the scanner of a set of rules and known values: one pass over the text, rules only where a trigger stands. */
export function createScan(rules: readonly Rule[], known: readonly KnownForm[]): Scan {
  const triggers = tables.get(rules) ?? tabulate(rules);
  tables.set(rules, triggers);
  const forms = Map.groupBy(known, (form) => form.text.charCodeAt(0));
  const { isTrigger } = triggers;
  const begins = triggers.begins.slice();
  for (const code of forms.keys()) begins[Math.min(code, BEYOND)] = ANYWHERE;
  return (text, { from, to, isWhole }, claims) => {
    const first = Math.max(0, from - 1);
    const codes = codesOf(text, first, to + 2);
    const meet = (at: number, tries: readonly Try[] | undefined): boolean =>
      tries !== undefined && attempt(text, at, tries, isWhole, claims) === MORE;
    const meetAny = (at: number, near: number, place: number): boolean => {
      if (meet(at, triggers.trigrams[near])) return true;
      const kind = near >> 10;
      const starting = place === AT_START ? startingAt(text, at, kind) : undefined;
      if (meet(at, kind === OTHER ? triggers.singles[text.charCodeAt(at)] : starting)) return true;
      const values = forms.get(text.charCodeAt(at));
      return values !== undefined && recognise(text, at, values, isWhole, claims) === MORE;
    };
    let [here, next] = [codes[from - first] as number, codes[from - first + 1] as number];
    let near = ((FOLD[here] as number) << 5) | (FOLD[next] as number);
    let before = from > 0 ? fold(text, from - 1) : OTHER;
    for (let at = from; at < to; at++) {
      const ahead = codes[at - first + 2] as number;
      near = ((near << 5) | (FOLD[ahead] as number)) & 0x7fff;
      const place = PLACE[before] as number;
      // one question for each character: nobody foretells where words end, and a wrong guess costs more than all the rest
      const isMet = (isTrigger[near] as number) | ((begins[here] as number) & place);
      if (isMet !== 0 && meetAny(at, near, place)) return at;
      before = near >> 10;
      here = next;
      next = ahead;
    }
    return to;
  };
  function startingAt(text: string, at: number, kind: number): readonly Try[] | undefined {
    if (kind === DIGIT) return triggers.numbers;
    return kind < DIGIT && isCapital(text, at) && isCapitalOrDigit(text, at + 1)
      ? triggers.capitals[kind]
      : undefined;
  }
}

const encoder = new TextEncoder();
const MOST_KEPT = 65_536;
let codes = new Uint8Array(1_024);

/** The characters of `[from, to)`, one byte each, and two more: reading a byte costs a fifth of asking a text. Lasts until the next call. */
function codesOf(text: string, from: number, to: number): Uint8Array {
  const part = from === 0 && to >= text.length ? text : text.slice(from, to);
  const { length } = part;
  if (codes.length < length + 2 || codes.length > MOST_KEPT)
    codes = new Uint8Array(Math.max(1_024, length + 2));
  const { read, written } = encoder.encodeInto(part, codes);
  if (read !== length || written !== length)
    // not all of it is ASCII
    for (let i = 0; i < length; i++) {
      const code = part.charCodeAt(i);
      codes[i] = code < 128 ? code : BEYOND;
    }
  codes.fill(BEYOND, length, length + 2);
  return codes;
}

const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

type Triggers = {
  /** By three folded characters, by one of ASCII that folds to nothing, and by the letter that begins a word. */
  readonly trigrams: (Try[] | undefined)[];
  readonly singles: (Try[] | undefined)[];
  readonly capitals: (Try[] | undefined)[];
  readonly numbers: Try[];
  /** Whether there are any: small enough for the nearest cache, since every character asks. */
  readonly isTrigger: Uint8Array;
  /** By character, where it may begin something by itself. */
  readonly begins: Uint8Array;
};

/** Most streams are masked by the same rules. */
const tables = new WeakMap<readonly Rule[], Triggers>();

const table = (length: number): (Try[] | undefined)[] => Array.from({ length });

function tabulate(rules: readonly Rule[]): Triggers {
  const [trigrams, singles, capitals] = [table(0x8000), table(128), table(32)];
  const numbers: Try[] = [];
  rules.forEach((rule, index) => {
    const entry = { keyword: '', least: rule.least ?? 0, rule, rank: index + 1 };
    if (rule.start === 'number') numbers.push(entry);
    if (rule.start === 'capitals')
      for (const letter of rule.initials ?? CAPITALS)
        (capitals[letter.charCodeAt(0) & 31] ??= []).push(entry);
    for (const keyword of rule.keywords) {
      const near = (fold(keyword, 0) << 10) | (fold(keyword, 1) << 5) | fold(keyword, 2);
      const list =
        keyword.length === 1 ? (singles[keyword.charCodeAt(0)] ??= []) : (trigrams[near] ??= []);
      list.push({ ...entry, keyword });
    }
  });
  const begins = new Uint8Array(256);
  for (const char of '0123456789') begins[char.charCodeAt(0)] = AT_START;
  for (const char of CAPITALS) begins[char.charCodeAt(0)] = AT_START;
  singles.forEach((list, code) => list && (begins[code] = ANYWHERE));
  return {
    trigrams,
    singles,
    capitals,
    numbers,
    isTrigger: Uint8Array.from(trigrams, (list) => (list ? 1 : 0)),
    begins,
  };
}

function attempt(
  text: string,
  at: number,
  tries: readonly Try[],
  isWhole: boolean,
  claims: Claim[],
): number {
  let digits = UNKNOWN;
  for (const { keyword, least, rule, rank } of tries) {
    if (keyword.length > 1 && !isAt(text, at, keyword)) continue;
    if (least > 0) {
      if (digits === UNKNOWN) digits = digitsAhead(text, at, isWhole);
      if (digits < least) continue;
    }
    if (!isWhole && !isSettled(text, at, rule)) return MORE;
    const start = rule.lookBack ? lookBack(text, at, rule.lookBack) : at;
    if (rule.notAfter && start > 0 && rule.notAfter.test(text.charAt(start - 1))) continue;
    const span = match(text, start, rule);
    if (!span) continue;
    const [first, end] = span;
    if (rule.context && !isInContext(text, first, end, at + rule.reach, rule.context)) continue;
    claims.push({ start: first, end, rank, length: end - first, class: rule.class });
  }
  return 0;
}

const UNKNOWN = -1;
/** What stands around a match says what it is: up to 64 characters before it, and the line after it up to the reach. */
function isInContext(
  text: string,
  start: number,
  end: number,
  limit: number,
  { near, after, unless }: Context,
): boolean {
  const before = text.slice(Math.max(0, start - LOOK_BACK), start);
  const isNear =
    near === undefined ||
    near.test(before) ||
    (after?.test(/^[^\r\n]*/.exec(text.slice(end, limit))?.[0] ?? '') ?? false);
  return isNear && !unless?.test(before);
}

/** Whether all the text a rule could look at is there. */
function isSettled(text: string, at: number, rule: Rule): boolean {
  const end = at + rule.reach;
  if (end <= text.length) return true;
  if (rule.stop === 'footer') return text.includes('-----END', at);
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || (rule.stop === 'space' && (code === 32 || code === 9 || code === 13)))
      return true;
  }
  return false;
}

function lookBack(text: string, at: number, allowed: RegExp): number {
  let start = at;
  while (start > 0 && at - start < LOOK_BACK && allowed.test(text.charAt(start - 1))) start--;
  return start;
}

function match(text: string, start: number, rule: Rule): readonly [number, number] | undefined {
  rule.regex.lastIndex = start;
  const found = rule.regex.exec(text);
  const all = found?.indices;
  const span = all && (all.find((group, i) => i > 0 && group !== undefined) ?? all[0]);
  if (!span) return undefined;
  let value = text.slice(span[0], span[1]);
  while (rule.validate && !rule.validate(value)) {
    const shorter = rule.shorten ? value.replace(rule.shorten, '') : value;
    if (shorter.length === value.length || shorter === '') return undefined;
    value = shorter;
  }
  return [span[0], span[0] + value.length];
}

const isBase64 = (char: string): boolean => /[A-Za-z0-9+/_-]/.test(char);

function recognise(
  text: string,
  at: number,
  forms: readonly KnownForm[],
  isWhole: boolean,
  claims: Claim[],
): number {
  for (const form of forms) {
    let end = follow(text, at, form, isWhole);
    if (end === MORE) return MORE;
    if (end === 0) continue;
    const start = form.before && at > 0 && isBase64(text.charAt(at - 1)) ? at - 1 : at;
    if (form.after) {
      if (!isWhole && end + 3 > text.length) return MORE;
      if (isBase64(text.charAt(end))) end++;
      for (let pad = 0; pad < 2 && text.charAt(end) === '='; pad++) end++;
    }
    claims.push({
      start,
      end,
      rank: 0,
      length: end - start,
      class: 'secret.injected',
      value: form.value,
    });
  }
  return 0;
}

/** Where a form that begins at `at` ends; 0 when it does not stand there, MORE when the text ends first. */
function follow(text: string, at: number, form: KnownForm, isWhole: boolean): number {
  let i = at;
  for (let k = 0; k < form.text.length; k++, i++) {
    if (form.wraps && k > 0) i = skipBreaks(text, i);
    if (i >= text.length) return isWhole ? 0 : MORE;
    if (text.charCodeAt(i) !== form.text.charCodeAt(k)) return 0;
  }
  return i;
}

function skipBreaks(text: string, at: number): number {
  let i = at;
  while (text.charCodeAt(i) === 10 || text.charCodeAt(i) === 13) i++;
  return i;
}
