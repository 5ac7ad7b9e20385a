import type { Digest } from '@countersign/core';
import type { Members } from './message.ts';

/** Where a tool stands. Only an `accepted` one is listed and can be called. */
export type Standing = 'accepted' | 'suspended';

/** A tool as a server defines it, with its pin. */
export type Tool = {
  readonly server: string;
  readonly name: string;
  /** SHA-256 over JCS of `{name, title, description, inputSchema, outputSchema, annotations, _meta}`. */
  readonly pin: Digest;
  readonly standing: Standing;
  /** Why it is suspended: it changed after review, it appeared later, it waits for its first review, or people refused it. */
  readonly because?: 'changed' | 'new' | 'unreviewed' | 'refused';
  readonly definition: Members;
};

/** What is known of the tools of every server, and where new ones are told. */
export type Tools = {
  /**
   * Told of what a server lists: all of it where nothing of it is known yet, for that is what later ones are held against. Resolves
   * once whatever is new about it is durable. Rejects nothing: a tool whose definition cannot be pinned (no name, too large,
   * invalid, two of one name) is left out of the answer.
   */
  readonly sight: (
    server: string,
    listed: readonly Members[],
  ) => Promise<ReadonlyMap<string, Tool>>;
  /** Whether a first listing of it was told of. */
  readonly isKnown?: (server: string) => boolean;
  /** A tool as it is known now; undefined when the server never listed it. */
  readonly find: (server: string, name: string) => Tool | undefined;
  /** Calls back with the server's name when a review changed what may be listed; returns the way to stop. */
  readonly onChange: (listener: (server: string) => void) => () => void;
};
