import type { Instant } from '@countersign/core';
import type { AgentEvent } from './agents.ts';
import type { ChatEvent } from './chats.ts';
import type { DelegationEvent } from './delegations.ts';
import type { GroupEvent } from './groups.ts';
import type { PasskeyEvent } from './passkeys.ts';
import type { PersonEvent } from './people.ts';

/**
 * Every fact about people, groups, passkeys, accounts of chats and agents, in the stream `directory`. Nothing private is in them (R9): names and
 * addresses lie sealed beside the person's own stream, identifiers of other systems are keyed digests.
 * Never renamed, never reused: a new meaning is a new type.
 */
export type DirectoryEvent =
  | PersonEvent
  | GroupEvent
  | PasskeyEvent
  | AgentEvent
  | ChatEvent
  | DelegationEvent;

/** When it happened, and who did it: a person's id, or the name of what did (`scim:okta`, `sign-in`). */
export type Attributed = { readonly at: Instant; readonly by: string };
