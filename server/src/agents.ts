import type { Agent } from '@countersign/core';
import type { Binding, RosterState } from '@countersign/identity';
import type { Config } from './config/config.ts';
import type { Log } from './log.ts';

/** An agent with how it may prove itself, and where it is known from. */
export type KnownAgent = Agent & {
  readonly source: 'configuration' | 'registry';
  readonly workloads: readonly Binding[];
  readonly spiffe?: string;
};

/**
 * Every agent there is. INVARIANT: an id is one principal, of one kind, whatever its case (R5 goes by id): one that the
 * configuration has given is not the registered agent's any more, whose keys then open nothing.
 */
export function agentsOf(config: Config, state: RosterState): ReadonlyMap<string, KnownAgent> {
  const taken = takenBy(config);
  const issuers = issuersOf(state);
  const all = new Map<string, KnownAgent>();
  for (const { tokenDigest: _, ...entry } of config.agents)
    all.set(
      entry.id,
      Object.freeze({
        ...entry,
        source: 'configuration',
        issuers: [...(issuers.get(entry.id) ?? [])],
      }),
    );
  for (const registered of state.agents.registered.values()) {
    const { isRetired, registeredAt: _, boundBy, ...profile } = registered;
    if (isRetired || taken.has(profile.id.toLowerCase())) continue;
    const gave = new Set(issuers.get(profile.id));
    if (boundBy !== undefined) gave.add(boundBy);
    all.set(profile.id, Object.freeze({ ...profile, source: 'registry', issuers: [...gave] }));
  }
  return all;
}

/** By agent, who issued its keys that were not revoked: they have seen them. */
function issuersOf({ agents }: RosterState): ReadonlyMap<string, ReadonlySet<string>> {
  const issuers = new Map<string, Set<string>>();
  for (const { agent, issuedBy, revokedAt } of agents.keys.values()) {
    if (revokedAt !== undefined) continue;
    const some = issuers.get(agent) ?? new Set();
    issuers.set(agent, some.add(issuedBy));
  }
  return issuers;
}

/** Warns of registered agents whose id the configuration has given: their keys open nothing any more. */
export function tellShadowed(
  log: Pick<Log, 'warn'>,
  config: Config,
  { agents }: RosterState,
): void {
  const taken = takenBy(config);
  for (const { id, isRetired } of agents.registered.values())
    if (!isRetired && taken.has(id.toLowerCase())) log.warn('agent-shadowed', { agent: id });
}

const takenBy = ({ agents, people, executors }: Config): ReadonlySet<string> =>
  new Set([...agents, ...people, ...executors].map(({ id }) => id.toLowerCase()));
