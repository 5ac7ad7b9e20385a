import type { Instant, Proof } from '@countersign/core';
import type { Attributed } from './event.ts';

/** COSE numbers of the algorithms a passkey may have: ES256, RS256, Ed25519 (DS-14). */
export const PASSKEY_ALGORITHMS = [-7, -257, -8] as const;
export type PasskeyAlgorithm = (typeof PASSKEY_ALGORITHMS)[number];

/** What is public about a passkey (L29): all that anyone needs to check what it signed. */
export type PasskeyFacts = {
  /** Its id, base64url. */
  readonly credential: string;
  /** SubjectPublicKeyInfo, base64url. */
  readonly publicKey: string;
  readonly alg: PasskeyAlgorithm;
  /** Model of the authenticator, as it says itself; proven only at level `hardware`. */
  readonly aaguid: string;
  readonly rpId: string;
  readonly origin: string;
  readonly level: 'passkey' | 'hardware';
  readonly isBackupEligible: boolean;
  readonly isBackedUp: boolean;
  readonly counter: number;
};

/** What an enrolled passkey said about a new one of the same person. */
export type EnrolmentStatement = {
  readonly v: 1;
  /** Origin of the installation's ledger. */
  readonly origin: string;
  readonly person: string;
  readonly credential: string;
  readonly publicKey: string;
  readonly level: PasskeyFacts['level'];
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  readonly nonce: string;
};

/** Why a passkey was let in. */
export type Because =
  | { readonly because: 'first' | 'second-person' }
  | {
      readonly because: 'existing-passkey';
      readonly vouched: { readonly statement: EnrolmentStatement; readonly proof: Proof };
    };

type About = Attributed & { readonly person: string };
type Used = About & { readonly credential: string; readonly counter: number };

/** Facts about passkeys. */
export type PasskeyEvent =
  | (About & PasskeyFacts & { readonly type: 'passkey.registered' })
  | (About & PasskeyFacts & Because & { readonly type: 'passkey.enrolled' })
  | (About & { readonly type: 'passkey.removed'; readonly credential: string })
  | (Used & { readonly type: 'passkey.used' })
  | (Used & { readonly type: 'passkey.counter-regressed' });

/** One passkey as it stands. A removed one is remembered: it never comes back. */
export type Passkey = PasskeyFacts & {
  readonly person: string;
  readonly state: 'waiting' | 'enrolled' | 'removed';
  readonly since: Instant;
  readonly enrolledAt?: Instant;
  readonly lastUsedAt?: Instant;
  /** Where its enrolment stands in the ledger. */
  readonly enrolledSeq?: number;
};

/** Passkeys by credential id and by person. */
export type Passkeys = {
  readonly byCredential: Map<string, Passkey>;
  readonly byPerson: Map<string, Set<string>>;
  /** Whoever ever had one that was enrolled. */
  readonly had: Set<string>;
};

export const noPasskeys = (): Passkeys => ({
  byCredential: new Map(),
  byPerson: new Map(),
  had: new Set(),
});

/** Takes one more fact in, which stands at `seq` of the ledger. Total: what is unknown changes nothing. */
export function tellPasskeys(passkeys: Passkeys, event: PasskeyEvent, seq: number): void {
  const { byCredential, byPerson, had } = passkeys;
  const { credential, person } = event;
  const known = byCredential.get(credential);
  const next = passkeyAfter(known, event, seq);
  if (!next) return;
  byCredential.set(credential, next);
  byPerson.set(person, (byPerson.get(person) ?? new Set()).add(credential));
  if (next.state === 'enrolled') had.add(person);
}

function passkeyAfter(
  known: Passkey | undefined,
  event: PasskeyEvent,
  seq: number,
): Passkey | undefined {
  const { at } = event;
  switch (event.type) {
    case 'passkey.registered':
      return known ?? { ...factsOf(event), person: event.person, state: 'waiting', since: at };
    case 'passkey.enrolled': {
      if (known && known.state !== 'waiting') return known;
      const { person } = event;
      const since = known?.since ?? at;
      return {
        ...factsOf(event),
        person,
        state: 'enrolled',
        since,
        enrolledAt: at,
        enrolledSeq: seq,
      };
    }
    case 'passkey.removed':
      return known && { ...known, state: 'removed' };
    case 'passkey.used':
      return known && { ...known, counter: event.counter, lastUsedAt: at };
    case 'passkey.counter-regressed':
      return known;
  }
}

/** The facts of a passkey alone. */
export const factsOf = (from: PasskeyFacts): PasskeyFacts => ({
  credential: from.credential,
  publicKey: from.publicKey,
  alg: from.alg,
  aaguid: from.aaguid,
  rpId: from.rpId,
  origin: from.origin,
  level: from.level,
  isBackupEligible: from.isBackupEligible,
  isBackedUp: from.isBackedUp,
  counter: from.counter,
});

/** A person's passkeys in one state. */
export const passkeysOf = (
  { byCredential, byPerson }: Pick<Passkeys, 'byCredential' | 'byPerson'>,
  person: string,
  state: Passkey['state'],
): readonly Passkey[] =>
  [...(byPerson.get(person) ?? [])].flatMap((credential) => {
    const passkey = byCredential.get(credential);
    return passkey?.state === state ? [passkey] : [];
  });

/** Passkeys a person can use on a site: enrolled, and made on this very one. */
export const usableBy = (
  passkeys: Pick<Passkeys, 'byCredential' | 'byPerson'>,
  person: string,
  site: Pick<PasskeyFacts, 'rpId' | 'origin'>,
): readonly Passkey[] =>
  passkeysOf(passkeys, person, 'enrolled').filter(
    ({ rpId, origin }) => rpId === site.rpId && origin === site.origin,
  );

/** The most a person's passkeys reach on a site; undefined without any. */
export function levelOf(...of: Parameters<typeof usableBy>): PasskeyFacts['level'] | undefined {
  const levels = usableBy(...of).map(({ level }) => level);
  return levels.find((level) => level === 'hardware') ?? levels[0];
}
