import {
  base64url,
  challengeOf,
  fromBase64url,
  instant,
  ok,
  type Clock,
  type Instant,
  type Person,
  type Result,
} from '@countersign/core';
import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server';
import { keyFor } from '../keyed.ts';
import type { EnrolmentStatement, PasskeyEvent, PasskeyFacts } from '../roster/passkeys.ts';
import { passkeysOf, usableBy } from '../roster/passkeys.ts';
import type { Roster } from '../roster/roster.ts';
import type { RosterState } from '../roster/state.ts';
import { seal, unseal } from '../sealed.ts';
import type { Session } from '../session.ts';
import type { RegistrationAnswer } from './answers.ts';
import type { Attestation } from './attestation.ts';
import { signedBy, signingOptions, userHandleOf, type Assertion } from './lookup.ts';
import { no, type PasskeyCode, type PasskeyRefusal } from './refusal.ts';
import { CEREMONY_MS, checkRegistration, registrationOptions } from './registration.ts';
import {
  needsOf,
  planEndorsement,
  planRegistration,
  planRemoval,
  type Needs,
  type Setting,
  type Vouched,
} from './rules.ts';
import type { Site } from './site.ts';
import type { ToSign } from './signing.ts';
import { createTickets } from './ticket.ts';
import { recordUse } from './use.ts';

/** A person with the session they act in. */
export type Acting = { readonly person: Person; readonly session: Session | undefined };
/** What a browser made, with the ticket it was asked for by. */
type Made = { readonly ticket: string; readonly response: RegistrationAnswer };

type Refusable<T> = Promise<Result<T, PasskeyRefusal>>;

/** Letting passkeys in and taking them away. Every one of these needs a sign-in of the last five minutes. */
export type Enrolling = {
  readonly options: (acting: Acting) => Refusable<{
    readonly options: PublicKeyCredentialCreationOptionsJSON;
    readonly ticket: string;
    readonly needs: Needs;
  }>;
  /** What an enrolled passkey is to sign to vouch for the one that was made. */
  readonly toVouch: (acting: Acting, made: Made) => Refusable<ToSign<EnrolmentStatement>>;
  /** Registers what was made: enrolled, or waiting for a second person. */
  readonly register: (
    acting: Acting,
    made: Made & { readonly endorsement?: Assertion<EnrolmentStatement> },
  ) => Refusable<{ readonly credential: string; readonly state: 'enrolled' | 'waiting' }>;
  /** Lets a waiting passkey of somebody else in. */
  readonly endorse: (acting: Acting, credential: string) => Refusable<undefined>;
  readonly remove: (acting: Acting, credential: string) => Refusable<undefined>;
  /** Takes away anybody's. Who may is for the caller to know. */
  readonly removeAnyones: (acting: Acting, credential: string) => Refusable<undefined>;
};

export type EnrollingParts = {
  readonly roster: Pick<Roster, 'current' | 'change'>;
  readonly clock: Clock;
  readonly random: (length: number) => Uint8Array;
  readonly key: Uint8Array;
  /** Origin of the installation's ledger. */
  readonly origin: string;
  readonly site: Site | undefined;
  readonly secondPerson: () => Setting['secondPerson'];
  readonly attestation?: Attestation;
  readonly humanOf: (person: string) => string;
  readonly isActive: (person: string) => boolean;
};

/** How long ago a person may have proved who they are. */
const JUST_MS = 300_000;
const PURPOSE = 'passkey-enrolment';

/** What a ticket says: whom it was given to, in which session, for which challenge. */
type Ticket = {
  readonly person: string;
  readonly session: string;
  readonly challenge: string;
  readonly until: number;
};

