import { isAmong, type DataClass, type DataClasses } from '@countersign/core';
import type { Catalog } from '../catalog/catalog.ts';
import type { Kind, StatementFacts } from '../sql/facts.ts';
import type { ColumnDescription } from '../wire/read-backend.ts';

/** What a column holds that nobody looked at, or of which nobody can tell where it comes from. */
export const UNCLASSIFIED: DataClass = 'custom.unclassified';

/** Why a column is masked; `derived`: its values are not those of any column. Undefined: it passes. */
export type Masked = { readonly as: DataClass; readonly derived: boolean } | undefined;

/** What is known when one result is judged. */
export type About = {
  readonly facts: StatementFacts | undefined;
  readonly catalog: Catalog | undefined;
  /** Classes that pass: for this viewer always, or in this statement since people said so. */
  readonly clear: readonly DataClasses[];
};

// what these answer with is of another statement
const OF_OTHERS: readonly Kind[] = ['execute', 'fetch', 'other', 'unknown'];

/** MASK-13, MASK-14, MASK-15: a column of a result by where it comes from. Unknown is masked. */
export function judgeColumn({ relation, attnum }: ColumnDescription, about: About): Masked {
  if (relation === 0) return judgeDerived(about);
  const found = about.catalog?.byOid(relation);
  if (!found) return { as: UNCLASSIFIED, derived: false };
  if (attnum === 0) {
    const all = found.columns.map((column) =>
      judgeHeld(column.holds, found.isGuarded, about.clear),
    );
    return all.some(Boolean) ? { as: UNCLASSIFIED, derived: true } : undefined;
  }
  const column = found.columns.find((one) => one.attnum === attnum);
  return column
    ? judgeHeld(column.holds, found.isGuarded, about.clear)
    : { as: UNCLASSIFIED, derived: false };
}

function judgeHeld(
  holds: DataClass | 'none' | undefined,
  isGuarded: boolean,
  clear: readonly DataClasses[],
): Masked {
  if (holds === 'none' || (holds === undefined && !isGuarded)) return undefined;
  const as = holds ?? UNCLASSIFIED;
  return mayPass(as, clear) ? undefined : { as, derived: false };
}

function judgeDerived({ facts, clear }: About): Masked {
  if (!facts) return { as: UNCLASSIFIED, derived: true };
  if (isProvenClean(facts)) return undefined;
  const { classes } = facts;
  if (mayPass(UNCLASSIFIED, clear) && classes.every((one) => mayPass(one, clear))) return undefined;
  const [only] = classes;
  return { as: classes.length === 1 && only ? only : UNCLASSIFIED, derived: true };
}

/** Whether nothing that a statement answers can be of a classified or an unknown column. */
export const isProvenClean = (facts: StatementFacts | undefined): boolean =>
  facts?.isClean === true && !OF_OTHERS.includes(facts.kind);

// who lets a family pass has not looked at what is unclassified
const mayPass = (one: DataClass, clear: readonly DataClasses[]): boolean =>
  one === UNCLASSIFIED ? clear.includes(one) : isAmong(one, clear);
