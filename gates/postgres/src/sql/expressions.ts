import type { A_Expr, ColumnRef, Node, SubLink } from 'libpg-query';
import { callOf, notesFunction } from './calls.ts';
import {
  as,
  bodyOf,
  handlerOf,
  nameOf,
  qualified,
  textOf,
  textsOf,
  type Handlers,
} from './node.ts';
import { gap, knownOf } from './notes.ts';
import { mixed } from './parameters.ts';
import {
  columnOf,
  isOpen,
  itemCalled,
  merge,
  NOTHING,
  resolve,
  uncertain,
  wholeOf,
  type Flow,
  type Item,
  type Scope,
} from './scope.ts';
import { notesType } from './types.ts';
import { each, type At, type Walk } from './walk.ts';

/** A value, by the closed table; what has no entry in it is a gap. */
export function exprOf(walk: Walk, node: Node | undefined, scope: Scope): Flow {
  const name = node && nameOf(node);
  if (!node || name === undefined) return NOTHING;
  const handler = handlerOf(EXPRESSIONS, name);
  if (handler) return handler(bodyOf(node), { walk, scope });
  gap(walk.notes, 'unknown-expression', `a \`${name}\` is not understood`);
  return NOTHING;
}

const nothing = (): Flow => NOTHING;

/** Kinds of expression that are understood. */
export const EXPRESSIONS: Handlers<At, Flow> = {
  A_Const: nothing,
  SQLValueFunction: nothing,
  SetToDefault: nothing,
  MergeSupportFunc: nothing,
  A_Star: nothing,
  String: nothing,
  JsonFormat: nothing,
  JsonTablePathSpec: nothing,
  ParamRef: ({ number }) => ({ classes: [], params: [number ?? 0] }),
  ColumnRef: columnRef,
  A_Expr: operation,
  FuncCall: callOf,
  SubLink: subLink,
  A_Indirection: ({ arg, indirection }, at) => indirect(arg, indirection ?? [], at),
  TypeCast: ({ arg, typeName }, at) => {
    notesType(at.walk.notes, typeName);
    return at.walk.expr(arg, at.scope);
  },
  CollateClause: ({ arg }, at) => at.walk.expr(arg, at.scope),
  NamedArgExpr: ({ arg }, at) => at.walk.expr(arg, at.scope),
  BoolExpr: ({ args }, at) => truth(args, at),
  NullTest: ({ arg }, at) => truth([arg], at),
  BooleanTest: ({ arg }, at) => truth([arg], at),
  CaseExpr: (body, at) => {
    const subject = at.walk.expr(body.arg, at.scope);
    const arms = (body.args ?? []).map((arm) => caseWhen(arm, subject, at));
    return mixed(at.walk.notes, [...arms, at.walk.expr(body.defresult, at.scope)]);
  },
  CoalesceExpr: ({ args }, at) => mixed(at.walk.notes, each(args, at)),
  MinMaxExpr: ({ args }, at) => mixed(at.walk.notes, each(args, at)),
  RowExpr: ({ args }, at) => each(args, at).reduce(merge, NOTHING),
  List: ({ items }, at) => each(items, at).reduce(merge, NOTHING),
  A_ArrayExpr: ({ elements }, at) => each(elements, at).reduce(merge, NOTHING),
  GroupingFunc: ({ args }, at) => truth(args, at),
  GroupingSet: ({ content }, at) => truth(content, at),
  MultiAssignRef: ({ source }, at) => at.walk.expr(source, at.scope),
  CurrentOfExpr: nothing,
  ResTarget: ({ val }, at) => at.walk.expr(val, at.scope),
  A_Indices: ({ lidx, uidx }, at) => truth([lidx, uidx], at),
  SortBy: ({ node, useOp }, at) => {
    if (useOp && useOp.length > 1) qualifiedOperator(textsOf(useOp), at);
    return truth([node], at);
  },
  WindowDef: ({ partitionClause, orderClause, startOffset, endOffset }, at) => {
    each([...(partitionClause ?? []), ...(orderClause ?? [])], at);
    return truth([startOffset, endOffset], at);
  },
  IndexElem: ({ name, expr }, at) => {
    if (name !== undefined) resolve(at.walk.notes, at.scope, name);
    return truth([expr], at);
  },
  XmlExpr: inside,
  XmlSerialize: inside,
  JsonFuncExpr: inside,
  JsonObjectConstructor: inside,
  JsonArrayConstructor: inside,
  JsonArrayQueryConstructor: ({ query, output }, at) => {
    if (output) inside(output, at);
    const derived = at.walk.query(query, at.scope);
    return derived.outputs.reduce((all, { flow }) => merge(all, flow), NOTHING);
  },
  JsonObjectAgg: inside,
  JsonArrayAgg: inside,
  JsonParseExpr: inside,
  JsonScalarExpr: inside,
  JsonSerializeExpr: inside,
  JsonIsPredicate: inside,
  JsonValueExpr: inside,
  JsonKeyValue: inside,
  JsonArgument: inside,
  JsonBehavior: inside,
};

