import { z } from 'zod';
import * as action from './action.ts';
import { alertList } from './alert.ts';
import * as channel from './channel.ts';
import * as agent from './agent.ts';
import * as chat from './chat.ts';
import * as delegation from './delegation.ts';
import * as approval from './approval.ts';
import * as batch from './batch.ts';
import * as drill from './drill.ts';
import * as glass from './glass.ts';
import { health } from './health.ts';
import * as passkey from './passkey.ts';
import * as person from './person.ts';
import * as policy from './policy.ts';
import * as push from './push.ts';
import * as report from './report.ts';
import { problem } from './problem-schema.ts';
import * as session from './session.ts';
import * as tool from './tool.ts';
import * as waiver from './waiver.ts';

/** Every schema that has a name of its own in the contract. */
const NAMED: Readonly<Record<string, z.ZodType>> = {
  ActionStatus: action.actionStatus,
  Proposal: action.proposing,
  Redeem: action.redeeming,
  ReleasedAction: action.releasedAction,
  Report: action.reporting,
  Me: session.me,
  Sessions: session.sessionList,
  Providers: session.providerList,
  Nothing: session.nothing,
  SignedOut: session.signedOut,
  Terminal: session.terminal,
  TerminalCode: session.terminalCode,
  TerminalExchange: session.exchanging,
  TerminalToken: session.terminalToken,
  StateAnswer: passkey.stating,
  StatementToSign: passkey.toSign,
  SignedStatement: passkey.signedStatement,
  PasskeyList: passkey.passkeyList,
  PasskeyOptions: passkey.passkeyOptions,
  MadePasskey: passkey.madePasskey,
  StatementToVouch: passkey.toVouch,
  AddPasskey: passkey.addingPasskey,
  AddedPasskey: passkey.addedPasskey,
  WaitingPasskeys: passkey.waitingPasskeys,
  PasskeyChange: passkey.passkeyChange,
  PasskeyDone: passkey.passkeyDone,
  ApprovalList: approval.approvalList,
  ApprovalPage: approval.approvalPage,
  Vote: approval.voting,
  Edit: approval.editing,
  Revoke: approval.revoking,
  Close: approval.closing,
  Reveal: approval.revealing,
  Revealed: approval.revealed,
  Decided: approval.decided,
  AgentList: agent.agentList,
  Agent: agent.agentItem,
  RegisterAgent: agent.registering,
  ChangeAgent: agent.altering,
  RetireAgent: agent.retiring,
  Stop: agent.stopping,
  KillSwitch: agent.switching,
  KillSwitchState: agent.switchState,
  IssueKey: agent.issuing,
  RotateKey: agent.rotating,
  IssuedKey: agent.issuedKey,
  KeyEnded: agent.keyEnded,
  PersonList: person.personList,
  Person: person.personItem,
  DeactivatePerson: person.deactivating,
  ActivatePerson: person.activating,
  LinkPerson: person.linking,
  Delegation: delegation.delegationItem,
  DelegationList: delegation.delegationList,
  Delegate: delegation.delegating,
  PolicyList: approval.policyList,
  PolicySources: policy.policySources,
  PolicyTests: policy.policyTests,
  Explanation: approval.explanation,
  PushKey: push.pushKey,
  PushSubscribe: push.subscribing,
  PushUnsubscribe: push.unsubscribing,
  PushState: push.pushState,
  AlertList: alertList,
  ChannelList: channel.channelList,
  DeadLetters: channel.deadLetters,
  ReplayLetters: channel.replaying,
  ReplayedLetters: channel.replayed,
  TryChannel: channel.tryingChannel,
  TriedChannel: channel.triedChannel,
  VoteTogether: batch.votingTogether,
  DecidedTogether: batch.decidedTogether,
  ApprovalReport: report.approvalReport,
  RunDrill: drill.runningDrill,
  DrillList: drill.drillList,
  ChatList: chat.chatList,
  DisconnectChat: chat.disconnecting,
  DisconnectedChat: chat.disconnected,
  BreakGlass: glass.breakingGlass,
  ReviewGlass: glass.reviewingGlass,
  OpenGlasses: glass.openGlassList,
  ProposeWaiver: waiver.waivingWish,
  EndorseWaiver: waiver.endorsingWaiver,
  StateWaiver: waiver.statingWaiver,
  Waiver: waiver.waiverItem,
  WaiverList: waiver.waiverList,
  TellTools: tool.tellingTools,
  ToldTools: tool.toldTools,
  ToolList: tool.toolList,
  ToolPage: tool.toolPage,
  ReviewTool: tool.reviewingTool,
  Health: health,
  Problem: problem,
};

/** Name of a schema of the contract. */
export const nameOf = (schema: z.ZodType): string => {
  const found = Object.entries(NAMED).find(([, one]) => one === schema);
  if (!found) throw new TypeError('a route uses a schema without a name');
  return found[0];
};

/** JSON Schema of every named schema, referring to each other under `#/components/schemas/`. */
export function componentSchemas(): Readonly<Record<string, unknown>> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    target: 'draft-2020-12',
    uri: (id) => `#/components/schemas/${id}`,
  });
  // `$id` and `$schema` are of no use inside an OpenAPI document
  return JSON.parse(
    JSON.stringify(schemas, (key, value: unknown) =>
      key === '$id' || key === '$schema' ? undefined : value,
    ),
  ) as Readonly<Record<string, unknown>>;
}
