import type { Alias, JoinExpr, Node, RangeFunction, RangeVar } from 'libpg-query';
import { COLUMNS_OF, SINGLE } from './functions.ts';
import { calledOf } from './calls.ts';
import { as, bodyOf, handlerOf, nameOf, textsOf, type Handlers } from './node.ts';
import { gap } from './notes.ts';
import { mixed } from './parameters.ts';
import { relationOf } from './relations.ts';
import {
  equalitiesOf,
  equalitiesOfUsing,
  rowsOfRelation,
  usingName,
  type Equality,
} from './rows.ts';
import {
  columnOf,
  isOpen,
  merge,
  NOTHING,
  outputsOf,
  uncertain,
  type Derived,
  type Flow,
  type Item,
  type Output,
  type Scope,
} from './scope.ts';
import { notesType } from './types.ts';
import type { At, Walk } from './walk.ts';

/** A FROM being read: what was met so far is in the scope. */
export type From = At & { readonly equalities: Equality[] };

/** Reads a FROM into the items of a scope; what its joins demand is told. */
export function readFrom(
  walk: Walk,
  nodes: readonly Node[] | undefined,
  scope: Scope,
): readonly Equality[] {
  const from: From = { walk, scope, equalities: [] };
  for (const node of nodes ?? []) readItem(node, from);
  return from.equalities;
}

function readItem(node: Node, from: From): void {
  const handler = handlerOf(ITEMS, nameOf(node));
  if (handler) handler(bodyOf(node), from);
  else gap(from.walk.notes, 'unknown-expression', `a \`${nameOf(node) ?? '?'}\` is not understood`);
}

/** Kinds of thing in a FROM. */
export const ITEMS: Handlers<From, void> = {
  RangeVar: (name, from) => from.scope.items.push(namedItem(from.walk, name, from.scope)),
  JoinExpr: join,
  RangeSubselect: ({ subquery, alias, lateral }, from) => {
    const derived = from.walk.query(subquery, beside(from.scope, lateral === true));
    from.scope.items.push(derivedItem(alias, derived));
  },
  RangeFunction: (body, from) => from.scope.items.push(functionItem(body, from)),
  RangeTableSample: ({ relation, args, repeatable }, from) => {
    if (relation) readItem(relation, from);
    for (const arg of [...(args ?? []), repeatable]) from.walk.expr(arg, from.scope);
  },
  RangeTableFunc: ({ docexpr, rowexpr, namespaces, columns, alias }, from) => {
    const at = beside(from.scope, true);
    const flows = [docexpr, rowexpr, ...(namespaces ?? [])].map((one) => from.walk.expr(one, at));
    for (const node of columns ?? []) {
      const column = as(node, 'RangeTableFuncCol');
      notesType(from.walk.notes, column?.typeName);
      flows.push(from.walk.expr(column?.colexpr, at), from.walk.expr(column?.coldefexpr, at));
    }
    from.scope.items.push(derivedItem(alias, openOf(flows)));
  },
  JsonTable: ({ context_item, passing, columns, on_error, alias }, from) => {
    const at = beside(from.scope, true);
    const flows = [
      ...(context_item ? [from.walk.expr({ JsonValueExpr: context_item }, at)] : []),
      ...(passing ?? []).map((one) => from.walk.expr(one, at)),
      ...(on_error ? [from.walk.expr({ JsonBehavior: on_error }, at)] : []),
    ];
    for (const node of columns ?? []) jsonColumn(node, { walk: from.walk, scope: at });
    from.scope.items.push(derivedItem(alias, openOf(flows)));
  },
};

function jsonColumn(node: Node, at: At): void {
  const column = as(node, 'JsonTableColumn');
  notesType(at.walk.notes, column?.typeName);
  for (const behavior of [column?.on_empty, column?.on_error])
    if (behavior) at.walk.expr({ JsonBehavior: behavior }, at.scope);
  for (const nested of column?.columns ?? []) jsonColumn(nested, at);
}

/** Columns nobody knows the names of. */
const openOf = (flows: readonly Flow[]): Derived => ({
  outputs: [{ name: undefined, flow: flows.reduce(merge, NOTHING) }],
  isOpen: true,
  rows: undefined,
  export: false,
  hasWhere: false,
});

/** Where something in a FROM looks names up: with LATERAL also in what stands before it. */
const beside = (scope: Scope, isLateral: boolean): Scope => ({
  items: isLateral ? [...scope.items] : [],
  ctes: scope.ctes,
  outer: scope.outer,
});

/** A relation or the query of a WITH, by its name. */
function namedItem(walk: Walk, name: RangeVar, scope: Scope): Item {
  const cte = name.schemaname === undefined ? cteOf(scope, name.relname ?? '') : undefined;
  if (cte) return derivedItem(name.alias ?? { aliasname: name.relname ?? '' }, cte);
  return relationItem(walk, name, 'reads');
}

/** A relation of the catalog; one it does not know may have any column. */
export function relationItem(walk: Walk, name: RangeVar, how: 'reads' | 'writes'): Item {
  const relation = relationOf(walk.notes, name, how);
  const aliases = textsOf(name.alias?.colnames);
  return {
    name: name.alias?.aliasname ?? name.relname,
    isOwnName: name.alias === undefined,
    ...(relation ? { relation } : { derived: openOf([]) }),
    ...(aliases.length > 0 && { aliases }),
    rows: rowsOfRelation(relation),
    hits: 0,
  };
}

function cteOf(scope: Scope, name: string): Derived | undefined {
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const found = at.ctes.get(name);
    if (found) return found;
  }
  return undefined;
}

