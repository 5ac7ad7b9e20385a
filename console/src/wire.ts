import type {
  ActionStatus,
  ApprovalItem as ListedApproval,
  ApprovalPage as ShownApproval,
  Decided,
  Me,
  PolicyList,
  ProviderList,
  SessionList,
} from '@countersign/api';

// What the gateway answers, as this page reads it. Members that an older gateway may not send are optional.
export type { ActionStatus, Decided, Me, PolicyList, ProviderList, SessionList };

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };

/** The very record a reviewer has in front of them; `seenDigest` commits to it. */
export type View = NonNullable<ShownApproval['view']>;
export type Risk = View['risk'];
export type Assurance = View['asks'][number]['assurance'];
export type State = ActionStatus['state'];
export type Choice = 'approve' | 'deny';
export type Control = 'vote' | 'confirm';

type Progress = { readonly have: number; readonly need: number };
export type ApprovalItem = ListedApproval & {
  readonly type?: string;
  readonly resource?: { readonly type: string; readonly id: string };
  readonly progress?: Progress;
  readonly assurance?: Assurance;
  readonly isMine?: boolean;
  readonly decidedAt?: string;
};
export type ApprovalList = {
  readonly items: readonly ApprovalItem[];
  readonly names?: Readonly<Record<string, string>>;
  readonly next?: string;
};

export type Requirement = Progress & {
  readonly groups: readonly string[];
  readonly assurance: Assurance;
  readonly stage: number;
  readonly kind: 'review' | 'confirm';
};
export type Happening = {
  readonly at: string;
  readonly type: string;
  readonly by?: string;
  readonly text: string;
};
type Similar = {
  readonly among: number;
  readonly approved: number;
  readonly denied: number;
  readonly other: number;
  readonly items: readonly {
    readonly approvalId: string;
    readonly headline: string;
    readonly state: State;
    readonly decidedAt?: string;
  }[];
};
export type ApprovalPage = Omit<ShownApproval, 'may'> & {
  readonly may: ShownApproval['may'] & { readonly needs?: Assurance };
  readonly requirements?: readonly Requirement[];
  readonly timeline?: readonly Happening[];
  readonly similar?: Similar;
  readonly names?: Readonly<Record<string, string>>;
  readonly revealable?: readonly string[];
};

/** What is voted on; a passkey signs its hash. */
export type Statement = {
  readonly v: 1;
  readonly origin: string;
  readonly approvalId: string;
  readonly version: number;
  readonly actionDigest: string;
  readonly choice: Choice;
  readonly person: string;
  readonly seenDigest: string;
  readonly policyDigest: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly nonce: string;
};

export type Passkey = {
  readonly id: string;
  readonly label: string;
  readonly createdAt: string;
  readonly lastUsedAt?: string;
  readonly level: Assurance;
  readonly state: 'waiting' | 'enrolled';
  readonly aaguid: string;
  readonly isBackedUp: boolean;
};
export type WaitingPasskey = {
  readonly credential: string;
  readonly person: string;
  readonly since: string;
};
/** Since when an agent, or every agent, is stopped. */
export type Stop = { readonly at: string; readonly by: string; readonly reason?: string };
export type AgentKey = {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
  readonly revokedAt?: string;
  readonly lastUsedAt?: string;
};
export type AgentItem = {
  readonly id: string;
  readonly owner: string;
  readonly ownerTeam?: string;
  readonly teams: readonly string[];
  readonly trust: number;
  readonly source: 'configuration' | 'registry';
  readonly stopped: boolean;
  readonly stop?: Stop;
  readonly quarantined: boolean;
  readonly isOwnerActive: boolean;
  readonly pending: number;
  readonly keys: readonly AgentKey[];
  readonly workloads: readonly { readonly issuer: string }[];
  readonly spiffe?: string;
  readonly may: { readonly manage: boolean; readonly stop: boolean };
};
export type AgentList = {
  readonly items: readonly AgentItem[];
  readonly stopped: boolean;
  readonly stop?: Stop;
};

export type PersonItem = {
  readonly id: string;
  readonly name: string;
  readonly human: string;
  readonly groups: readonly string[];
  readonly groupsFrom?: string;
  readonly active: boolean;
  readonly provider?: string;
  readonly source?: string;
  readonly reach?: Assurance;
  readonly passkeys?: number;
  readonly lastSignInAt?: string;
};
export type PersonList = { readonly items: readonly PersonItem[]; readonly next?: string };

export type PolicySources = {
  readonly files: readonly { readonly file: string; readonly text: string }[];
};
export type PolicyTests = {
  readonly tests: readonly {
    readonly file: string;
    readonly name: string;
    readonly failures: readonly string[];
  }[];
  readonly unmatched: readonly string[];
  readonly problems: readonly {
    readonly file: string;
    readonly line: number;
    readonly message: string;
  }[];
};
