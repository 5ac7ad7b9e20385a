import type { DataClass } from '@countersign/core';
import type { Catalog, Column, FunctionClass, Holds, Relation } from '../catalog/catalog.ts';
import type { NameUse } from './facts.ts';
import type { Risk } from './risks.ts';

/** What is gathered of one statement while it is walked. Only ever grows, and only towards the worse. */
export type Notes = {
  readonly catalog: Catalog;
  readonly verbs: Set<string>;
  readonly reads: Set<string>;
  readonly writes: Set<string>;
  readonly read: Set<string>;
  readonly set: Set<string>;
  readonly functions: Map<string, FunctionClass>;
  readonly risks: Set<Risk>;
  readonly classes: Set<DataClass>;
  readonly parameters: Map<number, DataClass>;
  readonly names: NameUse[];
  /** What was not understood. */
  readonly gaps: Set<string>;
  /** What this text alone does not say, though it was understood. */
  readonly elsewhere: Set<string>;
  isClean: boolean;
  isLiteralSensitive: boolean;
  changesCatalog: boolean;
  /** A write without a condition on a column of what it writes. */
  isUnbounded: boolean;
  /** Rows of all writes together. */
  written: number | undefined;
  setting: { readonly name: string; readonly value: string | undefined } | undefined;
};

/** Nothing noted yet. */
export const emptyNotes = (catalog: Catalog): Notes => ({
  catalog,
  verbs: new Set(),
  reads: new Set(),
  writes: new Set(),
  read: new Set(),
  set: new Set(),
  functions: new Map(),
  risks: new Set(),
  classes: new Set(),
  parameters: new Map(),
  names: [],
  gaps: new Set(),
  elsewhere: new Set(),
  isClean: true,
  isLiteralSensitive: false,
  changesCatalog: false,
  isUnbounded: false,
  written: 0,
  setting: undefined,
});

/** Notes something that was not understood: then nothing is inspectable and nothing clean. */
export function gap(notes: Notes, risk: Risk, what: string): void {
  notes.risks.add(risk);
  notes.gaps.add(what);
  notes.isClean = false;
}

type Known = { readonly columns: ReadonlyMap<string, Column>; readonly isHolding: boolean };
const known = new WeakMap<Relation, Known>();

/** Columns of a relation by name, and whether any of them holds something private. */
export function knownOf(relation: Relation): Known {
  const found = known.get(relation);
  if (found) return found;
  const made = {
    columns: new Map(relation.columns.map((column) => [column.name, column])),
    isHolding: relation.columns.some(({ holds }) => isClass(holds)),
  };
  known.set(relation, made);
  return made;
}

/** Whether it is known to hold something private. */
export const isClass = (holds: Holds): holds is DataClass =>
  holds !== undefined && holds !== 'none';

/** Whether anything of it is masked. */
const isPrivate = (relation: Relation): boolean =>
  relation.isGuarded || knownOf(relation).isHolding;

/** A relation's name with its schema. */
export const nameOfRelation = (relation: Relation): string => `${relation.schema}.${relation.name}`;

/** Notes that a relation is read, and what lies behind it. */
export function readsRelation(notes: Notes, relation: Relation): void {
  notes.reads.add(nameOfRelation(relation));
  for (const behind of behindOf(notes, relation)) notes.reads.add(nameOfRelation(behind));
  if (STATISTICS.test(relation.name)) {
    notes.risks.add('statistics');
    notes.isClean = false;
  }
  for (const name of relation.calls) {
    notes.functions.set(name, 'user');
    notes.risks.add('user-function');
    notes.isClean = false;
  }
  // a view may choose its rows by what it does not show
  if (relation.kind.endsWith('view') && isPrivate(relation)) notes.isClean = false;
}

/** Relations behind one; those the catalog does not tell of are a gap. */
function behindOf(notes: Notes, relation: Relation): readonly Relation[] {
  return relation.behind.flatMap((oid) => {
    const behind = notes.catalog.byOid(oid);
    if (!behind) gap(notes, 'unknown-relation', `something behind \`${relation.name}\` is unknown`);
    return behind ?? [];
  });
}

/** Where the server keeps values of columns, texts of statements, and secrets. */
const STATISTICS =
  /^pg_(?:statistic|stats|stat_activity|stat_statements|stat_replication|stat_subscription|stat_wal_receiver|authid|shadow|user_mapping|foreign_server|subscription|hba_file|ident_file|file_settings|largeobject|cursors|prepared_statements|prepared_xacts|replication_origin)/;

/** Notes that a relation is written, and what that does besides. */
export function writesRelation(notes: Notes, relation: Relation): void {
  notes.writes.add(nameOfRelation(relation));
  for (const one of [relation, ...behindOf(notes, relation)]) {
    if (one !== relation && one.kind !== 'view') notes.writes.add(nameOfRelation(one));
    if (one.hidden.includes('trigger')) notes.risks.add('trigger');
    if (one.hidden.includes('rule')) notes.risks.add('rule');
    // an error of a write tells the whole row it failed on, whatever columns were named
    if (isPrivate(one) || one.hidden.includes('trigger')) notes.isClean = false;
  }
}

/** Notes that a column is read or set; `*` for a whole row. What is in it. */
export function touches(
  notes: Notes,
  relation: Relation,
  column: string,
  how: 'read' | 'set',
): readonly DataClass[] {
  notes[how].add(`${nameOfRelation(relation)}.${column}`);
  if (how === 'read') notes.reads.add(nameOfRelation(relation));
  const { columns } = knownOf(relation);
  if (column === '*')
    return relation.columns.flatMap((one) => classified(notes, relation, one.holds));
  return classified(notes, relation, columns.get(column)?.holds);
}

function classified(notes: Notes, relation: Relation, what: Holds): readonly DataClass[] {
  if (isClass(what) || (what === undefined && relation.isGuarded)) notes.isClean = false;
  if (!isClass(what)) return [];
  notes.classes.add(what);
  return [what];
}
