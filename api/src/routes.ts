import { actionRoutes, type ActionBodies } from './routes/action.ts';
import { agentRoutes, type AgentBodies } from './routes/agent.ts';
import { alertRoutes } from './routes/alert.ts';
import { channelRoutes, type ChannelBodies } from './routes/channel.ts';
import { approvalRoutes, type ApprovalBodies } from './routes/approval.ts';
import { consideredRoutes, type ConsideredBodies } from './routes/considered.ts';
import { chatRoutes, type ChatBodies } from './routes/chat.ts';
import { delegationRoutes, type DelegationBodies } from './routes/delegation.ts';
import { consoleRoutes } from './routes/console.ts';
import { passkeyRoutes, type PasskeyBodies } from './routes/passkey.ts';
import { personRoutes, type PersonBodies } from './routes/person.ts';
import { policyRoutes } from './routes/policy.ts';
import { publicRoutes } from './routes/public.ts';
import { pushRoutes, type PushBodies } from './routes/push.ts';
import { sessionRoutes, type SessionBodies } from './routes/session.ts';
import { toolRoutes, type ToolBodies } from './routes/tool.ts';
import { waiverRoutes, type WaiverBodies } from './routes/waiver.ts';

/** Types of the bodies that are sent, by route. */
export type Bodies = ActionBodies &
  AgentBodies &
  ApprovalBodies &
  ConsideredBodies &
  ChatBodies &
  ChannelBodies &
  PasskeyBodies &
  PersonBodies &
  PushBodies &
  SessionBodies &
  DelegationBodies &
  ToolBodies &
  WaiverBodies;

/** The whole contract, area by area. Decisions are `POST` and take a person (R7); `GET` never decides. */
export const ROUTES: readonly Route[] = [
  ...actionRoutes,
  ...approvalRoutes,
  ...sessionRoutes,
  ...passkeyRoutes,
  ...agentRoutes,
  ...personRoutes,
  ...policyRoutes,
  ...pushRoutes,
  ...chatRoutes,
  ...publicRoutes,
  ...consideredRoutes,
  ...consoleRoutes,
  ...alertRoutes,
  ...channelRoutes,
  ...delegationRoutes,
  ...waiverRoutes,
  ...toolRoutes,
];

/** One entry of the contract. */
export type Route =
  | (typeof actionRoutes)[number]
  | (typeof approvalRoutes)[number]
  | (typeof sessionRoutes)[number]
  | (typeof passkeyRoutes)[number]
  | (typeof agentRoutes)[number]
  | (typeof personRoutes)[number]
  | (typeof policyRoutes)[number]
  | (typeof pushRoutes)[number]
  | (typeof chatRoutes)[number]
  | (typeof publicRoutes)[number]
  | (typeof consoleRoutes)[number]
  | (typeof delegationRoutes)[number]
  | (typeof alertRoutes)[number]
  | (typeof channelRoutes)[number]
  | (typeof consideredRoutes)[number]
  | (typeof waiverRoutes)[number]
  | (typeof toolRoutes)[number];
export type RouteId = Route['id'];
