import type { DataClass, Masker } from '@countersign/core';
import type { TableClasses } from '../../config/data-classes.ts';
import type { Ask } from '../asking.ts';
import { samplesOf, tablesOf, type FoundTable } from './columns.ts';
import { proposalFor, type Proposal } from './propose.ts';

/** What stands out when a database is held beside its file of data classes. */
export type Difference = {
  readonly table: string;
  readonly column: string;
} &
  /** The file does not know it. */
  (
    | ({ readonly is: 'new' } & Proposal)
    /** The file says `none`, and its values do not. */
    | ({ readonly is: 'doubtful' } & Proposal)
    | { readonly is: 'proposed'; readonly holds: DataClass | 'none' }
    /** Nobody said anything, and neither its name nor its values do. */
    | { readonly is: 'unclassified' }
    /** The file knows it, the database does not. */
    | { readonly is: 'gone' }
  );

/** Compares; samples only what nobody looked at, and what is said to hold nothing private. */
export async function compare(
  ask: Ask,
  classes: TableClasses,
  masker: Pick<Masker, 'mask'>,
): Promise<readonly Difference[]> {
  const tables = await tablesOf(ask);
  const out: Difference[] = [];
  for (const table of tables) out.push(...(await compareTable(ask, table, { classes, masker })));
  return [...out, ...goneFrom(classes, tables)];
}

async function compareTable(
  ask: Ask,
  found: FoundTable,
  { classes, masker }: { readonly classes: TableClasses; readonly masker: Pick<Masker, 'mask'> },
): Promise<readonly Difference[]> {
  const said = classes[found.name] ?? {};
  const heldBy = (name: string) => (Object.hasOwn(said, name) ? said[name] : undefined);
  const looked = found.columns.filter(({ name, isText, mayRead }) => {
    const holds = heldBy(name)?.holds;
    return isText && mayRead && (holds === undefined || holds === 'none');
  });
  const samples = await samplesOf(
    ask,
    found,
    looked.map(({ name }) => name),
  );
  return found.columns.flatMap(({ name: column }): readonly Difference[] => {
    const at = { table: found.name, column };
    const held = heldBy(column);
    if (held?.isProposed === true) return [{ ...at, is: 'proposed', holds: held.holds }];
    if (held !== undefined && held.holds !== 'none') return [];
    const proposal = proposalFor(column, samples.get(column) ?? [], masker);
    if (!held)
      return [proposal ? { ...at, is: 'new', ...proposal } : { ...at, is: 'unclassified' }];
    // a person looked; only what its values show is worth a second look
    return proposal?.because.includes(' of ') === true
      ? [{ ...at, is: 'doubtful', ...proposal }]
      : [];
  });
}

const goneFrom = (classes: TableClasses, tables: readonly FoundTable[]): readonly Difference[] => {
  const there = new Map(tables.map(({ name, columns }) => [name, columns]));
  return Object.entries(classes).flatMap(([table, columns]) =>
    Object.keys(columns)
      .filter((column) => !there.get(table)?.some(({ name }) => name === column))
      .map((column): Difference => ({ table, column, is: 'gone' })),
  );
};
