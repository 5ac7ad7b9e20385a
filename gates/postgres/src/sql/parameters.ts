import type { Notes } from './notes.ts';
import { merge, NOTHING, type Flow } from './scope.ts';

/** Values that meet: a parameter beside something classified is of that class. All of them together. */
export function mixed(notes: Notes, flows: readonly Flow[]): Flow {
  const all = flows.reduce(merge, NOTHING);
  const [first] = all.classes;
  if (first !== undefined && all.params.length > 0)
    for (const number of all.params)
      if (!notes.parameters.has(number)) notes.parameters.set(number, first);
  return all;
}
