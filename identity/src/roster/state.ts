import { noAgents, tellAgents, type AgentEvent, type Agents } from './agents.ts';
import { noChats, tellChats, type ChatEvent, type Chats } from './chats.ts';
import { tellDelegations, type DelegationEvent, type Delegations } from './delegations.ts';
import type { DirectoryEvent } from './event.ts';
import { leaveAll, noGroups, tellGroups, type GroupEvent, type Groups } from './groups.ts';
import { noPasskeys, tellPasskeys, type PasskeyEvent, type Passkeys } from './passkeys.ts';
import { noPeople, tellPeople, type People, type PersonEvent } from './people.ts';

/**
 * Everything the stream `directory` has said, at one version. It changes between two looks: never keep it across an await.
 */
export type RosterState = {
  /** Entries taken in. */
  readonly version: number;
  readonly people: People;
  readonly groups: Groups;
  readonly passkeys: Passkeys;
  readonly agents: Agents;
  readonly chats: Chats;
  readonly delegations: Delegations;
};

export const nothingSaid = (): RosterState => ({
  version: 0,
  people: noPeople(),
  groups: noGroups(),
  passkeys: noPasskeys(),
  agents: noAgents(),
  chats: noChats(),
  delegations: new Map(),
});

/** Takes one more fact in, which stands at `seq` of the ledger: the only place where what is known of people and agents changes. */
export function tell(
  { people, groups, passkeys, agents, chats, delegations }: RosterState,
  event: DirectoryEvent,
  seq: number,
): void {
  if (event.type === 'person.deprovisioned') leaveAll(groups, event.person);
  if (isPersonEvent(event)) tellPeople(people, event);
  else if (isGroupEvent(event)) tellGroups(groups, event);
  else if (isPasskeyEvent(event)) tellPasskeys(passkeys, event, seq);
  else if (isAgentEvent(event)) tellAgents(agents, event);
  else if (isChatEvent(event)) tellChats(chats, event);
  else if (isDelegationEvent(event)) tellDelegations(delegations, event);
}

// what a newer gateway says in words of its own changes nothing here
const isPersonEvent = (event: DirectoryEvent): event is PersonEvent =>
  event.type.startsWith('person.');
const isGroupEvent = (event: DirectoryEvent): event is GroupEvent =>
  event.type.startsWith('group.');
const isPasskeyEvent = (event: DirectoryEvent): event is PasskeyEvent =>
  event.type.startsWith('passkey.');
const isChatEvent = (event: DirectoryEvent): event is ChatEvent => event.type.startsWith('chat.');
const isDelegationEvent = (event: DirectoryEvent): event is DelegationEvent =>
  event.type.startsWith('delegation.');
const isAgentEvent = (event: DirectoryEvent): event is AgentEvent => /^agents?\./.test(event.type);
