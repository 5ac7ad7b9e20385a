import { ok, type Clock, type Instant, type Result } from '@countersign/core';
import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server';
import { passkeysOf, type EnrolmentStatement, type PasskeyEvent } from '../roster/passkeys.ts';
import type { Roster } from '../roster/roster.ts';
import type { RosterState } from '../roster/state.ts';
import type { Attestation } from './attestation.ts';
import { userHandleOf, type Assertion } from './ceremony.ts';
import { createMaking, whyNotNow, type Acting, type Made } from './making.ts';
import { registration } from './lazily.ts';
import { no, type PasskeyCode, type PasskeyRefusal } from './refusal.ts';
import {
  needsOf,
  planEndorsement,
  planRegistration,
  planRemoval,
  type Needs,
  type Setting,
} from './rules.ts';
import type { Site } from './site.ts';
import type { ToSign } from './signing.ts';
import { createVouching } from './vouching.ts';

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
  /** Lets a waiting passkey of somebody else in. Who may is for the caller to know. */
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

/** Makes what lets passkeys in. */
export function createEnrolling(parts: EnrollingParts): Enrolling {
  const { roster, clock, humanOf, isActive } = parts;
  const making = createMaking(parts.key, clock, parts.attestation);
  const vouching = createVouching(parts);
  const settingOf = (site: Site): Setting => ({
    site,
    secondPerson: parts.secondPerson(),
    humanOf,
  });

  /** Where passkeys are made at all, for whoever signed in just now. */
  function placeFor(acting: Acting): Result<Site, PasskeyRefusal> {
    const refusal = whyNotNow(acting, clock());
    if (refusal) return no(refusal);
    return parts.site ? ok(parts.site) : no('passkeys-unavailable');
  }

  async function change(
    plan: (state: RosterState, at: Instant) => Result<readonly PasskeyEvent[], PasskeyCode>,
  ): Refusable<RosterState> {
    const changed = await roster.change((state, at) => {
      const events = plan(state, at);
      return events.ok ? ok({ events: events.value }) : events;
    });
    return changed.ok ? changed : no(changed.error);
  }

  /** What needs no place: where none are made any more, those there are can still be let in or taken away. */
  async function settle(acting: Acting, plan: Parameters<typeof change>[0]): Refusable<undefined> {
    const refusal = whyNotNow(acting, clock());
    if (refusal) return no(refusal);
    const done = await change(plan);
    return done.ok ? ok(undefined) : done;
  }

  return {
    options: async (acting) => {
      const place = placeFor(acting);
      if (!place.ok) return place;
      const { person } = acting;
      const state = await roster.current();
      const challenge = parts.random(32);
      const { registrationOptions } = await registration();
      const options = await registrationOptions(place.value, {
        challenge,
        userHandle: userHandleOf(parts.key, person.id),
        name: person.name,
        have: (['enrolled', 'waiting'] as const).flatMap((one) =>
          passkeysOf(state.passkeys, person.id, one),
        ),
        isAttested: parts.attestation !== undefined,
      });
      const needs = needsOf(state, person.id, settingOf(place.value));
      return ok({ options, ticket: making.ticketFor(acting, challenge), needs });
    },
    toVouch: async (acting, made) => {
      const place = placeFor(acting);
      if (!place.ok) return place;
      const facts = await making.factsOf(acting, made, place.value);
      return facts.ok ? vouching.ask(acting.person, facts.value, place.value) : facts;
    },
    register: async (acting, { endorsement, ...made }) => {
      const place = placeFor(acting);
      if (!place.ok) return place;
      const facts = await making.factsOf(acting, made, place.value);
      if (!facts.ok) return facts;
      const { person } = acting;
      const vouched = endorsement && (await vouching.check(person, facts.value, endorsement));
      if (vouched?.ok === false) return vouched;
      const planned = {
        person: person.id,
        facts: facts.value,
        ...(vouched && { vouched: vouched.value }),
      };
      const setting = settingOf(place.value);
      const done = await change((state, at) => planRegistration(state, at, planned, setting));
      if (!done.ok) return done;
      const { credential } = facts.value;
      const state = done.value.passkeys.byCredential.get(credential)?.state;
      return ok({ credential, state: state === 'enrolled' ? 'enrolled' : 'waiting' });
    },
    endorse: (acting, credential) =>
      settle(acting, (state, at) =>
        planEndorsement(state, at, { by: acting.person.id, credential }, { humanOf, isActive }),
      ),
    remove: (acting, credential) =>
      settle(acting, (state, at) =>
        planRemoval(state, at, { by: acting.person.id, credential, isAnyones: false }),
      ),
    removeAnyones: (acting, credential) =>
      settle(acting, (state, at) =>
        planRemoval(state, at, { by: acting.person.id, credential, isAnyones: true }),
      ),
  };
}
