import type { Json } from '@countersign/core';
import type { TypeProblem } from './action-type.ts';

/** Where in the declaration we are. */
export type Path = readonly (string | number)[];
export type Members = { readonly [name: string]: Json };

/** Reads declarations without stopping at the first problem: every read answers undefined and notes why. */
export type Reading = {
  readonly problems: TypeProblem[];
  readonly report: (problem: TypeProblem) => undefined;
  /** A record with no other members than `known`. */
  readonly record: (
    value: Json | undefined,
    path: Path,
    known: readonly string[],
  ) => Members | undefined;
  /** A record whose member names are the operator's own. */
  readonly map: (value: Json | undefined, path: Path, name: RegExp) => Members | undefined;
  readonly text: (value: Json | undefined, path: Path) => string | undefined;
  readonly count: (value: Json | undefined, path: Path, min: number) => number | undefined;
  readonly flag: (value: Json | undefined, path: Path) => boolean | undefined;
  readonly word: <W extends string>(
    value: Json | undefined,
    path: Path,
    words: readonly W[],
  ) => W | undefined;
  readonly texts: (value: Json | undefined, path: Path) => readonly string[] | undefined;
};

/** Starts a reading. */
export function createReading(): Reading {
  const problems: TypeProblem[] = [];
  const report = (problem: TypeProblem): undefined => void problems.push(problem);
  return { problems, report, ...recordReaders(report), ...scalarReaders(report) };
}

type Report = Reading['report'];

const wrong = (report: Report, value: Json | undefined, path: Path, want: string): undefined =>
  value === undefined
    ? report({ code: 'missing-key', path, message: `is missing; it must be ${want}` })
    : report({ code: 'wrong-type', path, message: `must be ${want}` });

const recordReaders = (report: Report): Pick<Reading, 'record' | 'map'> => ({
  record: (value, path, known) => {
    if (!isMembers(value)) return wrong(report, value, path, `a record with ${known.join(', ')}`);
    for (const name of Object.keys(value).filter((one) => !known.includes(one)))
      report({
        code: 'unknown-key',
        path: [...path, name],
        message: `unknown key \`${name}\``,
        given: name,
        known,
      });
    return value;
  },
  map: (value, path, form) => {
    if (!isMembers(value)) return wrong(report, value, path, 'a record');
    for (const name of Object.keys(value).filter((one) => !form.test(one) || RESERVED.has(one)))
      report({
        code: 'bad-name',
        path: [...path, name],
        message: `\`${name}\` is not a name allowed here`,
      });
    return value;
  },
});

function scalarReaders(
  report: Report,
): Pick<Reading, 'text' | 'texts' | 'count' | 'flag' | 'word'> {
  const text = (value: Json | undefined, path: Path): string | undefined =>
    typeof value === 'string' && value.trim() !== ''
      ? value
      : wrong(report, value, path, 'a text that is not blank');
  return {
    text,
    texts: (value, path) => {
      if (!Array.isArray(value)) return wrong(report, value, path, 'a list of texts');
      const out = value.map((item: Json, i) => text(item, [...path, i]));
      return out.every((item) => item !== undefined) ? out : undefined;
    },
    count: (value, path, min) =>
      typeof value === 'number' && Number.isSafeInteger(value) && value >= min
        ? value
        : wrong(report, value, path, `an integer of at least ${min}`),
    flag: (value, path) =>
      typeof value === 'boolean' ? value : wrong(report, value, path, 'true or false'),
    word: (value, path, words) => {
      const found = words.find((word) => word === value);
      if (found !== undefined) return found;
      const want = `one of ${words.join(', ')}`;
      if (typeof value !== 'string') return wrong(report, value, path, want);
      return report({
        code: 'bad-value',
        path,
        message: `must be ${want}`,
        given: value,
        known: words,
      });
    },
  };
}

/** Names JavaScript or the policy engine gives a meaning of its own. */
const RESERVED = new Set(['__proto__', '__entity', '__extn', '__expr', 'constructor']);

const isMembers = (value: Json | undefined): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members that are there, for optional properties under exactOptionalPropertyTypes. */
export const present = <T extends object>(members: {
  readonly [K in keyof T]?: T[K] | undefined;
}): Partial<T> =>
  Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
