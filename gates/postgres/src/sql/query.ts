import type { Node, SelectStmt, WithClause } from 'libpg-query';
import { letsAllThrough } from './conditions.ts';
import { readFrom, renamed } from './from.ts';
import { aggregation, byItsName, mayGiveRows, worse } from './functions.ts';
import { calledOf } from './calls.ts';
import { as, bodyOf, handlerOf, nameOf, textOf, textsOf, type Handlers } from './node.ts';
import { gap } from './notes.ts';
import { capped, equalitiesOf, limitOf, rowsOfJoin, sum } from './rows.ts';
import { columnOf, merge, NOTHING, type Derived, type Output, type Scope } from './scope.ts';
import { targetOf } from './targets.ts';
import type { At, Walk } from './walk.ts';
import { deleteOf, insertOf, mergeOf, updateOf } from './writes.ts';

type Within = { readonly walk: Walk; readonly outer: Scope | undefined };

/** Statements that stand in another one: in FROM, WITH, a subquery. */
export const QUERIES: Handlers<Within, Derived> = {
  SelectStmt: select,
  InsertStmt: (body, { walk, outer }) => insertOf(body, walk, withOf(walk, body.withClause, outer)),
  UpdateStmt: (body, { walk, outer }) => updateOf(body, walk, withOf(walk, body.withClause, outer)),
  DeleteStmt: (body, { walk, outer }) => deleteOf(body, walk, withOf(walk, body.withClause, outer)),
  MergeStmt: (body, { walk, outer }) => mergeOf(body, walk, withOf(walk, body.withClause, outer)),
};

const UNKNOWN: Derived = {
  outputs: [],
  isOpen: true,
  rows: undefined,
  export: true,
  hasWhere: false,
};

/** A query or a write by the closed table; what has no entry is a gap. */
export function queryOf(walk: Walk, node: Node | undefined, outer: Scope | undefined): Derived {
  const name = node && nameOf(node);
  const handler = handlerOf(QUERIES, name);
  if (handler && node) return handler(bodyOf(node), { walk, outer });
  gap(walk.notes, 'unknown-stmt', `a \`${name ?? '?'}\` is not understood`);
  return UNKNOWN;
}

/** The scope of a statement with its WITH: each query sees those before it, and with RECURSIVE all of them. */
function withOf(walk: Walk, clause: WithClause | undefined, outer: Scope | undefined): Scope {
  const ctes = new Map<string, Derived>();
  const scope: Scope = { items: [], ctes, outer };
  const queries = (clause?.ctes ?? []).flatMap((node) => as(node, 'CommonTableExpr') ?? []);
  if (clause?.recursive === true)
    for (const { ctename } of queries) ctes.set(ctename ?? '', { ...UNKNOWN, export: false });
  for (const { ctename, ctequery, aliascolnames } of queries) {
    if (ctequery && !as(ctequery, 'SelectStmt')) walk.notes.risks.add('cte-write');
    const derived = renamed(walk.query(ctequery, scope), textsOf(aliascolnames));
    const isOpen = derived.isOpen || clause?.recursive === true; // SEARCH and CYCLE add columns
    ctes.set(ctename ?? '', { ...derived, isOpen });
  }
  return scope;
}

function select(body: SelectStmt, { walk, outer }: Within): Derived {
  const scope = withOf(walk, body.withClause, outer);
  if (!body.valuesLists) walk.notes.verbs.add('select');
  if (body.lockingClause) walk.notes.risks.add('row-lock');
  const derived =
    body.op !== undefined && body.op !== 'SETOP_NONE'
      ? combined(body, walk, scope)
      : body.valuesLists
        ? valuesOf(body.valuesLists, walk, scope)
        : plain(body, walk, scope);
  return limited(body, derived, { walk, scope });
}

function combined(body: SelectStmt, walk: Walk, scope: Scope): Derived {
  const left = walk.query(body.larg && { SelectStmt: body.larg }, scope);
  const right = walk.query(body.rarg && { SelectStmt: body.rarg }, scope);
  const rows = body.op === 'SETOP_UNION' ? sum(left.rows, right.rows) : left.rows;
  const outputs = left.outputs.map((output, index) => ({
    name: output.name,
    flow: merge(output.flow, right.outputs[index]?.flow ?? NOTHING),
  }));
  const isExport = left.export || (body.op === 'SETOP_UNION' && right.export);
  sorted(body.sortClause, outputs, { walk, scope: { ...scope, items: [] } });
  const hasWhere = left.hasWhere && right.hasWhere;
  return { outputs, isOpen: left.isOpen || right.isOpen, rows, export: isExport, hasWhere };
}

