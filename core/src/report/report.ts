import type { Instant } from '../time.ts';

/** Of how many: no figure of a report stands without it. */
export type Share = { readonly count: number; readonly of: number };

/** How long something took, over `of` of them; without any there is no median. */
export type Spread = { readonly of: number; readonly medianMs?: number; readonly p90Ms?: number };

/** Which requests a report is about: those that were made from `from` on and before `to`, of one group where it is named. */
export type ReportRange = {
  readonly from: Instant;
  readonly to: Instant;
  readonly group?: string;
};

/** Requests by how much there is to read in them: from `from` characters on, and fewer than `below`. */
export type LengthBucket = Spread & {
  readonly from: number;
  readonly below?: number;
  readonly requests: number;
};

/** What lay before one person, by the groups their answers were recorded with, and what they answered of it. */
export type ReviewerLoad = {
  readonly person: string;
  readonly asked: number;
  readonly answered: number;
  readonly medianMs: number;
};

/** What came of drills; nothing of them is in any other figure. */
export type DrillFigures = {
  readonly caught: number;
  readonly missed: number;
  readonly unanswered: number;
  readonly withdrawn: number;
  readonly skipped: number;
  readonly waiting: number;
  /** Caught, of those that were answered. */
  readonly catchRate: Share;
};

/** Whether approvals are considered: made of the entries of a range of time and nothing else, so anybody makes the same. */
export type ApprovalReport = {
  readonly requests: {
    readonly total: number;
    readonly approved: number;
    readonly denied: number;
    readonly expired: number;
    readonly cancelled: number;
    readonly unsatisfiable: number;
    readonly superseded: number;
    readonly glassBroken: number;
    /** Neither by the end of the range. */
    readonly waiting: number;
  };
  /** Denied, of those that people decided. */
  readonly denials: Share;
  /** Expired without a single answer. */
  readonly unanswered: Share;
  /** From the request to the answer that decided it. */
  readonly timeToDecision: Spread;
  readonly byLength: readonly LengthBucket[];
  /** Yeses that came sooner than the request can have been read at `charactersPerSecond`, of those whose length is known. */
  readonly fastApprovals: Share & { readonly charactersPerSecond: number };
  /** Yeses on views that did not show the whole action: must be none. */
  readonly partialApprovals: Share;
  /** Answers that were given together with others. */
  readonly inBatches: Share;
  readonly channels: readonly (Share & { readonly name: string })[];
  readonly assurances: readonly (Share & { readonly name: string })[];
  readonly reviewers: readonly ReviewerLoad[];
  /** Reviewers beyond those that are listed. */
  readonly omitted: number;
  readonly groups: readonly (Share & { readonly name: string })[];
  /** Answers of people who stand behind the action (R5), and of people who are not there any more. */
  readonly refused: { readonly excluded: number; readonly inactive: number };
  readonly joined: number;
  /** Nobody was asked. Of all groups, whichever is named. */
  readonly notAsked: {
    readonly deniedBefore: number;
    readonly budgetExhausted: number;
    readonly unsatisfiable: number;
    readonly waived: number;
  };
  readonly drills: DrillFigures;
};

/** Twice as fast as people read: whoever was sooner has not read it. */
export const CHARACTERS_PER_SECOND = 50;
