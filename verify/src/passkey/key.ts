import { fromBase64url } from '../bytes.ts';
import type { Entry } from '../entry.ts';
import { Malformed, integerOf, optionalObjectOf, textOf, wordOf } from '../evidence/read.ts';
import type { JsonObject } from '../json.ts';
import { fail, ok, type Result } from '../result.ts';
import { EDDSA, ES256, RS256, type Alg, type PublicKey } from './signature.ts';

/** An enrolled passkey as `passkey.enrolled` tells of it (L29). */
export type Enrolment = {
  /** Where its entry stands in the ledger, and when it was written. */
  readonly index: number;
  readonly at: number;
  readonly person: string;
  readonly credential: string;
  readonly key: PublicKey;
  readonly rpId: string;
  readonly origin: string;
  readonly level: 'passkey' | 'hardware';
  readonly isBackupEligible: boolean;
  /** What another passkey of the same person signed to vouch for this one. */
  readonly vouched: JsonObject | undefined;
  /** The entry, to compare a statement about it with. */
  readonly entry: JsonObject;
};

const ALGS: readonly Alg[] = [ES256, RS256, EDDSA];

/** Reads an entry that enrols a passkey, at an index of the ledger. */
export function readEnrolment(entry: Entry, index: number): Result<Enrolment> {
  try {
    return ok(enrolmentOf(entry, index));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return fail('enrolment-malformed', `entry ${index} (${entry.type}): ${error.message}`);
  }
}

function enrolmentOf(entry: Entry, index: number): Enrolment {
  const alg = ALGS.find((one) => one === integerOf(entry, 'alg'));
  const spki = fromBase64url(textOf(entry, 'publicKey'));
  const credential = textOf(entry, 'credential');
  if (alg === undefined) throw new Malformed('`alg` is none a passkey may have');
  if (!spki || !fromBase64url(credential) || credential === '')
    throw new Malformed('`publicKey` or `credential` is not unpadded base64url');
  return {
    index,
    at: entry.at,
    person: textOf(entry, 'person'),
    credential,
    key: { alg, spki },
    rpId: textOf(entry, 'rpId'),
    origin: textOf(entry, 'origin'),
    level: wordOf(entry, 'level', ['passkey', 'hardware']),
    isBackupEligible: entry['isBackupEligible'] !== false,
    vouched: optionalObjectOf(entry, 'vouched'),
    entry,
  };
}
