import type { Node } from 'libpg-query';
import type { Relation } from '../catalog/catalog.ts';
import { as, constantOf, qualified, textOf, textsOf } from './node.ts';
import { knownOf } from './notes.ts';
import { ownName, type Item } from './scope.ts';

/** More than this is not counted. */
const MANY = 1e15;

export const capped = (rows: number): number => Math.min(rows, MANY);

/** Both numbers together, unknown if one is. */
export const sum = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? undefined : capped(one + other);

/** A column that must equal something: of which item, what else that needs to be known, how many values it may be. */
export type Equality = {
  readonly item: Item;
  readonly attnum: number;
  readonly needs: ReadonlySet<Item>;
  readonly values: number;
};

/** Equalities that hold of every row for which this condition does. */
export function equalitiesOf(
  condition: Node | undefined,
  items: readonly Item[],
): readonly Equality[] {
  const all = as(condition, 'BoolExpr');
  if (all?.boolop === 'AND_EXPR')
    return (all.args ?? []).flatMap((one) => equalitiesOf(one, items));
  const expression = as(condition, 'A_Expr');
  if (!expression || textsOf(expression.name).join('.') !== '=') return [];
  const { kind, lexpr, rexpr } = expression;
  if (kind === 'AEXPR_IN') return listed(lexpr, as(rexpr, 'List')?.items ?? [], items);
  if (kind !== 'AEXPR_OP') return [];
  return [...equal(lexpr, rexpr, items), ...equal(rexpr, lexpr, items)];
}

function equal(
  column: Node | undefined,
  value: Node | undefined,
  items: readonly Item[],
): readonly Equality[] {
  const found = columnAt(column, items);
  const needs = found && neededFor(value, items);
  return found && needs && !needs.has(found.item) ? [{ ...found, needs, values: 1 }] : [];
}

function listed(
  column: Node | undefined,
  values: readonly Node[],
  items: readonly Item[],
): readonly Equality[] {
  const found = columnAt(column, items);
  const isPlain = values.every((value) => neededFor(value, items)?.size === 0);
  return found && isPlain ? [{ ...found, needs: new Set(), values: values.length }] : [];
}

/** The column a node is, if it is certainly one of these. */
function columnAt(
  node: Node | undefined,
  items: readonly Item[],
): { readonly item: Item; readonly attnum: number } | undefined {
  const names = textsOf(as(node, 'ColumnRef')?.fields);
  const owner = qualified(names.slice(0, -1));
  const found = items
    .filter((item) => names.length === 1 || item.name === owner.name)
    .flatMap((item) => attnumOf(item, names.at(-1)));
  return found.length === 1 ? found[0] : undefined;
}

function attnumOf(
  item: Item,
  name: string | undefined,
): readonly { readonly item: Item; readonly attnum: number }[] {
  if (!item.relation || name === undefined) return [];
  const own = ownName(item, item.relation, name);
  const column = own === undefined ? undefined : knownOf(item.relation).columns.get(own);
  return column ? [{ item, attnum: column.attnum }] : [];
}

/** What a value depends on of these items; undefined where it is more than a constant, a parameter or a column of them. */
function neededFor(value: Node | undefined, items: readonly Item[]): ReadonlySet<Item> | undefined {
  const cast = as(value, 'TypeCast');
  if (cast) return neededFor(cast.arg, items);
  if (as(value, 'ParamRef') || constantOf(value) !== undefined) return new Set();
  const found = columnAt(value, items);
  return found && new Set([found.item]);
}

/** Most rows a join of these items gives, going by keys that are met in full. */
export function rowsOfJoin(
  items: readonly Item[],
  equalities: readonly Equality[],
): number | undefined {
  const starts = items.length <= 6 ? items : items.slice(0, 1);
  const counts = starts.flatMap((first) => fromHere(first, items, equalities) ?? []);
  const isNothing = items.length === 0;
  return isNothing ? 1 : counts.length === 0 ? undefined : capped(Math.min(...counts));
}

/** Takes one item after the other, those first that are met by a key of what was taken. */
function fromHere(
  first: Item,
  items: readonly Item[],
  equalities: readonly Equality[],
): number | undefined {
  const taken = new Set<Item>();
  let rows: number | undefined = 1;
  for (let next: Item | undefined = first; next;) {
    const met: number | undefined = byKey(next, taken, equalities) ?? next.rows;
    rows = rows === undefined || met === undefined ? undefined : capped(rows * met);
    taken.add(next);
    const left = items.filter((item) => !taken.has(item));
    next = left.find((item) => byKey(item, taken, equalities) !== undefined) ?? left[0];
  }
  return rows;
}

/** Most rows of an item when those that were taken are known, if a unique key of it is met in full. */
function byKey(
  item: Item,
  taken: ReadonlySet<Item>,
  equalities: readonly Equality[],
): number | undefined {
  const met = new Map<number, number>();
  for (const one of equalities)
    if (one.item === item && [...one.needs].every((need) => taken.has(need)))
      met.set(one.attnum, Math.min(one.values, met.get(one.attnum) ?? MANY));
  if (met.size === 0) return undefined;
  const counts = (item.relation?.uniques ?? [])
    .filter((key) => key.length > 0 && key.every((attnum) => met.has(attnum)))
    .map((key) => key.reduce((product, attnum) => product * (met.get(attnum) ?? 1), 1));
  return counts.length === 0 ? undefined : Math.min(...counts);
}

/** Of a catalog that was never analyzed: nobody but the database fills it, with what people define. */
const CATALOG_ROWS = 100;

/** Rows of a relation; undefined where nothing is known of them. */
export function rowsOfRelation(relation: Relation | undefined): number | undefined {
  if (!relation || relation.rows > 0) return relation?.rows;
  return relation.schema === 'pg_catalog' && relation.kind === 'table' ? CATALOG_ROWS : undefined;
}

/** The most a constant LIMIT lets through. */
export function limitOf(count: Node | undefined): number | undefined {
  const text = constantOf(count);
  const limit = typeof text === 'string' ? Number(text) : NaN;
  return Number.isFinite(limit) && limit >= 0 ? Math.ceil(limit) : undefined;
}

/** What USING demands: each column of this name equals that of the other side. */
export function equalitiesOfUsing(
  name: string,
  left: readonly Item[],
  right: readonly Item[],
): readonly Equality[] {
  const [ones, others] = [left, right].map((side) => side.flatMap((item) => attnumOf(item, name)));
  const both = (from: typeof ones, to: typeof ones): readonly Equality[] =>
    (from ?? []).flatMap((one) =>
      (to ?? []).map((other) => ({ ...one, needs: new Set([other.item]), values: 1 })),
    );
  return [...both(ones, others), ...both(others, ones)];
}

/** The name in a USING list. */
export const usingName = (node: Node): string => textOf(node) ?? '';
