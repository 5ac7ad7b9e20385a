import type { Duplex } from 'node:stream';

/** A client that has shown who it is, before its first statement. */
export type Peer = {
  /** Of the directory. */
  readonly agent: string;
  /** The name it gave as its database: one of those that are mounted. */
  readonly database: string;
  /** What it asked for at the start and may have (`application_name`, `timezone` …), beside user and database. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Decrypted, authenticated, and not told `ReadyForQuery` yet. */
  readonly socket: Duplex;
  /** Bytes that came behind its last message of the startup. */
  readonly rest: Uint8Array;
  /** What it is told to cancel with; a request with it calls the listener of `onCancel`. */
  readonly cancelKey: { readonly process: number; readonly secret: Uint8Array };
  readonly onCancel: (listener: () => void) => void;
};

/** What the gate keeps of a key instead of the key: RFC 5802 with SHA-256 (RFC 7677). */
export type ScramVerifier = {
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
};

/** Who a client is. Nothing here tells an unknown agent from a wrong key, by answer or by time. */
export type Credentials = {
  /** Verifiers of the keys an agent may use now; empty where there are none, or where it is stopped. */
  readonly verifiers: (agent: string) => readonly ScramVerifier[];
  /** The agent of a key that came in clear, over TLS only. */
  readonly ofKey: (agent: string, key: string) => Promise<boolean>;
  /** The agent of a client certificate that TLS has verified. */
  readonly ofCertificate: (certificate: Uint8Array) => string | undefined;
};
