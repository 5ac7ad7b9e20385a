import type { DataClass } from '@countersign/core';
import type { Catalog, FunctionClass } from '../catalog/catalog.ts';

/** What a statement is, besides what it touches. */
export type Kind =
  | 'select'
  | 'insert'
  | 'update'
  | 'delete'
  | 'merge'
  | 'copy-in'
  | 'copy-out'
  | 'tx'
  | 'set'
  | 'show'
  | 'explain'
  | 'prepare'
  | 'execute'
  | 'deallocate'
  | 'declare'
  | 'fetch'
  | 'close'
  | 'listen'
  | 'notify'
  | 'discard'
  | 'ddl'
  | 'other'
  | 'empty'
  | 'unknown';

/** What a statement does to the names of its session: one namespace for SQL and protocol. */
export type NameUse = {
  readonly does: 'prepare' | 'execute' | 'deallocate' | 'declare' | 'fetch' | 'close';
  /** Undefined: all of them. */
  readonly name: string | undefined;
};

/** One statement, by what it does. Names are schema-qualified, sorted, without doubles. */
export type StatementFacts = {
  readonly kind: Kind;
  /** `select`, `insert` …, of CTEs too: what policy sees as `verbs`. */
  readonly verbs: readonly string[];
  /** Relations read and written, views beside what is behind them. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** `schema.table.column`; `schema.table.*` for a whole row. */
  readonly columns: { readonly read: readonly string[]; readonly set: readonly string[] };
  readonly functions: readonly { readonly name: string; readonly class: FunctionClass }[];
  /** Words of the closed list in `risks.ts`. */
  readonly risks: readonly string[];
  /** A write without a condition on a column. */
  readonly unbounded: boolean;
  readonly hasWhere: boolean;
  /** Rows that leave or change, at most as far as is known; undefined where it is not. */
  readonly rows: number | undefined;
  /** Everything of a relation leaves: no condition, limit or grouping, not aggregates only. */
  readonly export: boolean;
  /** Classes of the columns it touches in any way. */
  readonly classes: readonly DataClass[];
  /**
   * Whether a result column without origin may be shown: the statement is proven to touch nothing that is classified or
   * unknown. See "statement taint".
   */
  readonly isClean: boolean;
  /** What `$n` is compared with or stored in, where that is classified. */
  readonly parameters: Readonly<Record<number, DataClass>>;
  /** A fact came from a constant in the text: the same shape with another constant may be something else. */
  readonly literalSensitive: boolean;
  /** Changes what the catalog says. */
  readonly changesCatalog: boolean;
  readonly names: readonly NameUse[];
  /** Settings of a `SET`, lower case: what the session checks against the pinned ones. */
  readonly setting?: { readonly name: string; readonly value: string | undefined };
};

/** A whole text, one or many statements: all of them are one action. */
export type TextFacts = {
  readonly statements: readonly StatementFacts[];
  /** `none` where anything is unknown. */
  readonly inspectable: 'full' | 'partial' | 'none';
  /** In words, what was not understood. */
  readonly gaps: readonly string[];
};

/** What became of a text: its facts, or why it is refused whatever policy says. */
export type Classified =
  | { readonly is: 'understood'; readonly facts: TextFacts }
  | { readonly is: 'refused'; readonly risk: string; readonly message: string };

/** Pure: same text, same catalog, same answer. Never throws. */
export type Classify = (text: string, catalog: Catalog) => Classified;
