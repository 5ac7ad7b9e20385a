import type { Digest } from '../crypto.ts';
import type { Directory, Person } from '../directory.ts';
import type { ActionId, GrantId } from '../ids.ts';
import type { Judgement } from '../judgement.ts';
import type { Result } from '../result.ts';
import type { Approval } from './approval.ts';
import type { ApprovalEvent, Outcome, RefusedVote, Report, Vote } from './event.ts';
import type { Finding } from './glass.ts';
import type { Choice, DecisionStatement } from './statement.ts';

/** A person's answer to a request, with what they saw and how we knew them. */
export type CastVote = {
  readonly type: 'cast-vote' | 'confirm';
  readonly vote: Vote;
  /** What its statement must say: where we are, who answers, and what they chose, as we know it without the statement. */
  readonly expected: Pick<DecisionStatement, 'origin' | 'person' | 'choice'>;
  readonly grantId: GrantId;
  readonly directory: Directory;
};

/** Everything that can be asked of an action's state. */
export type Command =
  | CastVote
  | {
      readonly type: 'note-refusal';
      readonly by: Pick<Person, 'id' | 'human'>;
      readonly because: RefusedVote;
      readonly choice: Choice;
      readonly channel: string;
    }
  | { readonly type: 'expire' }
  | { readonly type: 'recheck'; readonly directory: Directory }
  | { readonly type: 'cancel'; readonly by: string }
  | {
      readonly type: 'supersede';
      readonly by: string;
      readonly successor: ActionId;
      readonly directory: Directory;
    }
  | { readonly type: 'revoke'; readonly by: Person; readonly reason?: string }
  | {
      readonly type: 'redeem';
      readonly by: string;
      readonly grantId: GrantId;
      readonly digest: Digest;
      readonly judgement: Judgement;
      readonly directory: Directory;
      /** The waiver it went on under still lifts all that policy demands now. */
      readonly isWaived?: boolean;
    }
  | { readonly type: 'report'; readonly by: string; readonly report: Report }
  | {
      readonly type: 'close';
      readonly by: Person;
      readonly outcome: Outcome;
      readonly note?: string;
    }
  | (Pick<CastVote, 'vote' | 'expected' | 'grantId' | 'directory'> & {
      readonly type: 'break-glass';
      /** How long its grant may be used, and how long its review may take. */
      readonly useMs: number;
      readonly reviewMs: number;
    })
  | {
      readonly type: 'review-glass';
      readonly by: Person;
      readonly finding: Finding;
      readonly note: string;
      readonly directory: Directory;
    };

/** Why a command changes nothing. Each is a public problem code. */
export type Refusal =
  | 'not-found'
  | 'not-pending'
  | 'not-due'
  | 'not-ready'
  | 'not-executing'
  | 'settled'
  | 'past-deadline'
  | 'version-mismatch'
  | 'digest-mismatch'
  | 'seen-mismatch'
  | 'statement-invalid'
  | 'excluded'
  | 'inactive-person'
  | 'not-an-approver'
  | 'not-asked-yet'
  | 'assurance-too-low'
  | 'already-voted'
  | 'not-the-confirmer'
  | 'not-yours'
  | 'grant-mismatch'
  | 'grant-spent'
  | 'use-by-passed'
  | 'already-closed'
  | 'not-shown-whole'
  | 'refused'
  | 'not-breakable'
  | 'reason-too-short'
  | 'confirmation-missing'
  | 'break-glass-review-overdue'
  | 'glass-not-broken'
  | 'already-reviewed';

/** Why a masked value is not shown. */
export type RevealRefusal =
  | Extract<Refusal, 'not-found' | 'inactive-person'>
  | 'revealed-too-often';

export type Decided = Result<readonly ApprovalEvent[], Refusal>;

/** An approval that policy has judged. */
export type Known = Exclude<Approval, { state: 'none' | 'proposed' | 'judged' }>;
/** One kind of command. */
export type As<T extends Command['type']> = Extract<Command, { type: T }>;
