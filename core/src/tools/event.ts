import type { Assurance } from '../approval/requirement.ts';
import type { Digest } from '../crypto.ts';
import type { Instant } from '../time.ts';

type At = { readonly at: Instant; readonly server: string };

/** Why a pin waits for a review: the tool had another that was accepted, it appeared later, or first sight accepts nothing. */
export type WhySuspended = 'changed' | 'new' | 'unreviewed';

/** A tool with a pin that was not known before. `was` is what was accepted of it last. */
export type SightedPin = { readonly tool: string; readonly pin: Digest; readonly was?: Digest };

/** What the first listing of a server has, accepted as it stands. */
type ToolSighted = At & {
  readonly type: 'tool.sighted';
  readonly tools: readonly SightedPin[];
  /** The agent that told of it, where the gateway did not see it itself. */
  readonly by?: string;
};

/** Pins that may not be listed or called until a person reviewed them. */
export type ToolSuspended = At & {
  readonly type: 'tool.suspended';
  readonly because: WhySuspended;
  readonly tools: readonly SightedPin[];
  readonly by?: string;
};

/** A person accepted or refused a pin, by the digest of the difference they had in front of them. */
export type ToolReviewed = At & {
  readonly type: 'tool.reviewed';
  readonly tool: string;
  readonly pin: Digest;
  readonly choice: 'accept' | 'refuse';
  readonly by: string;
  readonly human: string;
  readonly assurance: Assurance;
  readonly channel: string;
  readonly seenDigest: Digest;
  /** Masked. */
  readonly reason?: string;
};

/** Every fact about the tools of one server. Never renamed, never reused. */
export type ToolEvent = ToolSighted | ToolSuspended | ToolReviewed;
