import type { ActionId, ApprovalId } from '../ids.ts';
import type { Instant } from '../time.ts';
import type { Escalated } from './escalation.ts';
import type {
  ApprovalEvent,
  GrantTerms,
  Judged,
  Outcome,
  Proposed,
  Requested,
  Vote,
  WaiverUse,
} from './event.ts';
import type { Glass } from './glass.ts';

/** Every word for where an action stands (DESIGN §2, R10). `allowed`: policy said yes and nobody was asked. */
export const STATES = [
  'pending',
  'allowed',
  'approved',
  'executing',
  'executed',
  'failed',
  'unknown',
  'denied',
  'expired',
  'cancelled',
  'unsatisfiable',
  'superseded',
  'lapsed',
  'revoked',
  'refused',
  'budget-exhausted',
] as const;
export type State = (typeof STATES)[number];

type Judging = { readonly proposed: Proposed; readonly judged: Judged };
export type Pending = Judging & {
  readonly state: 'pending';
  readonly asked: Requested;
  readonly votes: readonly Vote[];
  readonly confirmed?: Vote;
  /** Accounts whose answer was refused, and it was told. */
  readonly turnedAway?: readonly string[];
  readonly glass?: Glass;
  readonly escalated?: readonly Escalated[];
  readonly reminded?: { readonly times: number; readonly at: Instant };
};
/** May be redeemed until `grant.useBy`. `asked` is there when people were. */
export type Ready = Judging & {
  readonly state: 'allowed' | 'approved';
  readonly asked?: Requested;
  readonly votes: readonly Vote[];
  readonly confirmed?: Vote;
  readonly escalated?: readonly Escalated[];
  readonly grant: GrantTerms;
  /** It went ahead without those who were asked. */
  readonly glass?: Glass;
  /** Nobody was asked, for people had said beforehand that they need not be. */
  readonly waived?: readonly WaiverUse[];
};
type Executing = Omit<Ready, 'state'> & {
  readonly state: 'executing';
  readonly redeemedBy: string;
  readonly deadline: Instant;
};
/** Nothing more happens, except that an `unknown` can be closed. */
export type Settled = Judging & {
  readonly state: Exclude<State, 'pending' | 'allowed' | 'approved' | 'executing'>;
  readonly asked?: Requested;
  readonly votes: readonly Vote[];
  readonly confirmed?: Vote;
  readonly escalated?: readonly Escalated[];
  readonly grant?: GrantTerms;
  /** The fact that settled it. */
  readonly last: ApprovalEvent;
  readonly redeemedBy?: string;
  readonly closed?: { readonly by: string; readonly outcome: Outcome; readonly at: Instant };
  readonly successor?: ActionId;
  readonly glass?: Glass;
  readonly waived?: readonly WaiverUse[];
};

/** One action from proposal to outcome: the fold of its events. */
export type Approval =
  | { readonly state: 'none' }
  | { readonly state: 'proposed'; readonly proposed: Proposed }
  | (Judging & { readonly state: 'judged'; readonly waived?: readonly WaiverUse[] })
  | Pending
  | Ready
  | Executing
  | Settled;

export const NONE: Approval = { state: 'none' };

export const isSettled = (approval: Approval): approval is Settled => 'last' in approval;
export const isReady = (approval: Approval): approval is Ready =>
  approval.state === 'allowed' || approval.state === 'approved';

/** The approval's id, once people were asked. */
export const approvalIdOf = (approval: Approval): ApprovalId | undefined =>
  'asked' in approval ? approval.asked?.approvalId : undefined;
