import type { Admission as AdmissionOf, Digest } from '@countersign/core';
import type { Lane } from './upstream.ts';

/** The value of one parameter as Bind gave it. */
export type BoundValue = {
  /** OID that Parse declared; 0: the server infers it. */
  readonly type: number;
  readonly format: 'text' | 'binary';
  /** Text as it is; bytes as base64; `null` for NULL. */
  readonly value: string | null;
};

/** Arguments of `sql.query`, all bound: exactly this runs, once. */
export type QueryArguments = {
  /** The whole text of the client's message. */
  readonly text: string;
  /** Present for the extended protocol. */
  readonly values?: readonly BoundValue[];
  /** Result formats of Bind: 0 text, 1 binary. Absent: text. */
  readonly formats?: readonly number[];
  /** Most rows of Execute; absent: all. */
  readonly maxRows?: number;
  /** Login role it runs as. */
  readonly lane: Lane;
  /** `block` inside the transaction that the client began; `own` by itself. */
  readonly transaction: 'own' | 'block';
  /** What an SQL `EXECUTE` in `text` runs: the texts that prepared it. Without them nobody knows what that does. */
  readonly prepared?: readonly { readonly name: string; readonly text: string }[];
  /** Classes that are asked for in clear. */
  readonly clear?: readonly string[];
  /** What is permitted is this shape, literals left out, again and again until its time is over (R1). */
  readonly repeats?: { readonly shape: Digest; readonly ms: number };
};

/** What the planner of the database says of a statement that did not run yet: a guess, and never from an agent. */
export type Estimate = { readonly rows: number; readonly cost: number };

/** Where an action stands, as the gateway tells it. */
export type QueryStatus = {
  readonly id: string;
  readonly state: string;
  readonly code: string;
  readonly reasons: readonly string[];
  readonly approvalId?: string;
  readonly reviewerNote?: string;
  readonly retry?: 'never' | 'after-change' | 'later';
  readonly retryAt?: string;
  readonly expiresAt?: string;
  /** What it became when a person changed it. */
  readonly successor?: string;
  readonly waitingFor?: readonly { readonly groups: readonly string[] }[];
};

/** What was released. */
export type QueryRun = {
  readonly actionId: string;
  /** As stored (R3): these run, not the client's second copy. */
  readonly arguments: QueryArguments;
  /** Told once; not told at all, it becomes `unknown` (R4). Never throws. */
  readonly report: (report: {
    readonly outcome: 'executed' | 'failed';
    readonly summary?: string;
    readonly resultDigest?: Digest;
    /** How often the shape ran under this permission, beyond the first time. */
    readonly repeats?: number;
  }) => void;
};

/** What came of asking: the words are core's. */
export type Admission = AdmissionOf<QueryRun, QueryStatus>;

/** What this gate asks of the gatekeeper. Never throws; no verb of it decides anything (R7). */
export type House = {
  /** Judges a statement: an allowed one comes back released; an identical one that waits, or is approved and unused, is joined. */
  readonly admit: (query: {
    readonly agent: string;
    readonly database: string;
    readonly arguments: QueryArguments;
    /** One per connection of a client. */
    readonly session: string;
    readonly evidence?: Estimate;
  }) => Promise<Admission>;
  readonly wait: (
    by: string,
    id: string,
    how: { readonly ms: number; readonly signal: AbortSignal },
  ) => Promise<Admission>;
  /** Spends the grant of a `ready` action (R4, R6). */
  readonly redeem: (by: string, id: string) => Promise<Admission>;
  /** Withdraws what is held: the client cancelled or is gone. */
  readonly cancel: (by: string, id: string) => Promise<void>;
  /** Changes with everything that may change a verdict: policies, directory, kill switch, data classes. */
  readonly epoch: () => number;
  /** An outcome could not be recorded, and none was since: then nothing is permitted to repeat (R1). */
  readonly isBehind: () => boolean;
};
