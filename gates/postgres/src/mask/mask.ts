import type { Catalog } from '../catalog/catalog.ts';
import type { StatementFacts } from '../sql/facts.ts';

/** How one result is masked, made of its `RowDescription` once. */
export type RowMask = {
  /** Whether every column passes as it is and nothing is looked for in it: rows need not be read. */
  readonly isClear: boolean;
  /** Masks one `DataRow` message (with its five bytes of head); the same bytes where nothing was to be done. */
  readonly row: (message: Uint8Array) => Uint8Array;
};

/** What agents see of what comes back of one database. Unknown is masked. */
export type ResultMasking = {
  /**
   * @param description a `RowDescription` message with its head; undefined where there was none: everything is masked
   * @param formats result formats of Bind, where they differ from those described
   * @param facts of the statement; undefined where it is not known which one answers
   */
  readonly rows: (of: {
    readonly description: Uint8Array | undefined;
    readonly formats?: readonly number[];
    readonly facts: StatementFacts | undefined;
    readonly catalog: Catalog | undefined;
    /** Classes that leave in clear for this statement, since people said so. */
    readonly clear: readonly string[];
  }) => RowMask;
  /** An `ErrorResponse` or `NoticeResponse` without values, whole; in full only where the statement is clean. */
  readonly report: (message: Uint8Array, facts: StatementFacts | undefined) => Uint8Array;
  /** A `NotificationResponse` without its payload. */
  readonly notification: (message: Uint8Array) => Uint8Array;
};