/** A truth carries nothing of what it was made of to a parameter beside it. */
function truth(nodes: readonly (Node | undefined)[] | undefined, at: At): Flow {
  for (const node of nodes ?? []) at.walk.expr(node, at.scope);
  return NOTHING;
}

function caseWhen(arm: Node, subject: Flow, at: At): Flow {
  const when = as(arm, 'CaseWhen');
  const condition = at.walk.expr(when?.expr, at.scope);
  mixed(at.walk.notes, [subject, condition]);
  return at.walk.expr(when?.result, at.scope);
}

/** Every value inside a node that has no meaning of its own to us; structures without a name are looked into. */
function inside(body: object, at: At): Flow {
  const flows = Object.entries(body).map(([key, value]) => insideOf(key, value, at));
  return mixed(at.walk.notes, flows);
}

function insideOf(key: string, value: unknown, at: At): Flow {
  if (typeof value !== 'object' || value === null) return NOTHING;
  if (Array.isArray(value))
    return value.reduce<Flow>((all, one) => merge(all, insideOf('', one, at)), NOTHING);
  if (key === 'typeName') notesType(at.walk.notes, value);
  if (key === 'typeName' || key === 'type_name') return NOTHING;
  const [name, ...more] = Object.keys(value);
  const isNode = name !== undefined && more.length === 0 && /^[A-Z]/.test(name);
  return isNode ? at.walk.expr(value as Node, at.scope) : inside(value, at);
}

/** Operators that say only whether something is so. */
const TRUTHS = /^(?:=|<>|!=|<|>|<=|>=|!?~~?\*?|@>|<@|&&|\?[|&]?|@@|@\?|(?:NOT )?BETWEEN.*)$/;

function operation(body: A_Expr, at: At): Flow {
  const operator = textsOf(body.name);
  if (operator.length > 1) qualifiedOperator(operator, at);
  const all = mixed(at.walk.notes, pairs(body, at));
  return body.kind !== 'AEXPR_NULLIF' && TRUTHS.test(operator.at(-1) ?? '') ? NOTHING : all;
}

/** Both sides; of two rows each pair by itself. */
function pairs({ lexpr, rexpr }: A_Expr, at: At): readonly Flow[] {
  const [left, right] = [as(lexpr, 'RowExpr')?.args, as(rexpr, 'RowExpr')?.args];
  if (!left || left.length !== right?.length)
    return [at.walk.expr(lexpr, at.scope), at.walk.expr(rexpr, at.scope)];
  for (const [index, one] of left.entries())
    mixed(at.walk.notes, [at.walk.expr(one, at.scope), at.walk.expr(right[index], at.scope)]);
  return [];
}

function qualifiedOperator(parts: readonly string[], at: At): void {
  if (qualified(parts).schema === 'pg_catalog') return;
  at.walk.notes.risks.add('qualified-operator');
  at.walk.notes.isClean = false;
}

