import { random, type Clock, type LedgerStore } from '@countersign/core';
import { createRecords, createScim, provisionedPerson, subjectOf } from '@countersign/identity';
import type { AdmissionParts } from '@countersign/identity';
import type { Config } from './config/config.ts';
import { scimMount } from './http/scim.ts';
import type { Mount } from './http/mounts.ts';
import type { Keys } from './keys.ts';
import type { Log } from './log.ts';
import type { People } from './people.ts';

export type ScimHouse = {
  readonly config: () => Config;
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly keys: Pick<Keys, 'master' | 'fingerprint'>;
  readonly people: People;
  /** The person of the configuration with an identity. */
  readonly configured: (provider: string, subject: string) => string | undefined;
  readonly isDraining: () => boolean;
  readonly log: Log;
};

/** Takes what identity providers tell of people, under the connections of the configuration as it is now. */
export function openScim(house: ScimHouse): Mount {
  const { config, store, clock, keys, people, configured, isDraining, log } = house;
  const key = keys.fingerprint;
  const scim = createScim({
    roster: people.roster,
    records: createRecords({ store, clock, masterKey: keys.master }),
    profiles: people.profiles,
    random,
    key,
    signedIn: ({ bySubject }, provider, subject) => {
      const issuer = config().signIn.providers.find(({ id }) => id === provider)?.issuer;
      const known = configured(provider, subject);
      return (
        known ?? (issuer === undefined ? undefined : bySubject.get(subjectOf(key, issuer, subject)))
      );
    },
  });
  return scimMount({ connections: () => config().scim, scim, isDraining, log });
}

/** Who somebody who signs in is, where the people of their provider come by SCIM. */
export const provisionedBy =
  (config: () => Config, key: Uint8Array): AdmissionParts['provisioned'] =>
  (state, { provider, subject, userName }, subjectDigest) => {
    const connections = config().scim.filter((one) => one.provider === provider);
    if (connections.length === 0) return undefined;
    const who = { key, subject, subjectDigest, ...(userName === undefined ? {} : { userName }) };
    for (const connection of connections) {
      const person = provisionedPerson(state, connection, who);
      if (person !== undefined) return { person };
    }
    return {};
  };
