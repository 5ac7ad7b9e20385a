import type { Mounted, PostgresParts } from '../parts.ts';
import type { Peer } from '../peer.ts';
import type { Connection } from '../upstream.ts';
import type { ReadyStatus } from '../wire/read-backend.ts';
import type { Report } from '../wire/write.ts';
import type { Copied } from './copy.ts';
import type { Leave } from './leave.ts';
import type { Names } from './names.ts';
import type { Out } from './out.ts';
import type { Entry, Outstanding } from './outstanding.ts';

/** One connection to the database and what is under way on it. */
export type Line = {
  readonly connection: Connection;
  readonly up: Out;
  readonly queue: Outstanding;
  /** The client's own; another is opened for one released write, and closed. */
  readonly isMain: boolean;
  copy: 'none' | 'in' | 'out';
  copied: Copied | undefined;
  /** The newest that is asked to be answered before a Sync. */
  flushed: Entry | undefined;
  /** Something that copies in went up. */
  isCopying: boolean;
  /** Since the last ReadyForQuery: told then, because until then a Sync can still undo it. */
  finished: Finished[];
  /** An error was told since it was opened. */
  hasFailed: boolean;
  /** Called at ReadyForQuery. */
  readonly onReady: (status: ReadyStatus) => void;
};

/** A text that was answered to its end. */
type Finished = {
  readonly leave: Leave;
  readonly hasFailed: boolean;
  readonly summary: string;
};

/**
 * One client's connection, end to end. `status` is the server's own, as of its last ReadyForQuery. While `isSkipping`, the
 * server discards everything to the next Sync, and so do we.
 */
export type Session = {
  readonly id: string;
  readonly peer: Peer;
  readonly mounted: Mounted;
  readonly parts: PostgresParts;
  readonly down: Out;
  readonly names: Names;
  readonly main: Line;
  own: Line | undefined;
  /** A released write runs on a connection of its own, or that is being opened. */
  isApart: boolean;
  /** The client cancelled while that connection was being opened. */
  isWithdrawn: boolean;
  /** Whoever is asked now: aborting withdraws. */
  hold: AbortController | undefined;
  hasEnded: boolean;
  status: ReadyStatus;
  isSkipping: boolean;
  /** Code of others may have run on it: it may hold names nobody here knows. */
  isOpaque: boolean;
  /** `changed` by an open transaction, which only it can see; `refreshing` since that is committed. */
  catalog: 'known' | 'changed' | 'refreshing';
  /** Values of reported parameters that somebody named as a constant. */
  readonly named: Set<string>;
  /** Something was answered, or came to an end: what waits may go on. */
  readonly wake: () => void;
  /** Ends it, at most once; told to the client if anything is. */
  readonly end: (why?: Report) => void;
};
