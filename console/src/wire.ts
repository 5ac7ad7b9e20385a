import type {
  ActionStatus,
  AgentList,
  AlertItem,
  AlertList,
  ApprovalItem,
  ApprovalList,
  ApprovalPage,
  ApprovalReport,
  ChannelItem,
  ChannelList,
  ChatList,
  DeadLetters,
  Decided,
  DecidedTogether,
  DelegationItem,
  DelegationList,
  Me,
  PasskeyItem,
  PasskeyList,
  PersonItem,
  PersonList,
  PolicyList,
  PolicySources,
  PolicyTests,
  ProviderList,
  Replayed,
  SessionList,
  OpenGlassList,
  ToSign,
  ToolItem,
  ToolList,
  ToolPage,
  TriedChannel,
  WaitingPasskeys,
  WaiverItem,
  WaiverList,
} from '@countersign/api';

// What the gateway answers, by the types of its contract.
export type {
  ActionStatus,
  AgentList,
  AlertItem,
  AlertList,
  ApprovalItem,
  ApprovalList,
  ApprovalPage,
  ApprovalReport,
  ChannelItem,
  ChannelList,
  DeadLetters,
  DecidedTogether,
  ChatList,
  Decided,
  DelegationItem,
  DelegationList,
  Me,
  PasskeyItem,
  PasskeyList,
  PersonItem,
  PersonList,
  PolicyList,
  PolicySources,
  PolicyTests,
  ProviderList,
  Replayed,
  SessionList,
  OpenGlassList,
  ToolItem,
  ToolList,
  ToolPage,
  TriedChannel,
  WaitingPasskeys,
  WaiverItem,
  WaiverList,
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

/** What is voted on; a passkey signs its hash. */
export type Statement = ToSign['statement'];

export type AgentItem = AgentList['items'][number];
export type AgentKey = AgentItem['keys'][number];
export type Stop = NonNullable<AgentList['stop']>;
