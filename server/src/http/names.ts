import type { Names } from '@countersign/api';
import { visible, type Directory } from '@countersign/core';

/** Names of the people among these ids. ATTACKER: a person may choose their name; nothing in it stays hidden (R8). */
export function namesOf(directory: Directory, ids: Iterable<string | undefined>): Names {
  const names: Record<string, string> = {};
  for (const id of new Set(ids)) {
    const person = id === undefined ? undefined : directory.person(id);
    if (person) names[person.id] = visible(person.name.slice(0, MOST_CHARACTERS)).text;
  }
  return names;
}

const MOST_CHARACTERS = 200;
