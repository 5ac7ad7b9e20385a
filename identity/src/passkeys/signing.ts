import {
  challengeOf,
  ok,
  type Assurance,
  type Clock,
  type DecisionStatement,
  type Person,
  type Proof,
  type Purpose,
  type Result,
} from '@countersign/core';
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import { usableBy } from '../roster/passkeys.ts';
import type { Roster } from '../roster/roster.ts';
import { userHandleOf, type Assertion } from './ceremony.ts';
import { lookup } from './lazily.ts';
import { no, type PasskeyRefusal } from './refusal.ts';
import type { Site } from './site.ts';
import { createTickets } from './ticket.ts';
import { recordRegression, recordUse } from './use.ts';

/** What a person is given to sign. */
export type ToSign<Statement> = {
  readonly statement: Statement;
  readonly ticket: string;
  readonly options: PublicKeyCredentialRequestOptionsJSON;
};

/** An answer that a passkey signed: what was signed, the proof, and what it counts as. */
export type SignedAnswer = {
  readonly signed: { readonly statement: DecisionStatement; readonly proof: Proof };
  readonly assurance: Extract<Assurance, 'passkey' | 'hardware'>;
};

/** What a signature is for; neither a ticket nor a signature for one is any for another. */
type SignedFor = 'decision' | 'break-glass' | 'waiver';

const PURPOSE = {
  decision: 'countersign/decision/v1',
  'break-glass': 'countersign/break-glass/v1',
  waiver: 'countersign/waiver/v1',
} as const satisfies Readonly<Record<SignedFor, Purpose>>;

/** Decisions signed by passkeys. */
export type Signing = {
  /** Hands a statement out to be signed by one of the person's passkeys. */
  readonly ask: (
    person: Person,
    statement: DecisionStatement,
    purpose?: SignedFor,
  ) => Promise<Result<ToSign<DecisionStatement>, PasskeyRefusal>>;
  /** Whether a passkey of the person signed a statement that was handed out. What it says is for core to compare. */
  readonly check: (
    person: Person,
    assertion: Assertion<DecisionStatement>,
    purpose?: SignedFor,
  ) => Promise<Result<SignedAnswer, PasskeyRefusal>>;
};

export type SigningParts = {
  readonly roster: Pick<Roster, 'current' | 'change'>;
  readonly clock: Clock;
  /** The installation's key for what must not be guessed. */
  readonly key: Uint8Array;
  /** Undefined where browsers make no passkeys. */
  readonly site: Site | undefined;
  /** Told of a passkey that counted backwards. */
  readonly onRegressed: (passkey: { readonly person: string; readonly credential: string }) => void;
};

/** Makes what asks for signatures and checks them. */
export function createSigning(parts: SigningParts): Signing {
  const { roster, clock, key, site, onRegressed } = parts;
  const ticketsOf = {
    decision: createTickets(key, 'decision'),
    'break-glass': createTickets(key, 'break-glass'),
    waiver: createTickets(key, 'waiver'),
  };
  return {
    ask: async (person, statement, purpose = 'decision') => {
      if (!site) return no('passkeys-unavailable');
      const keys = usableBy((await roster.current()).passkeys, person.id, site);
      if (keys.length === 0) return no('no-passkey');
      const challenge = challengeOf(PURPOSE[purpose], statement);
      const { signingOptions } = await lookup();
      const options = await signingOptions(site, challenge, keys);
      return ok({ statement, ticket: ticketsOf[purpose].of(statement), options });
    },
    check: async (person, { statement, ticket, response }, purpose = 'decision') => {
      if (!ticketsOf[purpose].isOf(statement, ticket)) return no('ticket-invalid');
      if (clock() >= statement.expiresAt) return no('ticket-expired');
      const state = await roster.current();
      const { signedBy } = await lookup();
      const found = await signedBy(state, person, {
        response,
        challenge: challengeOf(PURPOSE[purpose], statement),
        issuedAt: statement.issuedAt,
        userHandle: userHandleOf(key, person.id),
      });
      if (!found.ok) {
        const suspect = state.passkeys.byCredential.get(response.id);
        if (found.error.code === 'counter-regressed' && suspect) {
          onRegressed(suspect);
          await recordRegression(roster, suspect);
        }
        return found;
      }
      const { key: used, asserted } = found.value;
      const recorded = await recordUse(roster, { key: used, counter: asserted.counter });
      if (!recorded.ok) return no(recorded.error);
      return ok({ signed: { statement, proof: asserted.proof }, assurance: used.level });
    },
  };
}
