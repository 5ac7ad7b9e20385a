import type { Fact } from '@countersign/core';

/** What the operator says a table holds. Columns neither listed nor classed are unknown to the gate. */
export type Table = {
  /** Row count, rounded up: an estimate that is too small understates what leaves. */
  readonly rows: number;
  readonly columns: readonly string[];
  /** Data class of each column with personal data, such as `email: email`. */
  readonly pii: Readonly<Record<string, string>>;
};

/** What the operator registered under one key of a list: a release, a plan, a ticket. */
export type Listed = Readonly<Record<string, Fact>>;

/** What the operator knows about one resource. The only source of facts besides the action's own arguments. */
export type Resource = {
  readonly type: string;
  readonly id: string;
  readonly tables: Readonly<Record<string, Table>>;
  /** Lists of registered things: list → key → members. */
  readonly lists: Readonly<Record<string, Readonly<Record<string, Listed>>>>;
  /** The person behind the resource, such as the holder of an account. */
  readonly person?: string;
  /** Who redeems grants for actions on it, before what the type says. */
  readonly executor?: string;
};

/** Looks a resource up at the moment of the call; undefined when the operator does not know it. */
export type Catalogue = { readonly resource: (type: string, id: string) => Resource | undefined };
