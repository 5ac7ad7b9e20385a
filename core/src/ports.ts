import type { Blobs } from './blob.ts';
import type { ActionId, ApprovalId } from './ids.ts';
import type { Instant } from './time.ts';
import type { Result } from './result.ts';
import type { Judgement, Question } from './judgement.ts';

/** The time. */
export type Clock = () => Instant;

/** Answers questions by policy. Never rejects: whatever goes wrong is a `deny` with its code (R2). */
export type Judge = { readonly judge: (question: Question) => Promise<Judgement> };

/** One entry as it stands in the ledger. `entry` are the exact JCS bytes (as text) that the leaf commits to. */
export type StoredEntry = {
  /** 0-based index in the ledger, gap-free. */
  readonly seq: number;
  readonly stream: string;
  /** 1-based position in its stream, gap-free. */
  readonly version: number;
  readonly entry: string;
};

/** What a store keeps beside the log to find streams: replaced whole with every unit that carries one. */
export type Standing = {
  readonly state: string;
  readonly approvalId?: ApprovalId;
  readonly agent: string;
  readonly createdAt: Instant;
  /** When time alone will change the state (expiry, use-by, execution deadline); absent when it never will. */
  readonly dueAt?: Instant;
  /** While people are asked: whose caps it counts against, beside the agent's. */
  readonly owner?: string;
  readonly session?: string;
};

/** A name only one stream may hold at a time: idempotency keys, fingerprints of open actions. */
export type Claim = { readonly name: string; readonly until?: Instant };

/** Whose streams a cap counts. A session is one of its agent: two agents may call theirs alike. */
export type Counted =
  | { readonly agent: string; readonly session?: string }
  | { readonly owner: string };

/** A cap that a unit must stay under: with it, at most `most` streams of `of` are in one of `states`. */
export type Quota = {
  readonly of: Counted;
  readonly states: readonly string[];
  readonly most: number;
};

/** The unit of writing: all of it or nothing, at one version of one stream. */
export type Unit = {
  readonly stream: string;
  /** Version the decision was made on; 0 for a new stream. */
  readonly expectedVersion: number;
  /** JCS text of each event, 1 or more, each ≤ 65,535 bytes as UTF-8. */
  readonly entries: readonly string[];
  readonly standing?: Standing;
  readonly claims?: readonly Claim[];
  readonly releases?: readonly string[];
  /** Counted in this order when the unit is written, after its claims were found free; its own stream is not counted. */
  readonly quotas?: readonly Quota[];
  /**
   * Encrypted payloads kept beside the log, by name within the stream; what is not sealed yet is sealed before it is written.
   * A name is written once: a second write of it is ignored.
   */
  readonly blobs?: Blobs;
};

/** Why a unit was not written. Nothing of it was. */
export type AppendRefusal =
  | { readonly code: 'conflict'; readonly version: number }
  | { readonly code: 'claimed'; readonly name: string; readonly stream: string }
  /** The first of the quotas that is reached. */
  | { readonly code: 'over-quota'; readonly of: Counted }
  | { readonly code: 'overloaded' };

export type Appended = { readonly firstSeq: number; readonly version: number };

/** Entries that became durable: one or more of one stream, next to each other in the ledger. */
export type News = {
  readonly stream: string;
  readonly firstSeq: number;
  /** Version of the stream after them. */
  readonly version: number;
  /** The unit they came in, when this process wrote it. */
  readonly unit?: Unit;
};

/** A committed head of the tree. `root` is 32 bytes. */
export type Head = { readonly size: number; readonly root: Uint8Array; readonly at: Instant };

/**
 * The ledger: entries in one gap-free order, hashed into an RFC 6962 tree, with what is needed beside it.
 * Obligations, each tested by the store contract:
 * - `append` resolves only after the unit is durable (R1); a refused unit left nothing behind.
 * - `expectedVersion` is compared and the unit written in one atomic step; of two units at one version one is refused.
 * - That holds for identical units too: a second redeem at the same millisecond has the same bytes, and must lose (R4).
 * - A claim held by another stream (and not past `until`) refuses the unit; releases and claims are part of the unit.
 * - A quota is counted in that same step, so units written at once by any number of processes never pass it together.
 * - `onAppended` listeners hear every entry once, after it is durable, in ledger order, whichever process wrote it.
 * - A failure that may have left memory ahead of the disk poisons the store: every later append throws, nothing more is
 *   acknowledged. A `retryable` failure says nothing about whether the unit was written, only that nobody was told so.
 */
