import {
  base64url,
  challengeOf,
  instant,
  ok,
  type Clock,
  type Person,
  type Result,
} from '@countersign/core';
import { usableBy, type EnrolmentStatement, type PasskeyFacts } from '../roster/passkeys.ts';
import type { Roster } from '../roster/roster.ts';
import { CEREMONY_MS, userHandleOf, type Assertion } from './ceremony.ts';
import { lookup } from './lazily.ts';
import { no, type PasskeyRefusal } from './refusal.ts';
import type { Vouched } from './rules.ts';
import type { ToSign } from './signing.ts';
import type { Site } from './site.ts';
import { createTickets } from './ticket.ts';
import { recordUse } from './use.ts';

/** An enrolled passkey's word for a new one of the same person. */
export type Vouching = {
  /** Writes out what it has to sign: the new one's public key, so that nothing else can take its place. */
  readonly ask: (
    person: Person,
    facts: PasskeyFacts,
    site: Site,
  ) => Promise<Result<ToSign<EnrolmentStatement>, PasskeyRefusal>>;
  /** Whether one of the person's passkeys signed that. */
  readonly check: (
    person: Person,
    facts: PasskeyFacts,
    assertion: Assertion<EnrolmentStatement>,
  ) => Promise<Result<Vouched, PasskeyRefusal>>;
};

/** Makes it, for an installation whose ledger has this origin. */
export function createVouching(parts: {
  readonly roster: Pick<Roster, 'current' | 'change'>;
  readonly clock: Clock;
  readonly random: (length: number) => Uint8Array;
  readonly key: Uint8Array;
  readonly origin: string;
}): Vouching {
  const { roster, clock, random, key, origin } = parts;
  const tickets = createTickets(key, 'enrolment');
  return {
    ask: async ({ id: person }, { credential, publicKey, level }, site) => {
      const all = usableBy((await roster.current()).passkeys, person, site);
      const keys = all.filter((one) => level === 'passkey' || one.level === 'hardware');
      if (keys.length === 0) return no(all.length === 0 ? 'no-passkey' : 'passkey-too-weak');
      const issuedAt = clock();
      const statement: EnrolmentStatement = {
        v: 1,
        origin,
        person,
        credential,
        publicKey,
        level,
        issuedAt,
        expiresAt: instant(issuedAt + CEREMONY_MS),
        nonce: base64url(random(16)),
      };
      const challenge = challengeOf('countersign/enrolment/v1', statement);
      const { signingOptions } = await lookup();
      const options = await signingOptions(site, challenge, keys);
      return ok({ statement, ticket: tickets.of(statement), options });
    },
    check: async (person, facts, { statement, ticket, response }) => {
      if (!tickets.isOf(statement, ticket)) return no('ticket-invalid');
      if (clock() >= statement.expiresAt) return no('ticket-expired');
      if (!isAbout(statement, person, facts))
        return no('ticket-invalid', 'another passkey was vouched for');
      const { signedBy } = await lookup();
      const signed = await signedBy(await roster.current(), person, {
        response,
        challenge: challengeOf('countersign/enrolment/v1', statement),
        issuedAt: statement.issuedAt,
        userHandle: userHandleOf(key, person.id),
      });
      if (!signed.ok) return signed;
      const { key: by, asserted } = signed.value;
      const used = await recordUse(roster, { key: by, counter: asserted.counter });
      return used.ok ? ok({ statement, proof: asserted.proof }) : no(used.error);
    },
  };
}

const isAbout = (statement: EnrolmentStatement, { id }: Person, facts: PasskeyFacts): boolean =>
  statement.person === id &&
  statement.credential === facts.credential &&
  statement.publicKey === facts.publicKey &&
  statement.level === facts.level;
