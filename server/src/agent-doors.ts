import type { Clock, Instant, LedgerStore } from '@countersign/core';
import type { Roster } from '@countersign/identity';
import type { Config } from './config/config.ts';
import type { Peopled } from './directory.ts';
import { createAgentAuth, type AgentAuth } from './http/agent-auth.ts';
import type { AgentParts } from './http/agents.ts';
import { followWorkloads } from './workloads.ts';

/** How agents come in, and how they are managed. */
export type AgentDoors = { readonly auth: AgentAuth; readonly managing: AgentParts };

/** Opens every way in for agents that is not a token of the configuration. */
export function openAgentDoors(parts: {
  readonly config: () => Config;
  readonly directory: () => Peopled;
  readonly roster: Roster;
  readonly clock: Clock;
  readonly store: Pick<LedgerStore, 'count'>;
  /** Masks text and makes it visible (R8, R9). */
  readonly shown: (text: string) => string;
  /** Seals what the database gate knows keys by. */
  readonly secret: Uint8Array;
}): AgentDoors {
  const { config, directory, roster, clock } = parts;
  // of this gateway, since it started: a ledger entry for each use would cost more than it tells
  const used = new Map<string, Instant>();
  const auth = createAgentAuth({
    roster: roster.now,
    current: roster.current,
    directory,
    verify: followWorkloads(config, clock),
    clock,
    trustDomain: () => config().agentsTls?.trustDomain,
    onKeyUsed: (key) => void used.set(key, clock()),
  });
  return { auth, managing: { ...parts, lastUsed: (key) => used.get(key) } };
}
