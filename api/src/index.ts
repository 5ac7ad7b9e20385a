export { check, type Misfit } from './check.ts';
export {
  PROBLEMS,
  problemOf,
  type Occurrence,
  type Problem,
  type ProblemCode,
} from './problems.ts';
export { ROUTES, type Bodies, type Route, type RouteId } from './routes.ts';
export { CONSOLE_PAGES, type ConsolePage } from './routes/console.ts';
export type { CallerKind } from './routes/route.ts';
export type {
  AgentItem,
  AgentList,
  Altering,
  IssuedKey,
  Issuing,
  KeyItem,
  Registering,
  Rotating,
  Stop,
  SwitchState,
} from './agent.ts';
export { commonProblems, openApi } from './openapi.ts';
export {
  isSettledState,
  type ActionStatus,
  type Proposing,
  type Redeeming,
  type ReleasedAction,
  type Reporting,
} from './action.ts';
export type { Health } from './health.ts';
export type {
  ApprovalItem,
  ApprovalList,
  ApprovalPage,
  Closing,
  Decided,
  Editing,
  Explanation,
  May,
  Names,
  Similar,
  TimelineItem,
  PolicyItem,
  PolicyList,
  Revealed,
  Revealing,
  Revoking,
  VoteItem,
  Voting,
} from './approval.ts';
export type {
  Exchanging,
  Me,
  MySession,
  ProviderList,
  Role,
  SessionList,
  SignedOut,
  Terminal,
  TerminalCode,
  TerminalToken,
} from './session.ts';
export type { ChatItem, ChatKind, ChatList } from './chat.ts';
export type { PolicySources, PolicyTests } from './policy.ts';
export type {
  AddedPasskey,
  AddingPasskey,
  MadePasskey,
  PasskeyDone,
  PasskeyItem,
  PasskeyList,
  PasskeyOptions,
  SignedStatement,
  Stating,
  ToSign,
  ToVouch,
  WaitingPasskeys,
} from './passkey.ts';
export type { AlertItem, AlertList } from './alert.ts';
export type {
  ChannelItem,
  ChannelList,
  DeadLetter,
  DeadLetters,
  Replayed,
  TriedChannel,
} from './channel.ts';
export type { Delegating, DelegationItem, DelegationList } from './delegation.ts';
export type { PersonItem, PersonList } from './person.ts';
export type { PushKey, PushState } from './push.ts';
export type { DecidedTogether, VotingItem, VotingTogether } from './batch.ts';
export type { ApprovalReport } from './report.ts';
export type { DrillItem, DrillList, RunningDrill } from './drill.ts';
export type { BreakingGlass, BrokenGlass, OpenGlassList, ReviewingGlass } from './glass.ts';
export type {
  ReviewingTool,
  TellingTools,
  ToldTools,
  ToolItem,
  ToolList,
  ToolPage,
  ToolPin,
} from './tool.ts';
export type {
  EndorsingWaiver,
  StatingWaiver,
  WaiverItem,
  WaiverList,
  WaivingWish,
} from './waiver.ts';
