import type { AgentItem, AgentList, KeyItem, Stop } from '@countersign/api';
import { toIso, type Instant, type LedgerStore, type Person } from '@countersign/core';
import type { AgentKey, RosterState, Stop as Stopped } from '@countersign/identity';
import type { KnownAgent } from '../agents.ts';
import type { Peopled } from '../directory.ts';
import type { Access } from '../config/config.ts';
import { isAdministrator, isAuditor } from './rights.ts';

/** What agents are shown from. */
export type AgentSight = {
  readonly state: RosterState;
  readonly directory: Peopled;
  readonly store: Pick<LedgerStore, 'count'>;
  readonly lastUsed: (key: string) => Instant | undefined;
  readonly viewer: Person;
  readonly access: Access;
  /** The cap of an agent. */
  readonly mostPending: number;
};

/** Whether an agent is a person's own, by any account of theirs. */
export const isOwnedBy = (
  directory: Peopled,
  { owner }: Pick<KnownAgent, 'owner'>,
  person: Person,
): boolean => (directory.person(owner)?.human ?? owner) === person.human;

/** Those the viewer may see. */
export async function agentListOf(sight: AgentSight): Promise<AgentList> {
  const { state, directory, viewer, access } = sight;
  const seesAll = isAdministrator(viewer, access) || isAuditor(viewer, access);
  const seen = [...directory.agents.values()].filter(
    (agent) => seesAll || isOwnedBy(directory, agent, viewer),
  );
  const items = await Promise.all(seen.map((agent) => agentItemOf(sight, agent)));
  return { items: items.toSorted((a, b) => (a.id < b.id ? -1 : 1)), ...switchOf(state) };
}

/** The switch for all agents. */
export function switchOf({ agents }: RosterState): Pick<AgentList, 'stopped' | 'stop'> {
  const all = agents.allStopped.get('all');
  return { stopped: all !== undefined, ...(all ? { stop: stopOf(all) } : {}) };
}

/** One agent, with its keys. */
export async function agentItemOf(sight: AgentSight, agent: KnownAgent): Promise<AgentItem> {
  const { state, directory, store, viewer, access } = sight;
  const { id, owner, ownerTeam, teams, trust, quarantined, source, spiffe } = agent;
  const byName = state.agents.stopped.get(id);
  const manages = isAdministrator(viewer, access);
  return {
    id,
    owner,
    ...(ownerTeam === undefined ? {} : { ownerTeam }),
    teams,
    trust,
    source,
    stopped: directory.isKilled(id),
    ...(byName ? { stop: stopOf(byName) } : {}),
    quarantined,
    isOwnerActive: directory.person(owner)?.active === true,
    actsFor: agent.actsFor,
    delegators: agent.delegators,
    pending: await store.count(id, ['pending']),
    mostPending: sight.mostPending,
    keys: [...state.agents.keys.values()]
      .filter((key) => key.agent === id)
      .map((key) => keyItemOf(key, sight.lastUsed(key.id))),
    workloads: agent.workloads,
    ...(spiffe === undefined ? {} : { spiffe }),
    may: { manage: manages, stop: manages || isOwnedBy(directory, agent, viewer) },
  };
}

const stopOf = ({ at, by, reason }: Stopped): Stop => ({
  at: toIso(at),
  by,
  ...(reason === undefined ? {} : { reason }),
});

const keyItemOf = (key: AgentKey, lastUsedAt: Instant | undefined): KeyItem => ({
  id: key.id,
  name: key.name,
  createdAt: toIso(key.createdAt),
  createdBy: key.issuedBy,
  expiresAt: toIso(key.expiresAt),
  ...(key.revokedAt === undefined ? {} : { revokedAt: toIso(key.revokedAt) }),
  ...(lastUsedAt === undefined ? {} : { lastUsedAt: toIso(lastUsedAt) }),
});
