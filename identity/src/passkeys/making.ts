import {
  base64url,
  fromBase64url,
  ok,
  type Clock,
  type Person,
  type Result,
} from '@countersign/core';
import { keyFor } from '../keyed.ts';
import type { PasskeyFacts } from '../roster/passkeys.ts';
import { seal, unseal } from '../sealed.ts';
import type { Session } from '../session.ts';
import type { RegistrationAnswer } from './answers.ts';
import type { Attestation } from './attestation.ts';
import { registration } from './lazily.ts';
import { no, type PasskeyCode, type PasskeyRefusal } from './refusal.ts';
import { CEREMONY_MS } from './ceremony.ts';
import type { Site } from './site.ts';

/** A person with the session they act in. */
export type Acting = { readonly person: Person; readonly session: Session | undefined };
/** What a browser made, with the ticket it was asked for by. */
export type Made = { readonly ticket: string; readonly response: RegistrationAnswer };

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

/** ATTACKER: whoever drives the person's browser could enrol a passkey of their own; a fresh sign-in stands in the way. */
export function whyNotNow({ session }: Acting, now: number): PasskeyCode | undefined {
  if (session?.kind !== 'browser') return 'browser-only';
  const isJust = session.authTime > 0 && now - session.authTime <= JUST_MS;
  return isJust ? undefined : 'step-up-needed';
}

/** Hands out challenges to make passkeys for, and reads what was made. Nothing is remembered: any gateway reads it. */
export type Making = {
  readonly ticketFor: (acting: Acting, challenge: Uint8Array) => string;
  readonly factsOf: (
    acting: Acting,
    made: Made,
    site: Site,
  ) => Promise<Result<PasskeyFacts, PasskeyRefusal>>;
};

/** Makes it, under a key of the installation. */
export function createMaking(
  key: Uint8Array,
  clock: Clock,
  attestation: Attestation | undefined,
): Making {
  const sealing = keyFor(key, PURPOSE);
  return {
    ticketFor: ({ person, session }, challenge) =>
      seal(sealing, PURPOSE, {
        person: person.id,
        session: session?.id ?? '',
        challenge: base64url(challenge),
        until: clock() + CEREMONY_MS,
      } satisfies Ticket),
    factsOf: async ({ person, session }, made, site) => {
      const ticket = unseal(sealing, PURPOSE, made.ticket) as Ticket | undefined;
      if (ticket?.person !== person.id || ticket.session !== session?.id)
        return no('ticket-invalid');
      if (clock() >= ticket.until) return no('ticket-expired');
      const challenge = fromBase64url(ticket.challenge) ?? new Uint8Array();
      const { checkRegistration } = await registration();
      const facts = await checkRegistration(made.response, challenge, site, attestation);
      return typeof facts === 'string' ? no('registration-invalid', facts) : ok(facts);
    },
  };
}
