import type {
  DeleteStmt,
  InsertStmt,
  MergeStmt,
  MergeWhenClause,
  Node,
  OnConflictClause,
  ReturningClause,
  UpdateStmt,
} from 'libpg-query';
import { letsAllThrough } from './conditions.ts';
import { readFrom, relationItem } from './from.ts';
import { as } from './node.ts';
import { knownOf, touches } from './notes.ts';
import { mixed } from './parameters.ts';
import { equalitiesOf, rowsOfJoin, sum } from './rows.ts';
import { NOTHING, type Derived, type Flow, type Item, type Output, type Scope } from './scope.ts';
import { targetOf } from './targets.ts';
import type { Walk } from './walk.ts';

/** INSERT: columns set, where their values come from, what it does on a conflict. */
export function insertOf(body: InsertStmt, walk: Walk, scope: Scope): Derived {
  const target = begun(walk, 'insert', body.relation);
  const names = (body.cols ?? []).map((node) => as(node, 'ResTarget')?.name ?? '');
  const source = body.selectStmt ? walk.query(body.selectStmt, scope) : undefined;
  const columns = names.length > 0 ? names : plainColumns(target).slice(0, widthOf(source));
  if (columns.length === 0) sets(walk, target, '*', NOTHING);
  for (const [index, name] of columns.entries())
    sets(walk, target, name, source?.outputs[index]?.flow ?? NOTHING);
  const own: Scope = { ...scope, items: [target] };
  if (body.onConflictClause) conflict(body.onConflictClause, target, walk, own);
  return {
    ...finished(walk, body.returningClause, own, target, source ? source.rows : 1),
    hasWhere: source?.hasWhere === true,
  };
}

const widthOf = (source: Derived | undefined): number =>
  source === undefined || source.isOpen ? Infinity : source.outputs.length;

const plainColumns = (target: Item): readonly string[] =>
  (target.relation?.columns ?? []).filter(({ attnum }) => attnum > 0).map(({ name }) => name);

function conflict(body: OnConflictClause, target: Item, walk: Walk, scope: Scope): void {
  for (const node of body.infer?.indexElems ?? []) walk.expr(node, scope);
  walk.expr(body.infer?.whereClause, scope);
  if (body.action !== 'ONCONFLICT_UPDATE') return;
  walk.notes.verbs.add('update');
  const both: Scope = { ...scope, items: [target, { ...target, name: 'excluded' }] };
  assigned(body.targetList, target, walk, both);
  walk.expr(body.whereClause, both);
}

/** UPDATE. */
export function updateOf(body: UpdateStmt, walk: Walk, scope: Scope): Derived {
  const target = begun(walk, 'update', body.relation);
  const own: Scope = { ...scope, items: [target] };
  const rows = chosen(walk, own, target, body.fromClause, body.whereClause);
  assigned(body.targetList, target, walk, own);
  return finished(walk, body.returningClause, own, target, rows);
}

/** DELETE. */
export function deleteOf(body: DeleteStmt, walk: Walk, scope: Scope): Derived {
  const target = begun(walk, 'delete', body.relation);
  const own: Scope = { ...scope, items: [target] };
  const rows = chosen(walk, own, target, body.usingClause, body.whereClause);
  return finished(walk, body.returningClause, own, target, rows);
}

/** Which rows a write is about: at most those of its target. */
function chosen(
  walk: Walk,
  scope: Scope,
  target: Item,
  from: readonly Node[] | undefined,
  where: Node | undefined,
): number | undefined {
  const demands = readFrom(walk, from, scope);
  const { items } = scope;
  if (letsAllThrough(walk, where, scope, [target])) walk.notes.isUnbounded = true;
  if (as(where, 'CurrentOfExpr')) return 1;
  const equalities = [...demands, ...equalitiesOf(where, items)];
  const joined = rowsOfJoin(items, equalities);
  if (joined === undefined || target.rows === undefined) return joined ?? target.rows;
  return Math.min(joined, target.rows);
}

