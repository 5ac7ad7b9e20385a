import type {
  ActionStatus,
  ApprovalItem,
  ApprovalList,
  ApprovalPage,
  Decided,
  Me,
  PolicyList,
  PolicySources,
  PolicyTests,
  ProviderList,
  SessionList,
} from '@countersign/api';

// What the gateway answers, by the types of its contract.
export type {
  ActionStatus,
  ApprovalItem,
  ApprovalList,
  ApprovalPage,
  Decided,
  Me,
  PolicyList,
  PolicySources,
  PolicyTests,
  ProviderList,
  SessionList,
};

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };

/** The very record a reviewer has in front of them; `seenDigest` commits to it. */
export type View = NonNullable<ApprovalPage['view']>;
export type Risk = View['risk'];
export type Assurance = View['asks'][number]['assurance'];
export type State = ActionStatus['state'];
export type Choice = 'approve' | 'deny';
export type Control = 'vote' | 'confirm';

export type Requirement = ApprovalPage['requirements'][number];

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
