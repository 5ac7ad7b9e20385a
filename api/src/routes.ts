import { actionRoutes, type ActionBodies } from './routes/action.ts';
import { agentRoutes, type AgentBodies } from './routes/agent.ts';
import { approvalRoutes, type ApprovalBodies } from './routes/approval.ts';
import { consoleRoutes } from './routes/console.ts';
import { policyRoutes } from './routes/policy.ts';
import { publicRoutes } from './routes/public.ts';
import { pushRoutes, type PushBodies } from './routes/push.ts';
import { sessionRoutes, type SessionBodies } from './routes/session.ts';

/** Types of the bodies that are sent, by route. */
export type Bodies = ActionBodies & AgentBodies & ApprovalBodies & PushBodies & SessionBodies;

/** The whole contract, area by area. Decisions are `POST` and take a person (R7); `GET` never decides. */
export const ROUTES: readonly Route[] = [
  ...actionRoutes,
  ...approvalRoutes,
  ...sessionRoutes,
  ...agentRoutes,
  ...policyRoutes,
  ...pushRoutes,
  ...publicRoutes,
  ...consoleRoutes,
];

/** One entry of the contract. */
export type Route =
  | (typeof actionRoutes)[number]
  | (typeof approvalRoutes)[number]
  | (typeof sessionRoutes)[number]
  | (typeof agentRoutes)[number]
  | (typeof policyRoutes)[number]
  | (typeof pushRoutes)[number]
  | (typeof publicRoutes)[number]
  | (typeof consoleRoutes)[number];
export type RouteId = Route['id'];