function subLink({ testexpr, operName, subselect }: SubLink, at: At): Flow {
  if (operName && operName.length > 1) qualifiedOperator(textsOf(operName), at);
  const derived = at.walk.query(subselect, at.scope);
  const given = derived.outputs.reduce((all, { flow }) => merge(all, flow), NOTHING);
  if (!testexpr) return given;
  mixed(at.walk.notes, [at.walk.expr(testexpr, at.scope), given]);
  return NOTHING;
}

function columnRef({ fields }: ColumnRef, at: At): Flow {
  const parts = fields ?? [];
  const { notes } = at.walk;
  const names = textsOf(parts);
  const last = parts.at(-1);
  if (last && as(last, 'A_Star')) return starOf(names, at);
  const [name] = names;
  if (names.length === 1 && name !== undefined) return resolve(notes, at.scope, name);
  const { schema, name: owner } = qualified(names.slice(0, -1));
  const item = itemCalled(at.scope, schema, owner);
  const column = names.at(-1) ?? '';
  if (!item) return uncertain(notes, at.scope, names.join('.'), false);
  return fieldOf(item, column, at);
}

/** Everything of one item, or of all in this query. */
export function starOf(names: readonly string[], at: At): Flow {
  const { notes } = at.walk;
  notes.risks.add('star');
  if (names.length === 0)
    return at.scope.items
      .filter((item) => item.isHidden !== true)
      .reduce((all, item) => merge(all, wholeOf(notes, item)), NOTHING);
  const { schema, name } = qualified(names);
  const item = itemCalled(at.scope, schema, name);
  return item ? wholeOf(notes, item) : uncertain(notes, at.scope, `${names.join('.')}.*`, false);
}

/** ATTACKER: what looks like a column and is none calls the function of that name with the whole row. */
function fieldOf(item: Item, column: string, at: At): Flow {
  const { notes } = at.walk;
  const found = columnOf(notes, item, column);
  if (found) return found;
  if (isOpen(item)) return uncertain(notes, at.scope, column, true);
  const kind = notes.catalog.functionClass(undefined, column);
  if (kind === 'unknown') return uncertain(notes, at.scope, column, false);
  notesFunction(notes, undefined, column);
  notes.isClean = false;
  return wholeOf(notes, item);
}

function indirect(arg: Node | undefined, path: readonly Node[], at: At): Flow {
  const row = rowOf(arg, at);
  const first = textOf(path[0]);
  const indices = path.filter((part) => as(part, 'A_Indices'));
  each(indices, at);
  if (row && first !== undefined) return fieldOf(row, first, at);
  for (const field of textsOf(path)) {
    const kind = at.walk.notes.catalog.functionClass(undefined, field);
    if (kind !== 'unknown') notesFunction(at.walk.notes, undefined, field);
  }
  if (path.some((part) => as(part, 'A_Star'))) at.walk.notes.risks.add('star');
  return at.walk.expr(arg, at.scope);
}

/** The item whose whole row this names, if it is certainly no column. */
function rowOf(arg: Node | undefined, { scope }: At): Item | undefined {
  const names = textsOf(as(arg, 'ColumnRef')?.fields);
  const { schema, name } = qualified(names);
  const item = names.length === 0 ? undefined : itemCalled(scope, schema, name);
  if (!item || schema !== undefined) return item;
  for (let at: Scope | undefined = scope; at; at = at.outer)
    if (at.items.some((one) => isOpen(one) || hasColumn(one, name))) return undefined;
  return item;
}

const hasColumn = (item: Item, name: string): boolean =>
  (item.relation && knownOf(item.relation).columns.has(name)) === true ||
  item.aliases?.includes(name) === true ||
  item.derived?.outputs.some((output) => output.name === name) === true ||
  item.members?.some((one) => hasColumn(one, name)) === true;
