import { X509Certificate } from 'node:crypto';
import type { Clock } from '@countersign/core';
import type { Credentials } from '@countersign/gate-postgres';
import {
  challengeOf,
  isKeyGood,
  openVerifier,
  spiffeOf,
  type AgentKey,
  type RosterState,
  type Verifier,
} from '@countersign/identity';
import type { Verifiers } from '../config/verifiers.ts';
import type { Peopled } from '../directory.ts';
import type { Who } from '../http/who.ts';

export type CredentialParts = {
  readonly directory: () => Pick<Peopled, 'agents' | 'isKilled'>;
  readonly roster: () => Pick<RosterState, 'agents'>;
  /** Of tokens of the configuration in force. */
  readonly verifiers: () => Verifiers;
  readonly who: Pick<Who, 'of'>;
  /** Opens what keys of the ledger are known by. */
  readonly secret: Uint8Array;
  readonly clock: Clock;
  /** Whose agents certificates are of; undefined: none is believed. */
  readonly trustDomain: () => string | undefined;
};

/** Who a client of a database is: an agent, by a token of the configuration, an issued key, a workload's token or a certificate. */
export function createCredentials(parts: CredentialParts): Credentials {
  const { directory, clock, secret } = parts;
  const mayCome = (agent: string): boolean =>
    directory().agents.has(agent) && !directory().isKilled(agent);

  function scram(agent: string): ReturnType<Credentials['scram']> {
    const challenge = challengeOf(agent);
    if (!mayCome(agent)) return { ...challenge, keys: [], isAskedInClear: false };
    const good = goodKeys(parts, agent);
    const keys = [configured(parts, agent), ...good.map((key) => openVerifier(secret, key))].filter(
      (one) => one !== undefined,
    );
    return { ...challenge, keys, isAskedInClear: keys.length === 0 };
  }

  return {
    scram,
    ofKey: async (agent, key) => {
      const authorization = `Bearer ${key}`;
      const known = await parts.who.of({
        request: { headers: { authorization } },
        response: NO_RESPONSE,
        isFresh: true,
      });
      return (
        typeof known === 'object' && known.kind === 'agent' && known.id === agent && mayCome(agent)
      );
    },
    ofCertificate: (der) => {
      const trustDomain = parts.trustDomain();
      if (trustDomain === undefined) return undefined;
      const peer = { certificate: new X509Certificate(der), isTrusted: true };
      const named = spiffeOf(peer, trustDomain, clock());
      if (typeof named === 'string') return undefined;
      const [one, other] = [...directory().agents.values()].filter(
        ({ spiffe }) => spiffe === named.id,
      );
      // R2: what could be either of two agents is neither
      return one && !other && mayCome(one.id) ? one.id : undefined;
    },
  };
}

/** No cookie was read, so none is renewed. */
const NO_RESPONSE = { setHeader: () => undefined as never };

const configured = (
  { directory, verifiers }: Pick<CredentialParts, 'directory' | 'verifiers'>,
  agent: string,
): Verifier | undefined =>
  directory().agents.get(agent)?.source === 'configuration' ? verifiers().get(agent) : undefined;

const goodKeys = (
  { roster, clock }: Pick<CredentialParts, 'roster' | 'clock'>,
  agent: string,
): readonly AgentKey[] =>
  [...roster().agents.keys.values()].filter(
    (key) => key.agent === agent && isKeyGood(key, clock()),
  );

/** What an agent may come with now, as one text: when something of it is gone, whoever may have come by it has to come anew. */
export function grantsOf(parts: CredentialParts, agent: string): ReadonlySet<string> {
  const { directory } = parts;
  const known = directory().agents.get(agent);
  if (!known || directory().isKilled(agent)) return new Set();
  const token = configured(parts, agent);
  return new Set([
    ...goodKeys(parts, agent).map(({ id }) => id),
    ...(token ? [`token ${Buffer.from(token.storedKey).toString('hex')}`] : []),
    ...(known.spiffe === undefined ? [] : [`certificate ${known.spiffe}`]),
    ...known.workloads.map((binding) => `workload ${JSON.stringify(binding)}`),
  ]);
}
