import type { Clock } from '@countersign/core';
import {
  createWorkloads,
  kindOfIssuer,
  type VerifyWorkload,
  type WorkloadIssuer,
} from '@countersign/identity';
import type { Config, WorkloadIssuerEntry } from './config/config.ts';

/** Verifies workload tokens by the issuers of the configuration in force; keys that were fetched last until it changes. */
export function followWorkloads(config: () => Config, clock: Clock): VerifyWorkload {
  let made: { readonly config: Config; readonly verify: VerifyWorkload } | undefined;
  return (token, resource) => {
    const now = config();
    if (made?.config !== now)
      made = { config: now, verify: createWorkloads(now.workloadIssuers.map(pinned), clock) };
    return made.verify(token, resource);
  };
}

/** An issuer as it is verified by. What its address tells of its kind stands before what was written. */
export const pinned = ({ jwks, jwksUri, ...entry }: WorkloadIssuerEntry): WorkloadIssuer => ({
  ...entry,
  kind: kindOfIssuer(entry.issuer) ?? entry.kind,
  // one of the two is there: the configuration was checked
  keys: jwks === undefined ? { url: jwksUri ?? '' } : { file: jwks },
});
