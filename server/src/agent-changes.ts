import type { Altering, Registering } from '@countersign/api';
import { after, err, instant, ok, type Instant, type Result } from '@countersign/core';
import {
  isKeyGood,
  isSpiffeId,
  makeKey,
  profileOf,
  sealVerifier,
  verifierOf,
  weaknessOf,
  type AgentEvent,
  type AgentKey,
  type AgentProfile,
  type RosterState,
} from '@countersign/identity';
import type { Config } from './config/config.ts';
import type { Peopled } from './directory.ts';
import { pinned } from './workloads.ts';

/** Why agents are not changed, and where in the request. */
export type ChangeRefusal = {
  readonly code:
    | 'not-found'
    | 'id-taken'
    | 'configured-agent'
    | 'inactive-owner'
    | 'unknown-person'
    | 'unknown-issuer'
    | 'weak-binding'
    | 'bad-spiffe'
    | 'spiffe-taken'
    | 'too-many-keys'
    | 'key-over';
  readonly path?: string;
  readonly detail?: string;
};

/** What a change is decided on: everything as it stands at that moment, and who makes it. */
export type Ground = {
  readonly state: RosterState;
  readonly at: Instant;
  readonly by: string;
  readonly directory: Peopled;
  readonly config: Config;
  /** Seals what the database gate knows a key by. */
  readonly secret: Uint8Array;
};

type Planned<T = readonly AgentEvent[]> = Result<T, ChangeRefusal>;

const refuse = (code: ChangeRefusal['code'], path?: string, detail?: string): Planned<never> =>
  err({
    code,
    ...(path === undefined ? {} : { path }),
    ...(detail === undefined ? {} : { detail }),
  });

const whose = ({ at, by }: Ground, reason?: string) => ({
  at,
  by,
  ...(reason === undefined ? {} : { reason }),
});

/** A new agent. An id that anybody has or had is never given again (R5 goes by id). */
export function register(ground: Ground, { id, ...given }: Registering): Planned {
  if (isTaken(ground, id)) return refuse('id-taken', '$.id');
  const profile: AgentProfile = {
    teams: [],
    trust: 0,
    quarantined: false,
    actsFor: [],
    delegators: [],
    workloads: [],
    ...given,
  };
  const wrong = whyNotProfile(ground, id, profile);
  return wrong ?? ok([{ type: 'agent.registered', ...whose(ground), agent: id, ...profile }]);
}

function isTaken({ state, config }: Ground, id: string): boolean {
  const key = id.toLowerCase();
  const same = (other: string): boolean => other.toLowerCase() === key;
  const { agents, executors, people } = config;
  return (
    // ids of accounts that are still to come
    key.startsWith('per_') ||
    [...agents, ...executors, ...people].some((one) => same(one.id)) ||
    [...state.people.accounts.keys(), ...state.agents.registered.keys()].some(same)
  );
}

/** The same agent, otherwise. */
export function alter(ground: Ground, id: string, { reason, ...given }: Altering): Planned {
  const found = registered(ground, id);
  if (!found.ok) return found;
  const before = profileOf(found.value);
  const { ownerTeam = before.ownerTeam, spiffe = before.spiffe, ...rest } = given;
  const { ownerTeam: _team, spiffe: _spiffe, ...kept } = before;
  const profile: AgentProfile = {
    ...kept,
    ...rest,
    ...(ownerTeam === undefined || ownerTeam === null ? {} : { ownerTeam }),
    ...(spiffe === undefined || spiffe === null ? {} : { spiffe }),
  };
  const wrong = whyNotProfile(ground, id, profile);
  return wrong ?? ok([{ type: 'agent.changed', ...whose(ground, reason), agent: id, ...profile }]);
}

function registered({ state, directory }: Ground, id: string) {
  const agent = state.agents.registered.get(id);
  if (directory.agents.get(id)?.source === 'configuration') return refuse('configured-agent');
  return !agent || agent.isRetired ? refuse('not-found') : ok(agent);
}

