import { readFileSync } from 'node:fs';
import { random, type Clock, type Directory, type LedgerStore } from '@countersign/core';
import {
  attesting,
  createEnrolling,
  createLabels,
  createSigning,
  siteOf,
  type Attestation,
  type Roster,
} from '@countersign/identity';
import type { Config } from './config/config.ts';
import type { PasskeyParts } from './http/passkeys.ts';
import type { Keys } from './keys.ts';
import type { Log } from './log.ts';
import { StartFailure } from './start-failure.ts';

/** Opens passkeys: what lets them in, what asks them to sign, what they are called. */
export async function openPasskeys(parts: {
  readonly config: Config;
  readonly publicUrl: string;
  /** Origin of the ledger. */
  readonly origin: string;
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly keys: Pick<Keys, 'fingerprint' | 'master'>;
  readonly roster: Roster;
  readonly directory: () => Directory;
  readonly log: Log;
}): Promise<PasskeyParts> {
  const { config, publicUrl, origin, store, clock, keys, roster, directory, log } = parts;
  const { metadata, secondPerson } = config.passkeys;
  const site = siteOf(publicUrl);
  const key = keys.fingerprint;
  const attestation = metadata === undefined ? undefined : await attestationBy(metadata, parts);
  return {
    roster,
    labels: createLabels({ store, clock, masterKey: keys.master }),
    signing: createSigning({
      roster,
      clock,
      key,
      site,
      // R9: a person's id is ours, and a credential's a random one
      onRegressed: ({ person, credential }) =>
        log.warn('passkey-counter-regressed', { person, credential }),
    }),
    enrolling: createEnrolling({
      roster,
      clock,
      random,
      key,
      origin,
      site,
      secondPerson: () => secondPerson,
      ...(attestation && { attestation }),
      humanOf: (id) => directory().person(id)?.human ?? id,
      isActive: (id) => directory().person(id)?.active === true,
    }),
  };
}

/** Whom to believe about hardware, by the operator's file. */
async function attestationBy(
  path: string,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<Attestation> {
  const { createAttestation, readMetadata } = await attesting();
  const read = readMetadata(textOf(path));
  if ('problem' in read)
    throw new StartFailure('metadata-refused', `\`${path}\` ${read.problem}`, {
      hint: 'take the file from mds3.fidoalliance.org as it is, or leave out `passkeys.metadata`',
    });
  const { statements, nextUpdate } = read;
  if (nextUpdate !== undefined && Date.parse(nextUpdate) < clock())
    log.warn('passkey-metadata-old', { nextUpdate });
  return createAttestation(statements);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new StartFailure('metadata-refused', `\`${path}\` cannot be read`, {
      hint: 'correct `passkeys.metadata`',
      cause,
    });
  }
}
