/** How sure we are that a verified human answered, weakest first (DESIGN §5). */
export const ASSURANCES = ['chat', 'session', 'passkey', 'hardware'] as const;
export type Assurance = (typeof ASSURANCES)[number];

export const RISKS = ['low', 'medium', 'high', 'critical'] as const;
export type Risk = (typeof RISKS)[number];

/** Who may not answer beyond those R5 always excludes: `requester` (all of R5), `owner-team`, `subject`. */
export type Exclude = 'requester' | 'owner-team' | 'subject';

/** What a review or confirm verdict demands: `quorum` distinct persons of one of `groups`, within `expiresMs`. */
export type Requirement = {
  /** `confirm` is a control of its own: met by the person the agent acts for, never satisfying a review. */
  readonly kind: 'review' | 'confirm';
  /** Sorted. A person of any one of them may answer. Empty for `confirm`. */
  readonly groups: readonly string[];
  readonly quorum: number;
  readonly assurance: Assurance;
  readonly expiresMs: number;
  readonly exclude: readonly Exclude[];
  /** 1–5; lower stages are met before the next is asked. */
  readonly stage: number;
  /** Whoever counts here counts for no other requirement. */
  readonly distinct: boolean;
  readonly risk: Risk;
  /** Ids of the policies that demand it, sorted. */
  readonly policies: readonly string[];
  /** Their `@review` or `@confirm` texts, sorted. */
  readonly why: readonly string[];
  /** The most a waiver of it may be for; without it nothing waives it (POL-16). */
  readonly waivable?: { readonly ms: number; readonly uses: number };
  /** Sorted. A person of any one of these groups may break the glass; without it nobody may (POL-17). */
  readonly breakGlass?: readonly string[];
  /** Who is asked as well once time has passed since the request, earliest first. */
  readonly escalation?: readonly EscalationStep[];
  /** When after the request those who are asked are reminded; rising. */
  readonly remindMs?: readonly number[];
};

/** Groups whose members may answer too, `afterMs` after the request. */
export type EscalationStep = { readonly afterMs: number; readonly groups: readonly string[] };

export const isAtLeast = (have: Assurance, need: Assurance): boolean =>
  ASSURANCES.indexOf(have) >= ASSURANCES.indexOf(need);
