export { createClient, guard, type Client } from './client.ts';
export { createTransport, type Connection, type Request, type Transport } from './transport.ts';
export {
  isSettled,
  parseResource,
  type ActionStatus,
  type Because,
  type Json,
  type Proposal,
  type Released,
  type Report,
  type Resource,
  type Retry,
  type State,
} from './action.ts';
export type { Call, Context, Guarded, GuardedFn } from './guard.ts';
export type { Run } from './execute.ts';
export type { Waiting } from './wait.ts';
export {
  CountersignError,
  GatewayUnreachable,
  InvalidArguments,
  NotExecuted,
  OutcomeUnknown,
  OutcomeUnreported,
  Refused,
  type Problem,
} from './errors.ts';
export {
  answerGuarded,
  runGuarded,
  type GuardedTool,
  type Settled,
  type ToolCall,
  type ToolFn,
} from './adapters/guarded-tool.ts';
export { askFirst, type Standing } from './adapters/ask-first.ts';
export { denialOf, renderDenial, type Denial } from './adapters/denial.ts';