/** MERGE: every branch counts. */
export function mergeOf(body: MergeStmt, walk: Walk, scope: Scope): Derived {
  const target = begun(walk, 'merge', body.relation);
  const own: Scope = { ...scope, items: [] };
  readFrom(walk, body.sourceRelation ? [body.sourceRelation] : [], own);
  const sourceRows = rowsOfJoin(own.items, []);
  own.items.unshift(target);
  const isAll = letsAllThrough(walk, body.joinCondition, own, [target]);
  const branches = (body.mergeWhenClauses ?? []).flatMap((n) => as(n, 'MergeWhenClause') ?? []);
  for (const branch of branches) branchOf(branch, target, walk, own);
  const isBySource = branches.some((b) => b.matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE');
  if (isAll || isBySource) walk.notes.isUnbounded = true;
  const rows = isBySource ? sum(sourceRows, target.rows) : sourceRows;
  return finished(walk, body.returningClause, own, target, rows);
}

function branchOf(branch: MergeWhenClause, target: Item, walk: Walk, scope: Scope): void {
  walk.expr(branch.condition, scope);
  if (branch.commandType === 'CMD_DELETE') walk.notes.verbs.add('delete');
  if (branch.commandType === 'CMD_UPDATE') {
    walk.notes.verbs.add('update');
    assigned(branch.targetList, target, walk, scope);
  }
  if (branch.commandType !== 'CMD_INSERT') return;
  walk.notes.verbs.add('insert');
  const named = (branch.targetList ?? []).map((node) => as(node, 'ResTarget')?.name ?? '');
  const names = named.length > 0 ? named : plainColumns(target);
  for (const [index, name] of names.entries())
    sets(walk, target, name, walk.expr(branch.values?.[index], scope));
}

function begun(walk: Walk, verb: string, relation: InsertStmt['relation']): Item {
  walk.notes.verbs.add(verb);
  return relationItem(walk, relation ?? {}, 'writes');
}

function assigned(
  targets: readonly Node[] | undefined,
  target: Item,
  walk: Walk,
  scope: Scope,
): void {
  for (const node of targets ?? []) {
    const { name, val, indirection } = as(node, 'ResTarget') ?? {};
    for (const part of indirection ?? []) walk.expr(part, scope);
    sets(walk, target, name ?? '*', valueOf(val, walk, scope));
  }
}

/** Of `(a, b) = ($1, $2)` the value that is this column's. */
function valueOf(node: Node | undefined, walk: Walk, scope: Scope): Flow {
  const several = as(node, 'MultiAssignRef');
  const row = as(several?.source, 'RowExpr')?.args;
  return walk.expr(row ? row[(several?.colno ?? 1) - 1] : node, scope);
}

function sets(walk: Walk, target: Item, name: string, flow: Flow): void {
  const { notes } = walk;
  if (!target.relation) {
    notes.set.add(`${target.name ?? ''}.${name}`);
    return;
  }
  const isKnown = name === '*' || knownOf(target.relation).columns.has(name);
  const classes = touches(notes, target.relation, isKnown ? name : '*', 'set');
  mixed(notes, [{ classes, params: [] }, flow]);
}

/** RETURNING, with `old` and `new` as it calls them, and what the write gives. */
function finished(
  walk: Walk,
  returning: ReturningClause | undefined,
  scope: Scope,
  target: Item,
  rows: number | undefined,
): Derived {
  walk.notes.written = sum(walk.notes.written, rows);
  const names = new Map([
    ['RETURNING_OPTION_OLD', 'old'],
    ['RETURNING_OPTION_NEW', 'new'],
  ]);
  for (const node of returning?.options ?? []) {
    const { option, value } = as(node, 'ReturningOption') ?? {};
    if (option !== undefined && value !== undefined) names.set(option, value);
  }
  const extra = [...names.values()].map((name): Item => ({ ...target, name, isHidden: true }));
  const own: Scope = { ...scope, items: [...scope.items, ...extra] };
  const targets = (returning?.exprs ?? []).map((node) => targetOf(node, { walk, scope: own }));
  const outputs: Output[] = targets.flatMap((one) => one.outputs);
  return {
    outputs,
    isOpen: targets.some((one) => one.isOpen),
    rows,
    export: false,
    hasWhere: true,
  };
}
