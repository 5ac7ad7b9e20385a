import type { Json } from '@countersign/core';
import { membersOf } from './members.ts';
import type { Members } from './message.ts';

/** What arguments hold, as policy can ask for it. Sorted. */
export type Given = {
  /** Paths of everything that is given: `owner`, `labels[]`, `address.city`. */
  readonly fields: readonly string[];
  /** `path=value` of every scalar that is short enough. */
  readonly values: readonly string[];
  /** Longest text in it. */
  readonly longest: number;
  /** Something is not among `fields` or `values`. */
  readonly isCut: boolean;
};

const MOST_FIELDS = 256;
const MOST_VALUES = 256;
const MOST_NODES = 2_000;
const DEEPEST = 24;
const LONGEST_VALUE = 256;
const PLAIN = /^[A-Za-z0-9_$@-]+$/;
const READS_AS_JSON = /^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|".*)$/s;

/** Reads arguments. What does not fit its bounds is left out and said to be: a part is never taken for the whole. */
export function givenOf(given: Members): Given {
  const fields = new Set<string>();
  const values = new Set<string>();
  let nodes = 0;
  let longest = 0;
  let isCut = false;
  const add = (set: Set<string>, text: string, most: number): void => {
    if (set.has(text)) return;
    if (set.size < most) set.add(text);
    else isCut = true;
  };
  const walk = (value: Json, path: string, depth: number): void => {
    nodes += 1;
    if (nodes > MOST_NODES || depth > DEEPEST) {
      isCut = true;
      return;
    }
    if (path !== '') add(fields, path, MOST_FIELDS);
    if (Array.isArray(value)) {
      for (const one of value as readonly Json[]) walk(one, `${path}[]`, depth + 1);
      return;
    }
    const members = membersOf(value);
    if (!members) {
      if (typeof value === 'string') longest = Math.max(longest, value.length);
      const text = scalarText(value);
      if (text === undefined) isCut = true;
      else add(values, `${path}=${text}`, MOST_VALUES);
      return;
    }
    for (const [name, member] of Object.entries(members)) {
      longest = Math.max(longest, name.length);
      walk(member, path === '' ? named(name) : `${path}.${named(name)}`, depth + 1);
    }
  };
  walk(given, '', 0);
  return { fields: [...fields].toSorted(), values: [...values].toSorted(), longest, isCut };
}

// ATTACKER: a name may hold what joins names; then it is quoted, so that no path can pass for another
const named = (name: string): string =>
  PLAIN.test(name) ? name : JSON.stringify(name.slice(0, LONGEST_VALUE).toWellFormed());

/** A scalar as it stands in `values`: texts bare, but quoted where they would read as another scalar; undefined if too long. */
function scalarText(value: Json): string | undefined {
  if (typeof value !== 'string') return JSON.stringify(value);
  if (value.length > LONGEST_VALUE) return undefined;
  const text = value.toWellFormed();
  const shown = READS_AS_JSON.test(text) ? JSON.stringify(text) : text;
  return shown.length > LONGEST_VALUE ? undefined : shown;
}
