import type { DataClass } from '@countersign/core';
import type { Relation } from '../catalog/catalog.ts';
import { gap, isClass, knownOf, touches, type Notes } from './notes.ts';

/** What a value is made of: classes of the columns and numbers of the parameters that go into it. */
export type Flow = { readonly classes: readonly DataClass[]; readonly params: readonly number[] };

export const NOTHING: Flow = { classes: [], params: [] };

/** Both together. */
export function merge(one: Flow, other: Flow): Flow {
  if (one === NOTHING) return other;
  if (other === NOTHING) return one;
  return {
    classes: [...one.classes, ...other.classes],
    params: [...one.params, ...other.params],
  };
}

/** One column of what a query gives. */
export type Output = { readonly name: string | undefined; readonly flow: Flow };

/** What a query gives: its columns, and what is known of how much it is. */
export type Derived = {
  readonly outputs: readonly Output[];
  /** It has columns whose names are not known. */
  readonly isOpen: boolean;
  readonly rows: number | undefined;
  readonly export: boolean;
  /** Whether a condition on a column chooses its rows. */
  readonly hasWhere: boolean;
};

/** Something in a FROM: a relation, or columns that were derived. */
export type Item = {
  /** By what it is referred to; undefined where it cannot be. */
  readonly name: string | undefined;
  readonly relation?: Relation;
  /** Whether the relation goes by its own name, so that its schema may be written before it. */
  readonly isOwnName?: boolean;
  /** Names given to columns, in their order; others keep theirs. */
  readonly aliases?: readonly string[];
  readonly derived?: Derived;
  /** Of a join that has a name of its own. */
  readonly members?: readonly Item[];
  /** Only there when it is named: `old`, `new`, `excluded`. */
  readonly isHidden?: boolean;
  readonly rows: number | undefined;
  /** How many times a column of it was named. */
  hits: number;
};

/** Where names are looked up. */
export type Scope = {
  readonly items: Item[];
  readonly ctes: ReadonlyMap<string, Derived>;
  readonly outer: Scope | undefined;
};

const SYSTEM = new Set(['ctid', 'xmin', 'cmin', 'xmax', 'cmax', 'tableoid']);

/** Notes that a column of an item is read; undefined where the item has none of this name, as far as is known. */
export function columnOf(notes: Notes, item: Item, name: string): Flow | undefined {
  const flow = item.relation
    ? ofRelation(notes, item, item.relation, name)
    : (ofDerived(item, name) ?? ofMembers(notes, item, name));
  if (flow) item.hits += 1;
  return flow;
}

function ofRelation(notes: Notes, item: Item, relation: Relation, name: string): Flow | undefined {
  const own = ownName(item, relation, name);
  if (own === undefined) return undefined;
  return flowOf(touches(notes, relation, own, 'read'));
}

/** What the catalog calls the column that this item calls so. */
export function ownName(item: Item, relation: Relation, name: string): string | undefined {
  const { columns } = knownOf(relation);
  if (!item.aliases) return columns.has(name) || SYSTEM.has(name) ? name : undefined;
  const plain = relation.columns.filter(({ attnum }) => attnum > 0);
  const at = item.aliases.indexOf(name);
  if (at >= 0) return plain[at]?.name;
  const isRenamed = plain.findIndex((column) => column.name === name) < item.aliases.length;
  return (columns.has(name) && !isRenamed) || SYSTEM.has(name) ? name : undefined;
}

function ofDerived(item: Item, name: string): Flow | undefined {
  const found = item.derived?.outputs.filter((output) => output.name === name);
  if (!found || found.length === 0) return undefined;
  return found.reduce((flow, one) => merge(flow, one.flow), NOTHING);
}

function ofMembers(notes: Notes, item: Item, name: string): Flow | undefined {
  const found = (item.members ?? []).flatMap((member) => columnOf(notes, member, name) ?? []);
  return found.length === 0 ? undefined : found.reduce(merge, NOTHING);
}

const flowOf = (classes: readonly DataClass[]): Flow =>
  classes.length === 0 ? NOTHING : { classes, params: [] };

/** Notes that all of an item is read. */
export function wholeOf(notes: Notes, item: Item): Flow {
  item.hits += 1;
  if (item.relation) return flowOf(touches(notes, item.relation, '*', 'read'));
  const derived = (item.derived?.outputs ?? []).reduce(
    (all, { flow }) => merge(all, flow),
    NOTHING,
  );
  return (item.members ?? []).reduce((all, one) => merge(all, wholeOf(notes, one)), derived);
}

/** Whether an item may have columns nobody knows the names of. */
export const isOpen = (item: Item): boolean =>
  item.derived?.isOpen === true || item.members?.some(isOpen) === true;

/** Columns of an item as `*` gives them; that they are read is noted elsewhere. */
export function outputsOf(item: Item): readonly Output[] {
  if (!item.relation) return item.derived?.outputs ?? (item.members ?? []).flatMap(outputsOf);
  return item.relation.columns
    .filter(({ attnum }) => attnum > 0)
    .map((column, index) => ({
      name: item.aliases?.[index] ?? column.name,
      flow: flowOf(isClass(column.holds) ? [column.holds] : []),
    }));
}

/**
 * Notes what an unqualified name reads: a column, of the innermost query that has it; else a whole row of what is called so.
 * Where it cannot be told, everything in reach.
 */
export function resolve(notes: Notes, scope: Scope, name: string): Flow {
  let flow = NOTHING;
  let wasOpen = false;
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const found = at.items.flatMap((item) => columnOf(notes, item, name) ?? []);
    if (found.length > 0) return found.reduce(merge, flow);
    for (const item of at.items.filter(isOpen)) {
      wasOpen = true;
      flow = merge(flow, wholeOf(notes, item));
    }
  }
  const row = itemCalled(scope, undefined, name);
  if (row) return merge(flow, wholeOf(notes, row));
  return merge(flow, uncertain(notes, scope, name, wasOpen));
}

/** Notes that a name may be anything in reach. */
export function uncertain(notes: Notes, scope: Scope, name: string, wasOpen: boolean): Flow {
  notes.isClean = false;
  if (!wasOpen) gap(notes, 'unknown-column', `column \`${name}\` is not known`);
  let flow = NOTHING;
  for (let at: Scope | undefined = scope; at; at = at.outer)
    for (const item of at.items) flow = merge(flow, wholeOf(notes, item));
  return flow;
}

/** What is called so, in the innermost query that has it. */
export function itemCalled(
  scope: Scope,
  schema: string | undefined,
  name: string,
): Item | undefined {
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const found = at.items.find((item) => isCalled(item, schema, name));
    if (found) return found;
  }
  return undefined;
}

const isCalled = (item: Item, schema: string | undefined, name: string): boolean =>
  item.name === name &&
  (schema === undefined || (item.isOwnName === true && item.relation?.schema === schema));
