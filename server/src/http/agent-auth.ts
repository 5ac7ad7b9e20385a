import type { Clock } from '@countersign/core';
import {
  isBound,
  isJwt,
  isKeyGood,
  keyIdOf,
  keyOf,
  spiffeOf,
  type CertificateRefusal,
  type PeerCertificate,
  type RosterState,
  type VerifyWorkload,
} from '@countersign/identity';
import type { Peopled } from '../directory.ts';
import type { Caller } from './exchange.ts';

type AgentCaller = Extract<Caller, { readonly kind: 'agent' | 'executor' }>;

/** The agent a credential is of, or why it is nobody's. R7: these credentials are never a person's. */
export type KnownAgentCaller =
  | AgentCaller
  | 'unauthenticated'
  | 'unknown-agent'
  | 'key-ended'
  | 'unbound-workload'
  | 'ambiguous-workload'
  | 'certificate-mismatch'
  | CertificateRefusal;

export type AgentAuthParts = {
  readonly roster: () => RosterState;
  /** Resolves when this gateway has heard what others wrote. */
  readonly current: () => Promise<unknown>;
  readonly directory: () => Pick<Peopled, 'agents'>;
  readonly verify: VerifyWorkload;
  readonly clock: Clock;
  /** The trust domain of `agents_tls`. */
  readonly trustDomain: () => string | undefined;
  /** Told of every key that was used. */
  readonly onKeyUsed: (key: string) => void;
};

/** Whose credential it is, of those that are not in the configuration. */
export type AgentAuth = {
  /**
   * Of a bearer token: an issued key at once, a workload's token once it is verified. With `resource` a token for that
   * alone is taken as well.
   */
  readonly bearer: (
    token: string,
    resource?: string,
  ) => KnownAgentCaller | Promise<KnownAgentCaller>;
  /** Of the certificate a connection came with. */
  readonly peer: (peer: PeerCertificate) => KnownAgentCaller;
};

/** Makes the function that knows agents by what they were issued, by what a platform says of them, and by certificate. */
export function createAgentAuth(parts: AgentAuthParts): AgentAuth {
  const { roster, directory, verify, clock } = parts;
  const agentNamed = (id: string): KnownAgentCaller =>
    directory().agents.has(id) ? { kind: 'agent', id } : 'unknown-agent';

  /** Undefined where no such key is known here. */
  function byKey(token: string, id: string): KnownAgentCaller | undefined {
    const { agents } = roster();
    if (!agents.keys.has(id)) return undefined;
    const key = keyOf(agents, token);
    if (!key) return 'unauthenticated';
    if (!isKeyGood(key, clock())) return 'key-ended';
    parts.onKeyUsed(id);
    return agentNamed(key.agent);
  }

  let looking: Promise<unknown> | undefined;
  /** ATTACKER: names of keys cost nothing to make up, so that all who show one wait for one look at the ledger together. */
  async function byKeyOfOthers(token: string, id: string): Promise<KnownAgentCaller> {
    // one that is under way may have begun before the key was written
    await looking?.catch(() => undefined);
    looking ??= parts.current().finally(() => (looking = undefined));
    await looking;
    return byKey(token, id) ?? 'unauthenticated';
  }

  async function byWorkload(token: string, resource?: string): Promise<KnownAgentCaller> {
    const workload = await verify(token, resource);
    if (!workload) return 'unauthenticated';
    const { issuer, claims } = workload;
    const found = [...directory().agents.values()].filter(({ workloads }) =>
      workloads.some((binding) => binding.issuer === issuer && isBound(binding, claims)),
    );
    return only(found, 'unbound-workload');
  }

  return {
    bearer: (token, resource) => {
      const id = keyIdOf(token);
      if (id !== undefined) return byKey(token, id) ?? byKeyOfOthers(token, id);
      return isJwt(token) ? byWorkload(token, resource) : 'unauthenticated';
    },
    peer: (peer) => {
      const named = spiffeOf(peer, parts.trustDomain() ?? '', clock());
      if (typeof named === 'string') return named;
      const found = [...directory().agents.values()].filter(({ spiffe }) => spiffe === named.id);
      return only(found, 'unknown-agent');
    },
  };
}

/** R2: what could be either of two agents is neither. */
function only(
  found: readonly { readonly id: string }[],
  nobody: KnownAgentCaller,
): KnownAgentCaller {
  const [one, other] = found;
  if (!one) return nobody;
  return other ? 'ambiguous-workload' : { kind: 'agent', id: one.id };
}
