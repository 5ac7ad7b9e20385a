import { canonical, type Instant } from '@countersign/core';
import type { Attributed } from './event.ts';

/** Claims that a workload's token must carry; a list names the values any one of which will do. */
export type Binding = {
  /** The configured issuer, by its id. */
  readonly issuer: string;
  readonly claims: Readonly<Record<string, string | readonly string[]>>;
};

/** What an agent is, as its registration says; a change replaces it whole. */
export type AgentProfile = {
  /** The one accountable person. */
  readonly owner: string;
  readonly ownerTeam?: string;
  readonly teams: readonly string[];
  /** 0 new to 3 proven. */
  readonly trust: number;
  readonly quarantined: boolean;
  readonly actsFor: readonly string[];
  readonly delegators: readonly string[];
  readonly workloads: readonly Binding[];
  /** The SPIFFE id its certificate names. */
  readonly spiffe?: string;
};

/** Facts about agents (L30). `reason` is masked and made visible before it comes here. */
export type AgentEvent = Attributed & { readonly reason?: string } & (
    | ({
        readonly type: 'agent.registered' | 'agent.changed';
        readonly agent: string;
      } & AgentProfile)
    | { readonly type: 'agent.retired' | 'agent.stopped' | 'agent.resumed'; readonly agent: string }
    | {
        readonly type: 'agent.key-issued';
        readonly agent: string;
        readonly key: string;
        readonly name: string;
        /** SHA-256 of the whole key: of 256 random bits, so that nobody can guess it from here. */
        readonly digest: string;
        /** Sealed: what the database gate knows it by. Keys of before have none. */
        readonly scram?: string;
        readonly expiresAt: Instant;
      }
    | {
        /** It ends earlier than was said when it was issued: another one takes its place. */
        readonly type: 'agent.key-shortened';
        readonly agent: string;
        readonly key: string;
        readonly expiresAt: Instant;
      }
    | { readonly type: 'agent.key-revoked'; readonly agent: string; readonly key: string }
    | { readonly type: 'agents.stopped' | 'agents.resumed' }
  );

/** An agent that was registered. A retired one stays known, so that its name is never given again. */
export type RegisteredAgent = AgentProfile & {
  readonly id: string;
  readonly registeredAt: Instant;
  readonly isRetired: boolean;
  /** Who said which workloads and which certificate it is known by; absent where there is none. */
  readonly boundBy?: string;
};

/** A key that was issued to an agent; the key itself is nowhere. */
export type AgentKey = {
  readonly id: string;
  readonly agent: string;
  readonly name: string;
  readonly digest: string;
  readonly scram?: string;
  /** Whom it was shown to. */
  readonly issuedBy: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly revokedAt?: Instant;
};

/** Agents and their keys by id, and who is stopped. */
export type Agents = {
  readonly registered: Map<string, RegisteredAgent>;
  readonly keys: Map<string, AgentKey>;
  /** Ids of agents that are stopped, of the configuration too, with when and why. */
  readonly stopped: Map<string, Stop>;
  /** All agents at once; one entry, or none. */
  readonly allStopped: Map<'all', Stop>;
};

/** Since when somebody is stopped, by whom, and why. */
export type Stop = { readonly at: Instant; readonly by: string; readonly reason?: string };

export const noAgents = (): Agents => ({
  registered: new Map(),
  keys: new Map(),
  stopped: new Map(),
  allStopped: new Map(),
});

/** Takes one more fact in. Total: what is unknown changes nothing. */
export function tellAgents(agents: Agents, event: AgentEvent): void {
  const { registered, keys, stopped, allStopped } = agents;
  switch (event.type) {
    case 'agent.registered':
      if (registered.has(event.agent)) return; // an id is never another agent's
      return void registered.set(event.agent, registration(event));
    case 'agent.changed':
      return alter(registered, event);
    case 'agent.retired':
      return retire(registered, event.agent);
    case 'agent.key-issued':
      return issue(keys, event);
    case 'agent.key-shortened':
    case 'agent.key-revoked':
      return end(keys, event);
    case 'agent.stopped':
      return void stopped.set(event.agent, stopOf(event));
    case 'agent.resumed':
      return void stopped.delete(event.agent);
    case 'agents.stopped':
      return void allStopped.set('all', stopOf(event));
    case 'agents.resumed':
      return void allStopped.delete('all');
  }
}

type Of<T extends AgentEvent['type']> = Extract<AgentEvent, { readonly type: T }>;

type Profiled = Of<'agent.registered' | 'agent.changed'>;

function registration(event: Profiled): RegisteredAgent {
  const profile = profileOf(event);
  const isBound = profile.workloads.length > 0 || profile.spiffe !== undefined;
  return {
    id: event.agent,
    registeredAt: event.at,
    isRetired: false,
    ...profile,
    ...(isBound ? { boundBy: event.by } : {}),
  };
}

/** Another profile; who bound it is who last changed how it is bound. A retired agent stays as it was. */
function alter(registered: Agents['registered'], event: Profiled): void {
  const before = registered.get(event.agent);
  if (!before || before.isRetired) return;
  const { registeredAt } = before;
  const after = { ...registration(event), registeredAt };
  const isAsBefore = bindingsOf(before) === bindingsOf(after);
  const { boundBy } = before;
  registered.set(event.agent, {
    ...after,
    ...(isAsBefore && boundBy !== undefined ? { boundBy } : {}),
  });
}

const bindingsOf = ({ workloads, spiffe }: AgentProfile): string =>
  canonical({ workloads, spiffe: spiffe ?? null });

function retire(registered: Agents['registered'], id: string): void {
  const agent = registered.get(id);
  if (agent) registered.set(id, { ...agent, isRetired: true });
}

/** The profile alone. */
export function profileOf(said: AgentProfile): AgentProfile {
  const { owner, ownerTeam, teams, trust, quarantined, actsFor, delegators, workloads, spiffe } =
    said;
  return {
    owner,
    ...(ownerTeam === undefined ? {} : { ownerTeam }),
    teams,
    trust,
    quarantined,
    actsFor,
    delegators,
    workloads,
    ...(spiffe === undefined ? {} : { spiffe }),
  };
}

const stopOf = ({ at, by, reason }: AgentEvent): Stop => ({
  at,
  by,
  ...(reason === undefined ? {} : { reason }),
});

function issue(keys: Agents['keys'], event: Of<'agent.key-issued'>): void {
  const { agent, key: id, name, digest, scram, by: issuedBy, at: createdAt, expiresAt } = event;
  if (keys.has(id)) return;
  const verified = scram === undefined ? {} : { scram };
  keys.set(id, { id, agent, name, digest, ...verified, issuedBy, createdAt, expiresAt });
}

/** INVARIANT: what is said of a key after it was issued only ever makes it end sooner. */
function end(keys: Agents['keys'], event: Of<'agent.key-shortened' | 'agent.key-revoked'>): void {
  const key = keys.get(event.key);
  if (!key || key.agent !== event.agent || key.revokedAt !== undefined) return;
  if (event.type === 'agent.key-revoked')
    return void keys.set(key.id, { ...key, revokedAt: event.at });
  if (event.expiresAt < key.expiresAt) keys.set(key.id, { ...key, expiresAt: event.expiresAt });
}

/** Whether an agent is stopped, by itself or with all others. */
export const isStopped = ({ stopped, allStopped }: Agents, agent: string): boolean =>
  allStopped.size > 0 || stopped.has(agent);

/** Whether a key opens anything at a moment. */
export const isKeyGood = ({ revokedAt, expiresAt }: AgentKey, now: Instant): boolean =>
  revokedAt === undefined && now < expiresAt;
