import type { DataClass } from './class.ts';
import { classOfName } from './names.ts';
import { readPattern } from './pattern.ts';
import type { Rule } from './rule.ts';

/** A class of an installation's own: how it is recognised in texts, and names of fields and columns that hold it. */
export type CustomClass = {
  readonly class: DataClass;
  /** Each matches a whole word. */
  readonly patterns: readonly string[];
  /** Each is looked for as it is, in whatever case, as a whole word. */
  readonly words: readonly string[];
  readonly names: readonly string[];
};

const WORD = /[A-Za-z0-9_]/;
const END = '(?![A-Za-z0-9_])';
const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
const LONGEST_KEYWORD = 40;

/** What begins matches of a pattern, so that one pass over a text finds them; undefined where nothing does. */
export function triggerOf(source: string): Pick<Rule, 'keywords' | 'start'> | undefined {
  const read = readPattern(source);
  if (!read.ok) return undefined;
  const [prefix = ''] = /^\S{0,40}/.exec(read.value.prefix) ?? [];
  if (prefix.length >= 3 || /^[^A-Za-z0-9_:/.-]/.test(prefix))
    return {
      keywords: [prefix.length >= 3 ? prefix.slice(0, LONGEST_KEYWORD) : prefix.slice(0, 1)],
    };
  const [first, second] = read.value.first;
  if (first === 'digit') return { keywords: [], start: 'number' };
  if (first === 'capital' && (second === 'capital' || second === 'digit'))
    return { keywords: [], start: 'capitals' };
  return undefined;
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

/** The class that a name gives its value: one of the installation's own, or what everybody calls so. */
export function namesOf(classes: readonly CustomClass[]): (name: string) => DataClass | undefined {
  const own = new Map(classes.flatMap((one) => one.names.map((name) => [plain(name), one.class])));
  return own.size === 0 ? classOfName : (name) => own.get(plain(name)) ?? classOfName(name);
}

/** The rules of an installation's own classes. Patterns without a trigger were refused when they were read. */
export function rulesOf(classes: readonly CustomClass[]): readonly Rule[] {
  return classes.flatMap((own) => [
    ...own.patterns.flatMap((source, i) => ruleOf(own, source, i)),
    ...own.words.map((word, i) => wordRule(own, word, i)),
  ]);
}

function ruleOf(own: CustomClass, source: string, index: number): readonly Rule[] {
  const trigger = triggerOf(source);
  const read = readPattern(source);
  if (!trigger || !read.ok) return [];
  return [
    {
      id: `${own.class}-${index}`,
      class: own.class,
      ...trigger,
      regex: new RegExp(`(?:${source})${END}`, 'dy'),
      notAfter: WORD,
      reach: read.value.longest + 2,
      stop: 'line',
    },
  ];
}

function wordRule(own: CustomClass, word: string, index: number): Rule {
  const [keyword = ''] = /^\S{1,40}/.exec(word) ?? [];
  // the scan folds ASCII alone
  const cases = [keyword.toLowerCase(), keyword.toUpperCase(), keyword];
  return {
    id: `${own.class}-word-${index}`,
    class: own.class,
    keywords: [...new Set(/^[\x21-\x7e]*$/.test(keyword) ? cases.slice(0, 1) : cases)],
    regex: new RegExp(`${escaped(word)}${END}`, 'diy'),
    notAfter: WORD,
    reach: word.length + 2,
    stop: 'line',
  };
}
