import type { Lineage } from '../action/action.ts';
import type { Digest } from '../crypto.ts';
import type { Because } from '../flood/because.ts';
import type { Known } from '../directory.ts';
import type { ActionId, ApprovalId, GrantId, WaiverId } from '../ids.ts';
import type { Judgement } from '../judgement.ts';
import type { Instant } from '../time.ts';
import type { Exclusion } from './exclusion.ts';
import type { GlassBroken, GlassReviewed } from './glass.ts';
import type { Assurance, Requirement } from './requirement.ts';
import type { Shown } from './shown.ts';
import type { Proof } from './proof.ts';
import type { Choice, DecisionStatement } from './statement.ts';
import type { Batch } from './batch.ts';

export type Outcome = 'executed' | 'failed';

/** What an executor says about the outcome: masked text and a salted digest, never the raw result (R9). */
export type Report = {
  readonly outcome: Outcome;
  readonly exitCode?: number;
  readonly summary?: string;
  readonly resultDigest?: Digest;
  /** How often the same shape ran again under this permission (EV-24); absent: once. */
  readonly repeats?: number;
};

/** A vote as recorded: the statement voted on and how we knew the person. */
export type Vote = {
  readonly statement: DecisionStatement;
  readonly human: string;
  readonly groups: readonly string[];
  /** What the groups rested on. */
  readonly knownBy?: Known;
  readonly assurance: Assurance;
  readonly channel: string;
  /** The passkey's signature over the statement; without one no vote counts as `passkey` or `hardware` (DS-10). */
  readonly proof?: Proof;
  /** What a channel had in front of them, where one rendered it (EV-21). */
  readonly shown?: Shown;
  /** Masked, made visible, at most 500 characters. */
  readonly reason?: string;
  /** Where it was given together with others: which those were (EV-20). */
  readonly batch?: Batch;
  /** Seats of others that it was cast on, where their own groups did not do (EV-15). */
  readonly standsFor?: readonly Seat[];
};

/** The seat of somebody who is away: one vote sits on it, or they do themselves. */
export type Seat = {
  readonly human: string;
  readonly groups: readonly string[];
  readonly through?: readonly string[];
};

/** How a drill ended: somebody said no to it, or enough said yes, or nobody decided, or policy asked nobody. */
export type DrillResult = 'caught' | 'missed' | 'unanswered' | 'skipped';

/** Why an answer is refused so that it is worth an entry: an attempt, not a mistake. */
export type RefusedVote = 'excluded' | 'inactive-person';

/** The claims of a grant without the installation's own: docs/spec/grant.md. */
export type GrantTerms = {
  readonly id: GrantId;
  readonly audience: string;
  readonly notBefore: Instant;
  readonly useBy: Instant;
};

type At = { readonly at: Instant };
export type Proposed = At & {
  readonly type: 'action.proposed';
  readonly actionId: ActionId;
  readonly actionType: string;
  readonly schemaVersion: number;
  readonly resource: { readonly type: string; readonly id: string };
  readonly lineage: Lineage;
  readonly gate: string;
  readonly digest: Digest;
  readonly fingerprint: string;
  /** Salted commitment to the facts and entities policy was asked with. */
  readonly factsDigest: Digest;
  /** Where an edit or a revert came from. */
  readonly follows?: ActionId;
  /** It is a drill: it never runs (EV-19). */
  readonly drill?: true;
};
export type Judged = At & {
  readonly type: 'action.judged';
  readonly judgement: Judgement;
  readonly execution: { readonly audience: string; readonly deadlineMs: number };
};
export type Requested = At & {
  readonly type: 'approval.requested';
  readonly approvalId: ApprovalId;
  readonly version: number;
  readonly requirements: readonly Requirement[];
  readonly excluded: readonly Exclusion[];
  readonly expiresAt: Instant;
  /** Humans who may answer, but are not asked: their attention is spent. Absent where there are none. */
  readonly spared?: readonly string[];
  /** Digest of the view, which lies sealed beside the ledger so that it can be erased. */
  readonly seenDigest: Digest;
  /** How much there is to read in the view, in characters; absent in ledgers from before it was told (L38). */
  readonly length?: number;
  /** The view does not show the whole action. */
  readonly isPartial?: true;
};

