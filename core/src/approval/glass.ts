import type { Known } from '../directory.ts';
import type { Instant } from '../time.ts';
import type { Proof } from './proof.ts';
import type { Assurance } from './requirement.ts';
import type { DecisionStatement } from './statement.ts';

/** Who was passed over when somebody broke the glass: groups, and the policies that ask them. */
export type Skipped = { readonly policies: readonly string[]; readonly groups: readonly string[] };

/** Somebody went ahead without those who are asked (EV-14). It is no vote, and counts as none. */
export type GlassBroken = {
  readonly type: 'approval.glass-broken';
  readonly at: Instant;
  readonly by: string;
  readonly human: string;
  readonly groups: readonly string[];
  readonly knownBy?: Known;
  readonly assurance: Assurance;
  readonly channel: string;
  readonly statement: DecisionStatement;
  /** A passkey's signature for this purpose: one over a vote is none. */
  readonly proof?: Proof;
  /** Masked, made visible. */
  readonly reason: string;
  readonly skipped: readonly Skipped[];
  /** Until when somebody of those who were passed over has to look at it. */
  readonly reviewBy: Instant;
};

export type Finding = 'justified' | 'not-justified';

/** Somebody of those who were passed over looked at it afterwards. */
export type GlassReviewed = {
  readonly type: 'approval.glass-reviewed';
  readonly at: Instant;
  readonly by: string;
  readonly human: string;
  readonly finding: Finding;
  /** Masked, made visible. */
  readonly note: string;
};

/** A broken glass, and what was found. It stays with the action, whatever becomes of it. */
export type Glass = { readonly broken: GlassBroken; readonly reviewed?: GlassReviewed };

/** A broken glass after it was reviewed: the first finding stands. */
export const withFinding = (glass: Glass, reviewed: GlassReviewed): Glass =>
  glass.reviewed ? glass : { ...glass, reviewed };

/** Shortest reason that breaks a glass, in characters. */
export const LEAST_REASON = 10;
