import type { DataClass } from '@countersign/core';

/** What a column holds: a class, `none` where a person said so, undefined where nobody looked. */
export type Holds = DataClass | 'none' | undefined;

export type Column = {
  /** 1-based; negative for system columns such as `ctid`. */
  readonly attnum: number;
  readonly name: string;
  /** OID of its type. */
  readonly type: number;
  /** With what follows from inheritance, partitions and the columns a view reads. */
  readonly holds: Holds;
};

/** What people said of columns: `schema.table`, then the column's name. */
export type Classes = ReadonlyMap<string, ReadonlyMap<string, Holds>>;

/** A table, view or the like, as the catalog tells. */
export type Relation = {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind:
    | 'table'
    | 'partitioned'
    | 'view'
    | 'materialized-view'
    | 'foreign'
    | 'sequence'
    | 'other';
  /** Estimate; 0 where nothing is known. */
  readonly rows: number;
  /** The system columns of a table at the end. */
  readonly columns: readonly Column[];
  /**
   * Whether a column that nobody looked at (`holds` undefined) is masked: another one is classified, or it cannot be told
   * where its values come from. Of a view, whether it uses anything that is masked.
   */
  readonly isGuarded: boolean;
  /** Columns of each unique index without predicate or expression: an equality on all of one is at most one row. */
  readonly uniques: readonly (readonly number[])[];
  /** Relations behind it, to the last: of a view what it reads, of a partitioned table its parts. OIDs. */
  readonly behind: readonly number[];
  /** What happens besides: triggers, rules other than a view's own, row security. */
  readonly hidden: readonly ('trigger' | 'rule' | 'row-security')[];
  /** Functions a view calls that are not pure. */
  readonly calls: readonly string[];
};

/** How far a function can be trusted: the worst of all its overloads. */
export type FunctionClass =
  | 'pure'
  | 'volatile'
  | 'reads-by-name'
  | 'os-access'
  | 'user'
  | 'setting'
  | 'unknown';

/** What is known of a database at one moment. Immutable; a newer one has a greater `generation`. */
export type Catalog = {
  readonly generation: number;
  /** Schemas an unqualified name is looked for in, `pg_catalog` first. */
  readonly searchPath: readonly string[];
  readonly relations: readonly Relation[];
  /** Undefined: there is none of this name, or none is known yet. */
  readonly relation: (schema: string | undefined, name: string) => Relation | undefined;
  readonly byOid: (oid: number) => Relation | undefined;
  readonly functionClass: (schema: string | undefined, name: string) => FunctionClass;
  /** Whether a type is one of `pg_catalog`. */
  readonly isOwnType: (schema: string | undefined, name: string) => boolean;
};

/** The newest snapshot of one database, and how it becomes newer. */
export type CatalogFollower = {
  /** Undefined before the first snapshot, and where one that was asked for could not be had: then nothing is understood (R2). */
  readonly now: () => Catalog | undefined;
  /** Tables and columns of the classes that the database does not have: `schema.table`, `schema.table.column`. */
  readonly unmatched: () => readonly string[];
  /** Reads anew, now; resolves when that is in force, or has failed. For after DDL, once it is committed. Never throws. */
  readonly refresh: () => Promise<void>;
  readonly onChange: (listener: () => void) => () => void;
  readonly close: () => void;
};
