import type { Node } from 'libpg-query';
import { as } from './node.ts';
import type { Item, Scope } from './scope.ts';
import type { Walk } from './walk.ts';

/**
 * Walks a condition and tells whether it may let everything through, as far as these items go: there is none, or a part that
 * names no column of theirs (`true`, `1 = 1`, `$1`, a subquery by itself) decides.
 */
export function letsAllThrough(
  walk: Walk,
  condition: Node | undefined,
  scope: Scope,
  items: readonly Item[],
): boolean {
  if (!condition) return true;
  const all = as(condition, 'BoolExpr');
  const parts = (all?.args ?? []).map((part) => letsAllThrough(walk, part, scope, items));
  if (all?.boolop === 'AND_EXPR') return parts.every(Boolean);
  if (all) return parts.some(Boolean);
  if (as(condition, 'CurrentOfExpr')) return false;
  const [before, beforeAll] = [hitsOf(items), hitsOf(scope.items)];
  walk.expr(condition, scope);
  if (hitsOf(scope.items) === beforeAll) walk.notes.isLiteralSensitive = true;
  return hitsOf(items) === before || isSame(condition);
}

const hitsOf = (items: readonly Item[]): number =>
  items.reduce((sum, item) => sum + item.hits + hitsOf(item.members ?? []), 0);

/** `id = id`, `id is not distinct from id`: true of every row that has one. */
function isSame(condition: Node): boolean {
  const expression = as(condition, 'A_Expr');
  const [left, right] = [as(expression?.lexpr, 'ColumnRef'), as(expression?.rexpr, 'ColumnRef')];
  if (!left || !right) return false;
  return JSON.stringify(left.fields) === JSON.stringify(right.fields);
}
