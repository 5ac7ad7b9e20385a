import { classOfName, isDataClass, type DataClass, type Masker } from '@countersign/core';

/** What a column probably holds, and why: the words are shown, so they hold no value. */
export type Proposal = { readonly holds: DataClass; readonly because: string };

/** From this share on, values say what a column is. */
const ENOUGH = 0.6;
/** So few values say nothing. */
const FEWEST = 3;

/** Guesses by the values of a column, then by its name; undefined: neither says anything. Never that nothing is private. */
export function proposalFor(
  name: string,
  values: readonly string[],
  masker: Pick<Masker, 'mask'>,
): Proposal | undefined {
  const [best, count = 0] = mostFound(values, masker) ?? [];
  if (best !== undefined && values.length >= FEWEST && count >= values.length * ENOUGH)
    return { holds: best, because: `${count} of ${values.length} look like it` };
  const named = classOfName(name);
  if (named !== undefined) return { holds: named, because: 'its name says so' };
  if (best === undefined) return undefined;
  return { holds: best, because: `${count} of ${values.length} hold some` };
}

/** The class most values have something of, and how many. */
function mostFound(
  values: readonly string[],
  masker: Pick<Masker, 'mask'>,
): readonly [DataClass, number] | undefined {
  const counts = new Map<DataClass, number>();
  for (const value of values)
    for (const { class: found } of masker.mask(value).found)
      if (isDataClass(found)) counts.set(found, (counts.get(found) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0];
}
