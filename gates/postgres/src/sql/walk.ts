import type { Node } from 'libpg-query';
import type { Notes } from './notes.ts';
import type { Derived, Flow, Scope } from './scope.ts';

/** A walk through one statement; the tables of handlers call each other through it. */
export type Walk = {
  readonly notes: Notes;
  /** A value: what it touches is noted, what flows into it is told. */
  readonly expr: (node: Node | undefined, scope: Scope) => Flow;
  /** A query or a write, with everything in it. */
  readonly query: (node: Node | undefined, outer: Scope | undefined) => Derived;
};

/** Where a handler is. */
export type At = { readonly walk: Walk; readonly scope: Scope };

/** Values of a list, together. */
export function each(nodes: readonly Node[] | undefined, at: At): readonly Flow[] {
  return (nodes ?? []).map((node) => at.walk.expr(node, at.scope));
}
