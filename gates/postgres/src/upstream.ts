import type { Duplex } from 'node:stream';

/**
 * Login role at the database. `read` may only select; `write` is used for what was decided, and for nothing else. A
 * mistake of the classifier must end in "permission denied" by the server.
 */
export type Lane = 'read' | 'write';

/** One authenticated connection to a database, its settings pinned, before its first statement. */
export type Connection = {
  readonly socket: Duplex;
  /** Bytes that came behind `ReadyForQuery`. */
  readonly rest: Uint8Array;
  /** `ParameterStatus` as the server told them, the pinned ones among them. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Asks the server to cancel what runs on it, by a connection of its own. Never throws. */
  readonly cancel: () => Promise<void>;
  readonly close: () => void;
};

/** A database behind the gate. */
export type Upstream = {
  readonly name: string;
  /** Opens a connection. Throws `UpstreamFailure`. */
  readonly connect: (
    lane: Lane,
    options?: { readonly parameters?: ReadonlyMap<string, string>; readonly signal?: AbortSignal },
  ) => Promise<Connection>;
  /** Asks one question on a connection of `connect` that nothing else uses: text rows, `null` for NULL. */
  readonly ask: (
    connection: Connection,
    sql: string,
  ) => Promise<readonly (readonly (string | null)[])[]>;
};

/** A database that cannot be used, told without its address or its credentials. */
export class UpstreamFailure extends Error {
  readonly code: 'unreachable' | 'refused' | 'authentication' | 'protocol' | 'settings' | 'failed';
  /** SQLSTATE, where the server told one. */
  readonly sqlState: string | undefined;
  constructor(code: UpstreamFailure['code'], message: string, sqlState?: string) {
    super(message);
    this.name = 'UpstreamFailure';
    this.code = code;
    this.sqlState = sqlState;
  }
}
