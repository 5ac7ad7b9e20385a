import type { Duplex } from 'node:stream';

/** A client that has shown who it is, before its first statement. */
export type Peer = {
  /** Of the directory. */
  readonly agent: string;
  /** The name it gave as its database: one of those that are mounted. */
  readonly database: string;
  /** What it asked for at the start and may have (`application_name`, `timezone` …), beside user and database. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Decrypted, authenticated (`AuthenticationOk` is sent) and not told anything else yet. Flows when somebody listens to `data`. */
  readonly socket: Duplex;
  /** Bytes that came behind its last message of the startup. */
  readonly rest: Uint8Array;
  /** What it is told to cancel with; a request with it calls the listener of `onCancel`. */
  readonly cancelKey: { readonly process: number; readonly secret: Uint8Array };
  readonly onCancel: (listener: () => void) => void;
  /** The gate is closing: end as soon as nothing runs. What has not ended after a while is cut off. */
  readonly onClosing: (listener: () => void) => void;
};

/** What the gate keeps of a key instead of the key: RFC 5802 with SHA-256 (RFC 7677). */
export type ScramKeys = { readonly storedKey: Uint8Array; readonly serverKey: Uint8Array };

/**
 * All keys of one agent as SCRAM knows them. Salt and iterations are told before the client proves anything, so they belong
 * to the name and not to a key: the salt is derived from the name.
 */
export type ScramAccount = {
  readonly iterations: number;
  readonly salt: Uint8Array;
  /** Of the keys it may use now; empty where there are none, where it is stopped, where nobody has this name. */
  readonly keys: readonly ScramKeys[];
  /** It has keys, but none that SCRAM knows: over TLS it is asked for the key itself, and without TLS nothing it says is right. */
  readonly isAskedInClear: boolean;
};

/** Who a client is. Nothing here tells an unknown agent from a wrong key, by answer or by time. */
export type Credentials = {
  /** For any name, an unknown one too. */
  readonly scram: (agent: string) => ScramAccount;
  /** Whether a key that came in clear is the agent's, over TLS only. */
  readonly ofKey: (agent: string, key: string) => Promise<boolean>;
  /** The agent of a client certificate (DER) that TLS has verified. */
  readonly ofCertificate: (certificate: Uint8Array) => string | undefined;
};