/** Something derived, under the names its alias gives. */
function derivedItem(alias: Alias | undefined, derived: Derived): Item {
  return {
    name: alias?.aliasname,
    derived: renamed(derived, textsOf(alias?.colnames)),
    rows: derived.rows,
    hits: 0,
  };
}

/** With other names for its first columns. */
export function renamed(derived: Derived, names: readonly string[]): Derived {
  if (names.length === 0) return derived;
  const all = derived.outputs.reduce((flow, one) => merge(flow, one.flow), NOTHING);
  const count = derived.isOpen ? names.length : derived.outputs.length;
  const outputs = Array.from({ length: count }, (_, index): Output => {
    const own = derived.isOpen ? undefined : derived.outputs[index];
    return { name: names[index] ?? own?.name, flow: own?.flow ?? all };
  });
  return { ...derived, outputs };
}

function functionItem(
  { functions, alias, coldeflist, ordinality }: RangeFunction,
  from: From,
): Item {
  const at = beside(from.scope, true);
  const lists = (functions ?? []).map((node) => as(node, 'List')?.items ?? []);
  const flows = lists.map(([call]) => from.walk.expr(call, at));
  const defined = [
    ...(coldeflist ?? []),
    ...lists.flatMap(([, list]) => as(list, 'List')?.items ?? []),
  ];
  for (const node of defined) notesType(from.walk.notes, as(node, 'ColumnDef')?.typeName);
  const call = as(lists[0]?.[0], 'FuncCall');
  const name = call ? calledOf(call).name : '';
  const given = defined.flatMap((node) => as(node, 'ColumnDef')?.colname ?? []);
  const single = SINGLE.test(name) || name === 'unnest' ? [alias?.aliasname ?? name] : undefined;
  const isOne = lists.length === 1;
  const columns = !isOne ? undefined : given.length > 0 ? given : (COLUMNS_OF[name] ?? single);
  const known = columns && ordinality === true ? [...columns, 'ordinality'] : columns;
  const flow = mixed(from.walk.notes, flows);
  const derived = known
    ? {
        outputs: known.map((one) => ({ name: one, flow })),
        isOpen: name === 'unnest' && given.length === 0,
      }
    : openOf([flow]);
  return derivedItem(alias ?? { aliasname: name }, { ...openOf([]), ...derived });
}

/** ATTACKER: a column that is named in ON must be looked for in the two sides alone, and then outside of the query. */
function join(body: JoinExpr, from: From): void {
  const { items } = from.scope;
  const start = items.length;
  if (body.larg) readItem(body.larg, from);
  const middle = items.length;
  if (body.rarg) readItem(body.rarg, from);
  const [left, right] = [items.slice(start, middle), items.slice(middle)];
  const sides: Scope = { ...from.scope, items: [...left, ...right] };
  const merged = usedBoth(body, left, right, { walk: from.walk, scope: sides });
  from.walk.expr(body.quals, sides);
  const used = merged.flatMap(({ name }) => equalitiesOfUsing(name ?? '', left, right));
  demands(body, left, right, from, used);
  if (body.alias) items.splice(start, items.length, joined(body.alias, [...left, ...right]));
  if (body.join_using_alias)
    items.push({
      ...derivedItem(body.join_using_alias, { ...openOf([]), outputs: merged, isOpen: false }),
      rows: 1,
      isHidden: true,
    });
}

/** A side that is kept whatever ON says is not bounded by it. */
function demands(
  { jointype, quals }: JoinExpr,
  left: readonly Item[],
  right: readonly Item[],
  { equalities }: From,
  used: readonly Equality[],
): void {
  const bounded = new Set<Item>();
  if (jointype === 'JOIN_INNER' || jointype === 'JOIN_RIGHT')
    for (const one of left) bounded.add(one);
  if (jointype === 'JOIN_INNER' || jointype === 'JOIN_LEFT')
    for (const one of right) bounded.add(one);
  const found = [...used, ...equalitiesOf(quals, [...left, ...right])];
  equalities.push(...found.filter(({ item }) => bounded.has(item)));
}

function joined(alias: Alias, members: readonly Item[]): Item {
  const names = textsOf(alias.colnames);
  const item = { name: alias.aliasname, members, rows: undefined, hits: 0 };
  if (names.length === 0) return item;
  const outputs = members.flatMap(outputsOf);
  return { ...item, derived: renamed({ ...openOf([]), outputs }, names) };
}

function usedBoth(
  { usingClause, isNatural }: JoinExpr,
  left: readonly Item[],
  right: readonly Item[],
  at: At,
): readonly Output[] {
  const names = isNatural === true ? commonOf(left, right, at) : (usingClause ?? []).map(usingName);
  return names.map((name) => {
    const found = [...left, ...right].flatMap((item) => columnOf(at.walk.notes, item, name) ?? []);
    const isKnown = found.length > 1;
    const flow = isKnown
      ? found.reduce(merge, NOTHING)
      : uncertain(at.walk.notes, at.scope, name, [...left, ...right].some(isOpen));
    return { name, flow };
  });
}

/** Names both sides have; where one side is open, every name may be. */
function commonOf(left: readonly Item[], right: readonly Item[], at: At): readonly string[] {
  if ([...left, ...right].some(isOpen)) uncertain(at.walk.notes, at.scope, 'natural', true);
  const there = new Set(namesOf(right));
  return namesOf(left).filter((name) => there.has(name));
}

const namesOf = (items: readonly Item[]): readonly string[] =>
  items.flatMap(outputsOf).flatMap(({ name }) => name ?? []);