/** Makes what lets passkeys in. */
export function createEnrolling(parts: EnrollingParts): Enrolling {
  const { roster, clock, random, key, site, humanOf, isActive } = parts;
  const sealing = keyFor(key, PURPOSE);
  const tickets = createTickets(key, 'enrolment');
  const settingOf = (at: Site): Setting => ({
    site: at,
    secondPerson: parts.secondPerson(),
    humanOf,
  });

  /** ATTACKER: whoever drives the person's browser could enrol a passkey of their own; a fresh sign-in stands in the way. */
  function whyNot({ session }: Acting): PasskeyCode | undefined {
    if (session?.kind !== 'browser') return 'browser-only';
    if (!site) return 'passkeys-unavailable';
    const isJust = session.authTime > 0 && clock() - session.authTime <= JUST_MS;
    return isJust ? undefined : 'step-up-needed';
  }

  async function factsIn({ person, session }: Acting, made: Made): Refusable<PasskeyFacts> {
    if (!site) return no('passkeys-unavailable');
    const ticket = unseal(sealing, PURPOSE, made.ticket) as Ticket | undefined;
    if (ticket?.person !== person.id || ticket.session !== session?.id) return no('ticket-invalid');
    if (clock() >= ticket.until) return no('ticket-expired');
    const challenge = fromBase64url(ticket.challenge) ?? new Uint8Array();
    const facts = await checkRegistration(made.response, challenge, site, parts.attestation);
    return typeof facts === 'string' ? no('registration-invalid', facts) : ok(facts);
  }

  async function vouchedIn(
    state: RosterState,
    person: Person,
    facts: PasskeyFacts,
    { statement, ticket, response }: Assertion<EnrolmentStatement>,
  ): Refusable<Vouched> {
    if (!tickets.isOf(statement, ticket)) return no('ticket-invalid');
    if (clock() >= statement.expiresAt) return no('ticket-expired');
    const isAboutIt =
      statement.person === person.id &&
      statement.credential === facts.credential &&
      statement.publicKey === facts.publicKey &&
      statement.level === facts.level;
    if (!isAboutIt) return no('ticket-invalid', 'another passkey was vouched for');
    const signed = await signedBy(state, person, {
      response,
      challenge: challengeOf('countersign/enrolment/v1', statement),
      issuedAt: statement.issuedAt,
      userHandle: userHandleOf(key, person.id),
    });
    if (!signed.ok) return signed;
    const { key: by, asserted } = signed.value;
    const used = await recordUse(roster, { key: by, counter: asserted.counter });
    return used.ok ? ok({ statement, proof: asserted.proof }) : no(used.error);
  }

  const change = async (
    plan: (state: RosterState, at: Instant) => Result<readonly PasskeyEvent[], PasskeyCode>,
  ): Refusable<RosterState> => {
    const changed = await roster.change((state, at) => {
      const events = plan(state, at);
      return events.ok ? ok({ events: events.value }) : events;
    });
    return changed.ok ? changed : no(changed.error);
  };
  const remove =
    (isAnyones: boolean): Enrolling['remove'] =>
    async (acting, credential) => {
      const refusal = whyNot(acting);
      // where no passkeys are made, those there are can still be taken away
      if (refusal && refusal !== 'passkeys-unavailable') return no(refusal);
      const by = acting.person.id;
      const done = await change((state, at) =>
        planRemoval(state, at, { by, credential, isAnyones }),
      );
      return done.ok ? ok(undefined) : done;
    };

  return {
    options: async (acting) => {
      const refusal = whyNot(acting);
      if (refusal || !site || !acting.session) return no(refusal ?? 'passkeys-unavailable');
      const { person, session } = acting;
      const state = await roster.current();
      const challenge = random(32);
      const options = await registrationOptions(site, {
        challenge,
        userHandle: userHandleOf(key, person.id),
        name: person.name,
        have: (['enrolled', 'waiting'] as const).flatMap((one) =>
          passkeysOf(state.passkeys, person.id, one),
        ),
        isAttested: parts.attestation !== undefined,
      });
      const ticket: Ticket = {
        person: person.id,
        session: session.id,
        challenge: base64url(challenge),
        until: clock() + CEREMONY_MS,
      };
      const needs = needsOf(state, person.id, settingOf(site));
      return ok({ options, ticket: seal(sealing, PURPOSE, ticket), needs });
    },
    toVouch: async (acting, made) => {
      const refusal = whyNot(acting);
      if (refusal || !site) return no(refusal ?? 'passkeys-unavailable');
      const facts = await factsIn(acting, made);
      if (!facts.ok) return facts;
      const { credential, publicKey, level } = facts.value;
      const person = acting.person.id;
      const all = usableBy((await roster.current()).passkeys, person, site);
      const keys = all.filter((one) => level === 'passkey' || one.level === 'hardware');
      if (keys.length === 0) return no(all.length === 0 ? 'no-passkey' : 'passkey-too-weak');
      const issuedAt = clock();
      const statement: EnrolmentStatement = {
        v: 1,
        origin: parts.origin,
        person,
        credential,
        publicKey,
        level,
        issuedAt,
        expiresAt: instant(issuedAt + CEREMONY_MS),
        nonce: base64url(random(16)),
      };
      const challenge = challengeOf('countersign/enrolment/v1', statement);
      const options = await signingOptions(site, challenge, keys);
      return ok({ statement, ticket: tickets.of(statement), options });
    },
    register: async (acting, made) => {
      const refusal = whyNot(acting);
      if (refusal || !site) return no(refusal ?? 'passkeys-unavailable');
      const facts = await factsIn(acting, made);
      if (!facts.ok) return facts;
      const { person } = acting;
      const vouched =
        made.endorsement &&
        (await vouchedIn(await roster.current(), person, facts.value, made.endorsement));
      if (vouched?.ok === false) return vouched;
      const planned = {
        person: person.id,
        facts: facts.value,
        ...(vouched && { vouched: vouched.value }),
      };
      const done = await change((state, at) =>
        planRegistration(state, at, planned, settingOf(site)),
      );
      if (!done.ok) return done;
      const { credential } = facts.value;
      const state = done.value.passkeys.byCredential.get(credential)?.state;
      return ok({ credential, state: state === 'enrolled' ? 'enrolled' : 'waiting' });
    },
    endorse: async (acting, credential) => {
      const refusal = whyNot(acting);
      if (refusal && refusal !== 'passkeys-unavailable') return no(refusal);
      const by = acting.person.id;
      const done = await change((state, at) =>
        planEndorsement(state, at, { by, credential }, { humanOf, isActive }),
      );
      return done.ok ? ok(undefined) : done;
    },
    remove: remove(false),
    removeAnyones: remove(true),
  };
}
