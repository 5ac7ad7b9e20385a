import type {
  Assurance,
  Choice,
  Digest,
  Json,
  Outcome,
  Risk,
  State,
  View,
} from '@countersign/core';
import { z } from 'zod';
import { actionStatus, type ActionStatus } from './action.ts';
import { digest, idOf, json, moment, name, stateWord } from './field.ts';
import { brokenGlass, type BrokenGlass } from './glass.ts';
import { signedStatement, type SignedStatement } from './passkey.ts';

const risk: z.ZodType<Risk> = z.enum(['low', 'medium', 'high', 'critical']);
const assurance: z.ZodType<Assurance> = z.enum(['chat', 'session', 'passkey', 'hardware']);
const choice: z.ZodType<Choice> = z.enum(['approve', 'deny']);

/**
 * What the caller may do now, at the best they can reach: vote or confirm with a yes; `because` is the code of what stands
 * against both. `needs` is the assurance such an answer must have, absent where any will do.
 */
export type May = {
  readonly vote: boolean;
  readonly confirm: boolean;
  readonly because?: string;
  readonly needs?: Assurance;
  /** Policy lets the caller go ahead without those who are asked; only on the page of a request. */
  readonly breakGlass?: true;
};
const may: z.ZodType<May> = z.strictObject({
  vote: z.boolean(),
  confirm: z.boolean(),
  because: z.string().exactOptional(),
  needs: assurance.exactOptional(),
  breakGlass: z.literal(true).exactOptional(),
});

/** Display names by id, of the people that are named beside it. */
export type Names = Readonly<Record<string, string>>;
const names: z.ZodType<Names> = z.record(z.string(), z.string());

/** How many persons count of how many that are needed. */
type Progress = { readonly have: number; readonly need: number };
const progress = { have: z.int(), need: z.int() } as const;

/** One request for a decision, as listed. */
export type ApprovalItem = {
  readonly approvalId: string;
  readonly actionId: string;
  readonly version: number;
  readonly state: State;
  readonly headline: string;
  readonly type: string;
  readonly resource: { readonly type: string; readonly id: string };
  readonly risk: Risk;
  readonly agent: string;
  readonly owner: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  /** When people's part was over. */
  readonly decidedAt?: string;
  /** Over all requirements, by the count that decides. */
  readonly progress: Progress;
  /** The highest assurance that is demanded. */
  readonly assurance: Assurance;
  /** Whether the caller has answered, under any account. */
  readonly isMine: boolean;
  readonly may: May;
  readonly brokenGlass?: BrokenGlass;
};
export type ApprovalList = {
  readonly items: readonly ApprovalItem[];
  readonly names: Names;
  readonly next?: string;
};
export const approvalList: z.ZodType<ApprovalList> = z.strictObject({
  items: z.array(
    z.strictObject({
      approvalId: idOf('apr'),
      actionId: idOf('act'),
      version: z.int(),
      state: stateWord,
      headline: z.string(),
      type: z.string(),
      resource: z.strictObject({ type: z.string(), id: z.string() }),
      risk,
      agent: z.string(),
      owner: z.string(),
      createdAt: moment,
      expiresAt: moment,
      decidedAt: moment.exactOptional(),
      progress: z.strictObject(progress),
      assurance,
      isMine: z.boolean(),
      may,
      brokenGlass: brokenGlass.exactOptional(),
    }),
  ),
  names,
  next: idOf('act').exactOptional(),
});

const view: z.ZodType<View> = z.strictObject({
  v: z.literal(1),
  approvalId: idOf('apr'),
  version: z.int(),
  headline: z.string(),
  action: z.strictObject({
    id: idOf('act'),
    type: z.string(),
    resource: z.strictObject({ type: z.string(), id: z.string() }),
    arguments: json,
  }),
  details: z.array(z.strictObject({ label: z.string(), value: z.string() })),
  inspectable: z.enum(['full', 'partial', 'none']),
  risk,
  why: z.array(z.strictObject({ policies: z.array(z.string()), text: z.string() })),
  asks: z.array(
    z.strictObject({
      kind: z.enum(['review', 'confirm']),
      groups: z.array(z.string()),
      quorum: z.int(),
      assurance,
      stage: z.int(),
    }),
  ),
  excluded: z.array(z.strictObject({ human: z.string(), because: z.string() })),
  agent: z.string(),
  owner: z.string(),
  onBehalfOf: z.string().exactOptional(),
  claim: z.string().exactOptional(),
  said: json.exactOptional(),
  follows: idOf('act').exactOptional(),
  digest,
  phrase: z.string(),
  // milliseconds, not RFC 3339: `seenDigest` is over exactly this record
  expiresAt: z.int() as unknown as z.ZodType<View['expiresAt']>,
  complete: z.boolean(),
});

/** A vote as others may see it. */
export type VoteItem = {
  readonly person: string;
  readonly choice: Choice;
  readonly assurance: Assurance;
  readonly channel: string;
  readonly at: string;
  readonly reason?: string;
};

/** One demand of policy, and how far it is met. */
type RequirementItem = Progress & {
  readonly kind: 'review' | 'confirm';
  readonly groups: readonly string[];
  readonly assurance: Assurance;
  readonly stage: number;
};

/** Somebody who may answer in another's place. */
type StandIn = { readonly person: string; readonly for: string; readonly until: string };

/** One thing that happened: `text` goes on from the name of whoever did it, and stands alone where nobody did. */
export type TimelineItem = {
  readonly at: string;
  readonly type: string;
  readonly by?: string;
  readonly text: string;
};

