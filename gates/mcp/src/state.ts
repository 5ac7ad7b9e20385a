import { canonical, sha256 } from '@countersign/core';
import { membersOf } from './members.ts';
import type { Members } from './message.ts';
import type { McpParts } from './parts.ts';

/**
 * What a modern client carries between two legs of one call. `held`: people are asked. `server`: the server asked the client
 * something; `theirs` is the server's own state. `turn` counts legs, so that each can be gone on from once.
 */
export type State = {
  readonly kind: 'held' | 'server';
  readonly agent: string;
  readonly server: string;
  readonly actionId: string;
  /** Of tool and arguments: a leg with others is another call. */
  readonly matter: string;
  readonly turn: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly theirs?: string;
};

const PURPOSE = 'mcp-request-state';

/** What a leg must repeat unchanged. */
export const matterOf = (tool: string, given: Members): string =>
  sha256(canonical({ tool, arguments: given }));

/** Seals a state for the client to carry. */
export const sealState = ({ sealer }: Pick<McpParts, 'sealer'>, state: State): string =>
  sealer.seal(PURPOSE, state);

/**
 * The state a client brought back; undefined unless it was sealed here, for this agent, server and matter, and is not over.
 * ATTACKER: the client chooses what it sends, and may have got it from somebody else.
 */
export function openState(
  { sealer, now }: Pick<McpParts, 'sealer' | 'now'>,
  text: string,
  expected: Pick<State, 'agent' | 'server' | 'matter'>,
): State | undefined {
  const opened = membersOf(sealer.open(PURPOSE, text));
  // authenticated: whatever opens was sealed by `sealState`
  const state = opened as unknown as State | undefined;
  if (!state || state.agent !== expected.agent || state.server !== expected.server)
    return undefined;
  return state.matter === expected.matter && state.until > now() ? state : undefined;
}