function valuesOf(lists: readonly Node[], walk: Walk, scope: Scope): Derived {
  const outputs: Output[] = [];
  for (const list of lists)
    for (const [index, value] of (as(list, 'List')?.items ?? []).entries()) {
      const flow = merge(outputs[index]?.flow ?? NOTHING, walk.expr(value, scope));
      outputs[index] = { name: `column${index + 1}`, flow };
    }
  return { outputs, isOpen: false, rows: lists.length, export: false, hasWhere: false };
}

function plain(body: SelectStmt, walk: Walk, scope: Scope): Derived {
  const at: At = { walk, scope };
  const demands = readFrom(walk, body.fromClause, scope);
  const { items } = scope;
  const joined = rowsOfJoin(items, [...demands, ...equalitiesOf(body.whereClause, items)]);
  const targets = (body.targetList ?? []).flatMap((node) => targetOf(node, at));
  const isAll = letsAllThrough(walk, body.whereClause, scope, items);
  const outputs = targets.flatMap((target) => target.outputs);
  ordered(body, outputs, at);
  const { isGrouped, reduces, collects, multiplies } = shapeOfTargets(body, walk);
  const isOne = reduces && !isGrouped;
  return {
    outputs,
    isOpen: targets.some((target) => target.isOpen),
    rows: multiplies ? undefined : isOne && !collects ? 1 : joined,
    hasWhere: !isAll,
    export: isAll && !((isGrouped || isOne) && !collects && reduces) && items.some(leavesWhole),
  };
}

const leavesWhole = (item: Scope['items'][number]): boolean =>
  item.relation !== undefined ||
  item.derived?.export === true ||
  item.members?.some(leavesWhole) === true;

/** GROUP BY, HAVING, windows, DISTINCT and ORDER BY. */
function ordered(body: SelectStmt, outputs: readonly Output[], at: At): void {
  sorted(body.groupClause, outputs, at);
  sorted(body.distinctClause, outputs, at);
  sorted(body.sortClause, outputs, at);
  at.walk.expr(body.havingClause, at.scope);
  for (const window of body.windowClause ?? []) at.walk.expr(window, at.scope);
}

/** What is sorted or grouped by: a place, a name of the result, or a value. */
function sorted(nodes: readonly Node[] | undefined, outputs: readonly Output[], at: At): void {
  for (const node of nodes ?? []) {
    const by = as(node, 'SortBy')?.node ?? node;
    if (as(by, 'A_Const')) at.walk.notes.isLiteralSensitive = true;
    const fields = as(by, 'ColumnRef')?.fields;
    const name = fields?.length === 1 ? textOf(fields[0]) : undefined;
    // a name of the result stands for a value that was walked; one that is a column too counts as both
    if (name !== undefined && outputs.some((output) => output.name === name))
      for (const item of at.scope.items) columnOf(at.walk.notes, item, name);
    else at.walk.expr(node, at.scope);
  }
}

function limited(body: SelectStmt, derived: Derived, { walk, scope }: At): Derived {
  for (const node of [body.limitCount, body.limitOffset]) {
    walk.expr(node, scope);
    if (node && !as(node, 'ParamRef')) walk.notes.isLiteralSensitive = true;
  }
  const limit = body.limitOption === 'LIMIT_OPTION_COUNT' ? limitOf(body.limitCount) : undefined;
  if (limit === undefined) return derived;
  const isCut = derived.rows === undefined || limit < derived.rows;
  return {
    ...derived,
    rows: capped(Math.min(limit, derived.rows ?? limit)),
    export: derived.export && !isCut,
  };
}

/** Whether rows become fewer or more by what is selected. */
function shapeOfTargets(
  body: SelectStmt,
  { notes }: Walk,
): {
  readonly isGrouped: boolean;
  readonly reduces: boolean;
  readonly collects: boolean;
  readonly multiplies: boolean;
} {
  const found = {
    isGrouped: body.groupClause !== undefined,
    reduces: false,
    collects: false,
    multiplies: false,
  };
  visitCalls([...(body.targetList ?? []), body.havingClause], (name, schema, isWindow) => {
    const kind =
      isWindow || (schema ?? 'pg_catalog') !== 'pg_catalog' ? undefined : aggregation(name);
    if (kind !== undefined) found.reduces = true;
    if (kind === 'collects') found.collects = true;
    const known = worse(notes.catalog.functionClass(schema, name), byItsName(name));
    if (kind === undefined && mayGiveRows(name, known)) found.multiplies = true;
  });
  return found;
}

/** Every call in these values, but for those in subqueries. */
function visitCalls(
  value: unknown,
  visit: (name: string, schema: string | undefined, isWindow: boolean) => void,
): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const one of value) visitCalls(one, visit);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'SubLink') continue;
    if (key === 'FuncCall') {
      const { schema, name } = calledOf(inner as object);
      visit(name, schema, 'over' in (inner as object));
    }
    if (key === 'JsonObjectAgg' || key === 'JsonArrayAgg') visit('json_agg', undefined, false);
    visitCalls(inner, visit);
  }
}
