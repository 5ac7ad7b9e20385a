import type { CatalogFollower } from './catalog/catalog.ts';
import type { Judge } from './judge/judge.ts';
import type { ResultMasking } from './mask/mask.ts';
import type { Upstream } from './upstream.ts';

/** One database as it is mounted. */
export type Mounted = {
  readonly name: string;
  readonly upstream: Upstream;
  readonly catalog: CatalogFollower;
  readonly judge: Judge;
  readonly masking: ResultMasking;
  readonly settings: DatabaseSettings;
};

/** What an operator decides about one database; durations in milliseconds, sizes in bytes. */
export type DatabaseSettings = {
  /**
   * `read`: everything runs as the read role, an approved write by itself as the write role, no write inside a client's own
   * transaction. `transactional`: the whole connection runs as the write role, every statement judged.
   */
  readonly mode: 'read' | 'transactional';
  /** Longest hold before the client is told "NOT EXECUTED, pending"; 0: at once. */
  readonly holdMs: number;
  /** Whether a notice with the address of the question is sent while a statement is held. */
  readonly notices: boolean;
  readonly searchPath: readonly string[];
  /** Largest text of a statement. */
  readonly statementBytes: number;
  /** Longest message of any other kind, and most bytes that are kept while a statement is held. */
  readonly messageBytes: number;
  /** Of the server, for statements and for transactions that do nothing. */
  readonly statementMs: number;
  readonly idleTransactionMs: number;
  /** Most connections of clients at once. */
  readonly connections: number;
};

/** Everything the gate works with. */
export type PostgresParts = {
  readonly databases: ReadonlyMap<string, Mounted>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: (event: string, about: Readonly<Record<string, string | number>>) => void;
};