export type LedgerStore = {
  readonly append: (unit: Unit) => Promise<Result<Appended, AppendRefusal>>;
  /** All entries of a stream in order; empty when there is none. */
  readonly read: (stream: string) => Promise<readonly StoredEntry[]>;
  /** Entries `[from, to)` in ledger order, at most 10,000 per call. */
  readonly range: (from: number, to: number) => Promise<readonly StoredEntry[]>;
  readonly blob: (stream: string, name: string) => Promise<Uint8Array | undefined>;
  /** Destroys the blobs of a stream for good: their names cannot be written again; the tree is untouched (R9). */
  readonly erase: (stream: string) => Promise<void>;
  /** Stream holding a claim at `now`, if any. */
  readonly holder: (name: string, now: Instant) => Promise<string | undefined>;
  /** Streams by state, newest first, at most `limit`. */
  readonly find: (query: {
    readonly states: readonly string[];
    readonly limit: number;
    /** Continues a listing after this stream, wherever it stands by now; one without a standing gives nothing. */
    readonly before?: string;
    /** True: only streams with an approval, those that people were asked about. */
    readonly isAsked?: boolean;
  }) => Promise<readonly { readonly stream: string; readonly standing: Standing }[]>;
  /** Streams whose `dueAt` is at or before `now`, oldest first. */
  readonly due: (now: Instant, limit: number) => Promise<readonly string[]>;
  /** How many streams an agent has in these states. */
  readonly count: (agent: string | undefined, states: readonly string[]) => Promise<number>;
  /** The earliest `dueAt` of the streams a cap counts: when one of them ends by time alone. */
  readonly earliestDue: (of: Counted, states: readonly string[]) => Promise<Instant | undefined>;
  /** Stream of an approval id. */
  readonly byApproval: (id: ApprovalId) => Promise<ActionId | undefined>;
  readonly head: () => Promise<Head>;
  /** Hashes of a tile at a tree size ≥ its extent: `width` × 32 bytes, or undefined when the log has not that much. */
  readonly tile: (level: number, index: number, width: number) => Promise<Uint8Array | undefined>;
  /** Entries of a bundle, big-endian u16 length then bytes each. */
  readonly bundle: (index: number, width: number) => Promise<Uint8Array | undefined>;
  /** Calls back after each durable unit; returns the way to stop. */
  readonly onAppended: (listener: (news: News) => void) => () => void;
  readonly close: () => Promise<void>;
};

/**
 * Which of several processes does a piece of work now. Only saves doing it twice: whatever is done must be right when
 * two believe they hold the lease, since one that was paused does not know that its time is over.
 */
export type Leases = {
  /** Takes or renews a lease for `ms`, by the store's clock; false while another holds it. Never throws: unreachable is not held. */
  readonly hold: (name: string, ms: number) => Promise<boolean>;
  /** Gives up what this process holds, so that others need not wait. */
  readonly release: () => Promise<void>;
};

/** A failure of the world below a store: disk full, read-only folder, lost database. Nothing was released. */
export class StoreFailure extends Error {
  readonly code:
    | 'store-failed'
    | 'unreachable'
    | 'disk-full'
    | 'read-only'
    | 'locked'
    | 'corrupt'
    | 'rolled-back'
    | 'too-new'
    | 'needs-migration';
  readonly retryable: boolean;
  constructor(
    code: StoreFailure['code'],
    message: string,
    options?: { cause?: unknown; retryable?: boolean },
  ) {
    super(message, { cause: options?.cause });
    this.name = 'StoreFailure';
    this.code = code;
    this.retryable = options?.retryable ?? false;
  }
}