/** How similar requests were decided: of the same action type on the same resource, among the newest `among` decided. */
export type Similar = {
  readonly among: number;
  readonly approved: number;
  readonly denied: number;
  /** Decided by neither: nobody answered, withdrawn, replaced, taken back. */
  readonly other: number;
  /** The newest five. */
  readonly items: readonly {
    readonly approvalId: string;
    readonly state: State;
    readonly headline: string;
    readonly agent: string;
    readonly decidedAt: string;
  }[];
};

/** Everything a reviewer needs to decide. `seenDigest` commits to `view`, member for member. */
export type ApprovalPage = {
  readonly status: ActionStatus;
  readonly version: number;
  readonly seenDigest: Digest;
  /** Absent once its private part was erased. */
  readonly view?: View;
  readonly votes: readonly VoteItem[];
  readonly may: May;
  readonly requirements: readonly RequirementItem[];
  /** Who answers for members of the asked groups that are away. */
  readonly standIns?: readonly StandIn[];
  readonly timeline: readonly TimelineItem[];
  readonly similar: Similar;
  readonly names: Names;
  /** JSON pointers into the arguments of what is masked in `view`, to be revealed for a reason. */
  readonly revealable: readonly string[];
  /** How long and how often it may be waived at most; absent where it may not be. */
  readonly waivable?: { readonly ms: number; readonly uses: number };
};
export const approvalPage: z.ZodType<ApprovalPage> = z.strictObject({
  status: actionStatus,
  version: z.int(),
  seenDigest: digest,
  view: view.exactOptional(),
  votes: z.array(
    z.strictObject({
      person: z.string(),
      choice,
      assurance,
      channel: z.string(),
      at: moment,
      reason: z.string().exactOptional(),
    }),
  ),
  may,
  requirements: z.array(
    z.strictObject({
      kind: z.enum(['review', 'confirm']),
      groups: z.array(z.string()),
      assurance,
      stage: z.int(),
      ...progress,
    }),
  ),
  standIns: z
    .array(z.strictObject({ person: z.string(), for: z.string(), until: moment }))
    .exactOptional(),
  timeline: z.array(
    z.strictObject({
      at: moment,
      type: z.string(),
      by: z.string().exactOptional(),
      text: z.string(),
    }),
  ),
  similar: z.strictObject({
    among: z.int(),
    approved: z.int(),
    denied: z.int(),
    other: z.int(),
    items: z.array(
      z.strictObject({
        approvalId: idOf('apr'),
        state: stateWord,
        headline: z.string(),
        agent: z.string(),
        decidedAt: moment,
      }),
    ),
  }),
  names,
  revealable: z.array(z.string()),
  waivable: z.strictObject({ ms: z.int(), uses: z.int() }).exactOptional(),
});

/** A person's answer, on the version and the view they had in front of them. */
export type Voting = {
  readonly choice: Choice;
  readonly version: number;
  readonly seenDigest: Digest;
  readonly reason?: string;
  /** The same answer as a statement that a passkey signed: counts as `passkey`, or `hardware`. */
  readonly assertion?: SignedStatement;
};
export const voting: z.ZodType<Voting> = z.strictObject({
  choice,
  version: z.int().min(1),
  seenDigest: digest,
  reason: z.string().max(500).exactOptional(),
  assertion: signedStatement.exactOptional(),
});

/** Other arguments, by a person: a new action with a new request; votes are void. */
export type Editing = { readonly version: number; readonly arguments: Json };
export const editing: z.ZodType<Editing> = z.strictObject({
  version: z.int().min(1),
  arguments: json,
});

export type Revoking = { readonly reason?: string };
export const revoking: z.ZodType<Revoking> = z.strictObject({
  reason: z.string().max(500).exactOptional(),
});

/** One masked value in clear, for a reason that is recorded. `path` is a JSON pointer into the arguments. */
export type Revealing = { readonly path: string; readonly reason: string };
export const revealing: z.ZodType<Revealing> = z.strictObject({
  path: z.string().max(500),
  reason: z.string().min(1).max(500),
});
export type Revealed = { readonly value: Json };
export const revealed: z.ZodType<Revealed> = z.strictObject({ value: json });

/** What really happened to an action whose outcome is unknown. */
export type Closing = { readonly outcome: Outcome; readonly note?: string };
export const closing: z.ZodType<Closing> = z.strictObject({
  outcome: z.enum(['executed', 'failed']),
  note: z.string().max(500).exactOptional(),
});

export type Decided = { readonly status: ActionStatus };
export const decided: z.ZodType<Decided> = z.strictObject({ status: actionStatus });

/** A policy of the set in force, without its source. */
export type PolicyItem = {
  readonly id: string;
  readonly kind: string;
  readonly file: string;
  readonly line: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly isShadow: boolean;
};
export type PolicyList = {
  readonly digest: Digest;
  readonly gitCommit?: string;
  readonly policies: readonly PolicyItem[];
};
export const policyList: z.ZodType<PolicyList> = z.strictObject({
  digest,
  gitCommit: z.string().exactOptional(),
  policies: z.array(
    z.strictObject({
      id: name,
      kind: z.string(),
      file: z.string(),
      line: z.int(),
      annotations: z.record(z.string(), z.string()),
      isShadow: z.boolean(),
    }),
  ),
});

/** What a decision was made on: enough to make it again. */
export type Explanation = { readonly record: Json; readonly policySet: Json };
export const explanation: z.ZodType<Explanation> = z.strictObject({
  record: json,
  policySet: json,
});
