import type { PolicyJson } from './cedar.ts';

type Expr = PolicyJson['conditions'][number]['body'];

/**
 * Whether a permit is only met after `context.base.inspectable` was looked at (reference policy §4, rule 3):
 * what a gate could not read must not meet a permit by accident.
 */
export const testsInspectable = ({ conditions }: PolicyJson): boolean =>
  conditions.some(({ kind, body }) => isTested(body, kind === 'when'));

/** `isHeld`: the expression must be true for the permit to match; otherwise it must be false. */
function isTested(expr: Expr, isHeld: boolean): boolean {
  const node = expr as unknown as Readonly<Record<string, { left: Expr; right: Expr; arg: Expr }>>;
  if (node['!']) return isTested(node['!'].arg, !isHeld);
  const both = isHeld ? node['&&'] : node['||'];
  if (both) return isTested(both.left, isHeld) || isTested(both.right, isHeld);
  const either = isHeld ? node['||'] : node['&&'];
  if (either) return isTested(either.left, isHeld) && isTested(either.right, isHeld);
  return mentions(expr);
}

function mentions(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  if (isInspectable(node)) return true;
  return Object.values(node).some(mentions);
}

const isInspectable = (node: object): boolean => {
  const outer = (node as { '.'?: { attr: string; left: object } })['.'];
  const inner = outer && (outer.left as { '.'?: { attr: string; left: object } })['.'];
  return (
    outer?.attr === 'inspectable' &&
    inner?.attr === 'base' &&
    (inner.left as { Var?: string }).Var === 'context'
  );
};
