import type { Json } from '@countersign/core';
import { listOf, membersOf } from './members.ts';

const COINED = /[A-Za-z][a-z]*[^a-z\s][\w.-]*\w/g;
const QUOTED = /["'`“‘]([\w./-]{1,128})["'`”’]/g;
const MOST = 1_000;

/** Words in a definition that may be names of tools: coined ones, and whatever stands in quotes. */
export function namesIn(definition: Json): readonly string[] {
  const found = new Set<string>();
  const read = (text: string): void => {
    for (const [word] of text.matchAll(COINED)) if (found.size < MOST) found.add(word);
    for (const [, word = ''] of text.matchAll(QUOTED)) if (found.size < MOST) found.add(word);
  };
  const walk = (value: Json): void => {
    if (typeof value === 'string') return read(value);
    for (const one of listOf(value)) walk(one);
    for (const [name, one] of Object.entries(membersOf(value) ?? {})) {
      read(name);
      walk(one);
    }
  };
  walk(definition);
  return [...found];
}