/** One use of a waiver: which use it is, of how many until when. */
export type WaiverUse = {
  readonly id: WaiverId;
  readonly use: number;
  readonly uses: number;
  readonly until: Instant;
};
/** People who meet what policy asks for said beforehand that they need not be asked (EV-13). Nobody approved this action. */
type Waived = At & {
  readonly type: 'action.waived';
  readonly waivers: readonly WaiverUse[];
};
/** From now on members of `groups` may answer for the requirement of these policies as well (EV-16). */
export type Escalation = At & {
  readonly type: 'approval.escalated';
  /** From 1. */
  readonly step: number;
  readonly policies: readonly string[];
  readonly groups: readonly string[];
};

/**
 * Every fact about one action, in the words of DESIGN §2. Never renamed, never reused: a new meaning is a new type.
 */
export type ApprovalEvent =
  | Proposed
  | Judged
  | (At & { readonly type: 'action.joined'; readonly by: string })
  | (At & {
      readonly type: 'action.turned-away';
      readonly code: 'denied-before' | 'budget-exhausted';
      /** Which budget is spent; or that it is not this very action that was denied, but what is like it. */
      readonly because?: Because;
      readonly retryAt: Instant;
    })
  | Requested
  | (At & { readonly type: 'approval.vote-cast'; readonly vote: Vote })
  | (At & { readonly type: 'approval.confirmed'; readonly vote: Vote })
  | (At & {
      /** Somebody tried to answer who may not (R5), or is not there any more. Told once per person; changes nothing. */
      readonly type: 'approval.vote-refused';
      readonly by: string;
      readonly human: string;
      readonly because: RefusedVote;
      readonly choice: Choice;
      readonly channel: string;
    })
  | (At & {
      /** A masked value was shown to a person; `path` is a JSON pointer into the arguments. */
      readonly type: 'action.revealed';
      readonly by: string;
      readonly path: string;
      /** Masked, made visible, at most 500 characters. */
      readonly reason: string;
    })
  | (At & { readonly type: 'approval.approved' })
  | (At & { readonly type: 'approval.denied'; readonly by: string })
  | (At & { readonly type: 'approval.expired' })
  | (At & { readonly type: 'approval.cancelled'; readonly by: string })
  | (At & { readonly type: 'approval.unsatisfiable'; readonly missing: readonly string[] })
  | (At & {
      readonly type: 'approval.superseded';
      readonly by: string;
      readonly successor: ActionId;
    })
  | Escalation
  | (At & {
      /** Those who are asked are asked again; `reminder` counts from 1. Changes nothing. */
      readonly type: 'approval.reminded';
      readonly reminder: number;
    })
  | (At & { readonly type: 'approval.lapsed' })
  | (At & { readonly type: 'approval.revoked'; readonly by: string; readonly reason?: string })
  | (At & {
      readonly type: 'approval.refused';
      readonly code: string;
      readonly policyDigest: Digest;
      readonly factsDigest?: Digest;
      readonly reasons: readonly string[];
    })
  | (At & { readonly type: 'grant.issued'; readonly grant: GrantTerms })
  | (At & {
      readonly type: 'grant.redeemed';
      readonly by: string;
      readonly policyDigest: Digest;
      readonly factsDigest?: Digest;
      readonly gitCommit?: string;
      readonly deadline: Instant;
    })
  | (At & { readonly type: 'action.executed'; readonly by: string; readonly report: Report })
  | (At & { readonly type: 'action.failed'; readonly by: string; readonly report: Report })
  | (At & { readonly type: 'action.unknown'; readonly because: string })
  | (At & {
      readonly type: 'action.closed';
      readonly by: string;
      readonly outcome: Outcome;
      readonly note?: string;
    })
  | GlassBroken
  | GlassReviewed
  | Waived
  | (At & {
      /** What it asked for was never meant to run; `by` whoever's answer ended it (EV-19). */
      readonly type: 'approval.drill-ended';
      readonly result: DrillResult;
      readonly by?: string;
    });

export type EventType = ApprovalEvent['type'];
