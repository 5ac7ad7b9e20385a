import {
  challengeOf,
  instant,
  random,
  type DecisionStatement,
  type Instant,
  type LedgerStore,
  type Person,
  type Result,
} from '@countersign/core';
import { createFixedClock, createMemoryStore, type FixedClock } from '@countersign/core/testing';
import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server';
import {
  createAuthenticator,
  type Assertion,
  type Attest,
  type Authenticator,
  type Lie,
  type Registration,
} from '../../test/authenticator.ts';
import {
  createEnrolling,
  createRoster,
  createSigning,
  type Acting,
  type Enrolling,
  type Roster,
  type Signing,
  type Attestation,
  type EnrolmentStatement,
  type Session,
} from '../src/index.ts';

const SITE = { rpId: 'localhost', origin: 'http://localhost:8088' };
const KEY = Buffer.alloc(32, 3);

/** Everybody of the tests: `mona2` is another account of Mona's. */
const HUMANS: Readonly<Record<string, string>> = { mona2: 'mona' };

export const personOf = (id: string): Person => ({
  id,
  name: id,
  human: HUMANS[id] ?? id,
  groups: [],
  active: true,
  reach: 'session',
});

/** The value of a result that must be there. */
export function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** The code of a refusal, or `ok`. */
export const codeOf = (result: Result<unknown, { readonly code: string }>): string =>
  result.ok ? 'ok' : result.error.code;

/** What a browser made, with what it was asked for by. */
type Made = {
  readonly ticket: string;
  readonly response: Registration;
  readonly options: PublicKeyCredentialCreationOptionsJSON;
  readonly needs: string;
};
type Word = {
  readonly statement: EnrolmentStatement;
  readonly ticket: string;
  readonly response: Assertion;
};

/** Passkeys on a ledger in memory, and people in browsers. */
export type Desk = {
  readonly clock: FixedClock;
  readonly store: LedgerStore;
  readonly roster: Roster;
  /** Accounts that are not active. */
  readonly inactive: Set<string>;
  /** Credentials that were told to have counted backwards. */
  readonly regressed: string[];
  readonly signing: Signing;
  readonly enrolling: Enrolling;
  /** A person in a browser, signed in just now or `ago`. */
  readonly as: (id: string, ago?: number, session?: Partial<Session>) => Acting;
  /** What a browser answers to `options` with this authenticator. */
  readonly make: (id: string, key: Authenticator, lie?: Lie, attest?: Attest) => Promise<Made>;
  /** The word of an enrolled key for one that was made. */
  readonly vouch: (id: string, made: Made, by: Authenticator) => Promise<Word>;
  readonly enrol: (
    id: string,
    key?: Authenticator,
    by?: Authenticator,
  ) => Promise<{ readonly key: Authenticator; readonly state: string }>;
  readonly events: () => Promise<readonly Record<string, unknown>[]>;
};

/** Opens one. */
export async function openDesk(
  more: {
    readonly secondPerson?: 'always' | 'recovery';
    readonly attestation?: Attestation;
    readonly site?: undefined;
  } = {},
): Promise<Desk> {
  const clock = createFixedClock();
  const store = createMemoryStore({ clock });
  const roster = await createRoster(store, clock);
  const inactive = new Set<string>();
  const regressed: string[] = [];
  const site = 'site' in more ? undefined : SITE;
  const common = { roster, clock, key: KEY, site };
  const signing = createSigning({
    ...common,
    onRegressed: ({ credential }) => void regressed.push(credential),
  });
  const enrolling = createEnrolling({
    ...common,
    random,
    origin: 'test.example/ledger',
    secondPerson: () => more.secondPerson ?? 'recovery',
    ...(more.attestation && { attestation: more.attestation }),
    humanOf: (id) => HUMANS[id] ?? id,
    isActive: (id) => !inactive.has(id),
  });
  const as: Desk['as'] = (id, ago = 0, session = {}) => ({
    person: personOf(id),
    session: {
      id: `s-${id}`,
      kind: 'browser',
      person: id,
      provider: 'okta',
      authTime: instant(clock() - ago),
      recentUntil: instant(clock() + 1),
      openedAt: clock(),
      expiresAt: instant(clock() + 1_000_000),
      ...session,
    },
  });
  const make: Desk['make'] = async (id, key, ...how) => {
    const { options, ticket, needs } = must(await enrolling.options(as(id)));
    return { ticket, response: key.register(options.challenge, ...how), options, needs };
  };
  const vouch: Desk['vouch'] = async (id, made, by) => {
    const { ticket, response } = made;
    const asked = must(await enrolling.toVouch(as(id), { ticket, response }));
    const { statement, options } = asked;
    return { statement, ticket: asked.ticket, response: by.assert(options.challenge) };
  };
  const enrol: Desk['enrol'] = async (id, key = createAuthenticator(), by) => {
    const made = await make(id, key);
    const { ticket, response } = made;
    const endorsement = by ? { endorsement: await vouch(id, made, by) } : {};
    const added = must(await enrolling.register(as(id), { ticket, response, ...endorsement }));
    clock.advance(1);
    return { key, state: added.state };
  };
  const events = async (): Promise<readonly Record<string, unknown>[]> =>
    (await store.read('directory')).map(
      ({ entry }) => JSON.parse(entry) as Record<string, unknown>,
    );
  return {
    clock,
    store,
    roster,
    inactive,
    regressed,
    signing,
    enrolling,
    as,
    make,
    vouch,
    enrol,
    events,
  };
}

/** A decision statement about nothing in particular. */
export const statementBy = (person: string, issuedAt: Instant): DecisionStatement => ({
  v: 1,
  origin: 'test.example/ledger',
  approvalId: 'apr_1',
  version: 1,
  actionDigest: `sha256:${'a'.repeat(64)}`,
  choice: 'approve',
  person,
  seenDigest: `sha256:${'b'.repeat(64)}`,
  policyDigest: `sha256:${'c'.repeat(64)}`,
  issuedAt,
  expiresAt: instant(issuedAt + 300_000),
  nonce: 'A'.repeat(22),
});

/** The challenge of a statement, as a browser gets it. */
export const challenge = (statement: object): string =>
  Buffer.from(challengeOf('countersign/decision/v1', statement)).toString('base64url');
