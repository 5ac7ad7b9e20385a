import type { Admission as AdmissionOf, Digest } from '@countersign/core';
import type { Members } from './message.ts';

/** Where an action stands, as the gateway tells it. */
export type CallStatus = {
  readonly id: string;
  /** The server the call is for: `countersign_wait` may be asked of another. */
  readonly server?: string;
  readonly state: string;
  readonly code: string;
  readonly reasons: readonly string[];
  readonly approvalId?: string;
  readonly reviewerNote?: string;
  readonly retry?: 'never' | 'after-change' | 'later';
  /** RFC 3339. */
  readonly retryAt?: string;
  readonly expiresAt?: string;
  readonly waitingFor?: readonly { readonly groups: readonly string[] }[];
};

/** One `tools/call`, as it is proposed. */
export type ToolCall = {
  readonly agent: string;
  readonly server: string;
  readonly tool: string;
  readonly pin: string;
  readonly arguments: Members;
  readonly session?: string;
};

/** What was released: exactly this runs, once, and how it ended is reported. */
export type Run = {
  readonly actionId: string;
  readonly server: string;
  readonly tool: string;
  readonly pin: string;
  readonly arguments: Members;
  /** Part of what is told back: `executed`, `failed`; not called at all, it becomes `unknown`. Never throws. */
  readonly report: (report: {
    readonly outcome: 'executed' | 'failed';
    readonly summary?: string;
    readonly resultDigest?: Digest;
  }) => void;
};

/** What came of asking: the words are core's. */
export type Admission = AdmissionOf<Run, CallStatus>;

/**
 * What this gate asks of the house: in the gateway the gatekeeper, in the shim the SDK. No verb of it decides anything (R7).
 * Never throws: a house that cannot be reached is `refused` with `unreachable`.
 */
export type House = {
  /** Judges a call. An allowed one comes back released, with one durable entry and no second round; an identical one that waits, or is approved and unused, is joined. */
  readonly admit: (call: ToolCall) => Promise<Admission>;
  /** Where an action of this agent stands, after at most `ms`: sooner when it is not `held` any more. Somebody else's is `refused` with `not-found`. */
  readonly wait: (
    by: string,
    id: string,
    how: { readonly ms: number; readonly signal: AbortSignal },
  ) => Promise<Admission>;
  /** Spends the grant of a `ready` action: `released`, or why not. Judged again (R6), at most once (R4). */
  readonly redeem: (by: string, id: string) => Promise<Admission>;
  /** The action of an approval, where it is this agent's. */
  readonly byApproval: (by: string, approvalId: string) => Promise<string | undefined>;
};