/** R5, R2: everyone an agent names is known, its owner answers for it, and nobody else can come as it by accident. */
function whyNotProfile(
  { directory, config }: Ground,
  id: string,
  { owner, actsFor, delegators, workloads, spiffe }: AgentProfile,
): Planned<never> | undefined {
  if (directory.person(owner)?.active !== true) return refuse('inactive-owner', '$.owner');
  for (const [name, ids] of Object.entries({ actsFor, delegators }))
    for (const [i, one] of ids.entries())
      if (!directory.person(one))
        return refuse('unknown-person', `$.${name}[${i}]`, `nobody here is \`${one}\``);
  for (const [i, binding] of workloads.entries()) {
    const path = `$.workloads[${i}]`;
    const issuer = config.workloadIssuers.find((one) => one.id === binding.issuer);
    if (!issuer) return refuse('unknown-issuer', `${path}.issuer`);
    const weakness = weaknessOf(binding, pinned(issuer).kind);
    if (weakness && !weakness.isWarning)
      return refuse('weak-binding', `${path}.claims`, `${weakness.message}; ${weakness.hint}`);
  }
  if (spiffe === undefined) return undefined;
  if (!isSpiffeId(spiffe, config.agentsTls?.trustDomain)) return refuse('bad-spiffe', '$.spiffe');
  const others = [...directory.agents.values()].filter((one) => one.id !== id);
  return others.some((one) => one.spiffe === spiffe)
    ? refuse('spiffe-taken', '$.spiffe')
    : undefined;
}

/** Out for good; its keys with it. */
export function retire(ground: Ground, id: string, reason?: string): Planned {
  const found = registered(ground, id);
  if (!found.ok) return found;
  const keys = [...ground.state.agents.keys.values()].filter(
    (key) => key.agent === id && isKeyGood(key, ground.at),
  );
  return ok([
    ...keys.map((key) => revocation(ground, key, reason)),
    { type: 'agent.retired', ...whose(ground, reason), agent: id },
  ]);
}

/** Stopped, or going on; nothing where it stands so already. */
export function stopOrResume(
  ground: Ground,
  id: string,
  { stopped, reason }: { readonly stopped: boolean; readonly reason: string },
): Planned {
  const { state, directory } = ground;
  if (!directory.agents.has(id) && !state.agents.stopped.has(id)) return refuse('not-found');
  if (state.agents.stopped.has(id) === stopped) return ok([]);
  const type = stopped ? 'agent.stopped' : 'agent.resumed';
  return ok([{ type, ...whose(ground, reason), agent: id }]);
}

/** The switch for all. */
export function switchAll(
  ground: Ground,
  { stopped, reason }: { readonly stopped: boolean; readonly reason: string },
): Planned {
  if (ground.state.agents.allStopped.size > 0 === stopped) return ok([]);
  return ok([{ type: stopped ? 'agents.stopped' : 'agents.resumed', ...whose(ground, reason) }]);
}

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 90;
/** Enough for every place an agent runs in, and few enough to look through. */
const MAX_KEYS = 20;

/** A key that was made, to be shown once its event is durable. */
export type Issued = {
  readonly events: readonly AgentEvent[];
  readonly shown: { readonly id: string; readonly key: string; readonly expiresAt: Instant };
};

/** A new key of an agent that is there. */
export function issue(
  ground: Ground,
  id: string,
  { name, days = DEFAULT_DAYS }: { readonly name: string; readonly days?: number },
): Planned<Issued> {
  if (!ground.directory.agents.has(id)) return refuse('not-found');
  const { keys } = ground.state.agents;
  const good = [...keys.values()].filter((key) => key.agent === id && isKeyGood(key, ground.at));
  if (good.length >= MAX_KEYS) return refuse('too-many-keys');
  const made = makeKey();
  const expiresAt = after(ground.at, days * DAY_MS);
  const { id: key, digest } = made;
  const scram = sealVerifier(ground.secret, key, verifierOf(id, made.key));
  return ok({
    events: [
      {
        type: 'agent.key-issued',
        ...whose(ground),
        agent: id,
        key,
        name,
        digest,
        scram,
        expiresAt,
      },
    ],
    shown: { id: key, key: made.key, expiresAt },
  });
}

/** A key in the place of another, which ends when the overlap is over. */
export function rotate(
  ground: Ground,
  old: AgentKey,
  { days, overlapMs }: { readonly days?: number; readonly overlapMs: number },
): Planned<Issued & { readonly oldEndsAt: Instant }> {
  if (!isKeyGood(old, ground.at)) return refuse('key-over');
  const issued = issue(ground, old.agent, {
    name: old.name,
    ...(days === undefined ? {} : { days }),
  });
  if (!issued.ok) return issued;
  const oldEndsAt = instant(Math.min(old.expiresAt, ground.at + overlapMs));
  const { agent, id: key } = old;
  const shortened: AgentEvent = {
    type: 'agent.key-shortened',
    ...whose(ground),
    agent,
    key,
    expiresAt: oldEndsAt,
  };
  return ok({ ...issued.value, events: [...issued.value.events, shortened], oldEndsAt });
}

/** A key that opens nothing from now on. */
export const revocation = (
  ground: Ground,
  { agent, id: key }: AgentKey,
  reason?: string,
): AgentEvent => ({ type: 'agent.key-revoked', ...whose(ground, reason), agent, key });
