import type { RowMask } from '../mask/mask.ts';
import type { StatementFacts } from '../sql/facts.ts';
import type { Leave } from './leave.ts';
import type { Plan } from './plan.ts';

/** A prepared statement. */
export type Statement = {
  /** Undefined: it was prepared by SQL among other statements, so nobody here can say alone what it is. */
  readonly text: string | undefined;
  /** OIDs that Parse declared. */
  readonly types: readonly number[];
  readonly by: 'protocol' | 'sql';
};

/** A portal or cursor. It only exists since its text was let through, so executing it is covered by that. */
export type Portal = {
  readonly leave: Leave;
  readonly text: string;
  /** Of the text that runs when it is executed; undefined where that is over already, as for cursors. */
  readonly plan: Plan | undefined;
  readonly facts: StatementFacts | undefined;
  /** Made by DECLARE: it may outlive its transaction. */
  readonly isCursor: boolean;
  /** Whether the server is asked what its rows look like, and what it said. */
  isDescribed: boolean;
  mask: RowMask | undefined;
};

export type Of = 'statement' | 'portal';

/** Names of one connection as the server has confirmed them: SQL and protocol share them (row 10). */
export type Names = {
  readonly statement: Map<string, Statement>;
  readonly portal: Map<string, Portal>;
};

/** Statements of a text that make or drop names, once the server says that one completed. */
export function applyNames(
  names: Names,
  facts: StatementFacts | undefined,
  made: { readonly statement: Statement; readonly portal: Portal },
): void {
  for (const { does, name } of facts?.names ?? [])
    if (does === 'prepare') names.statement.set(name ?? '', made.statement);
    else if (does === 'declare') names.portal.set(name ?? '', made.portal);
    else if (does === 'deallocate') drop(names.statement, name);
    else if (does === 'close') drop(names.portal, name);
}

function drop(map: Map<string, unknown>, name: string | undefined): void {
  if (name === undefined) map.clear();
  else map.delete(name);
}
