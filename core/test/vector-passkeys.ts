// Receipts whose answers were signed by passkeys, and every way such a signature can be wrong.
import { createHash } from 'node:crypto';
import {
  BE,
  BS,
  createAuthenticator,
  ED25519,
  ES256,
  RS256,
  UP,
  UV,
  type Authenticator,
  type Lie,
} from '../../test/authenticator.ts';
import { encodeEntry } from '../src/approval/entry.ts';
import type { ApprovalEvent, Vote } from '../src/approval/event.ts';
import type { Proof } from '../src/approval/proof.ts';
import { challengeOf, type DecisionStatement } from '../src/approval/statement.ts';
import { statementToSign, type Ballot } from '../src/ballot.ts';
import { canonical } from '../src/canonical.ts';
import { courseOf } from '../src/change.ts';
import { base64url } from '../src/crypto.ts';
import type { ActionId } from '../src/ids.ts';
import type { LedgerStore } from '../src/ports.ts';
import { createMemoryStore } from '../src/testing/index.ts';
import { must, requirement, review, who } from './office.ts';
import { withExtra, type Broken } from './vector-broken.ts';
import {
  eventOf,
  openFixedOffice,
  receiptOf,
  sealing,
  type Ended,
  type Loose,
} from './vector-story.ts';

const SITE = { rpId: 'countersign.example', origin: 'https://countersign.example' };
const AT = 1_699_999_000_000;
const danas = createAuthenticator({ ...SITE, seed: 'dana', alg: ES256 });
const anas = createAuthenticator({ ...SITE, seed: 'ana', alg: ED25519, flags: UP | UV | BE | BS });
const bens = createAuthenticator({ ...SITE, seed: 'ben', alg: RS256 });
const carls = createAuthenticator({ ...SITE, seed: 'carl', alg: ED25519 });

/** The event that enrols a passkey. */
const enrolmentOf = (person: string, key: Authenticator, more: Loose = {}): Loose => ({
  type: 'passkey.enrolled',
  at: AT,
  by: person,
  person,
  credential: key.credential,
  publicKey: key.publicKey,
  alg: key.alg,
  aaguid: key.aaguid,
  rpId: key.rpId,
  origin: key.origin,
  level: 'passkey',
  isBackupEligible: key === anas,
  isBackedUp: key === anas,
  counter: 0,
  because: 'first',
  ...more,
});

const ENROLLED: readonly Loose[] = [
  enrolmentOf('dana', danas),
  enrolmentOf('ana', anas),
  enrolmentOf('ben', bens, { level: 'hardware' }),
];

async function enrol(store: LedgerStore, events: readonly Loose[]): Promise<void> {
  const stream = 'directory';
  const expectedVersion = (await store.read(stream)).length;
  const entries = events.map((event, i) =>
    canonical({ ...event, v: 1, stream, n: expectedVersion + i + 1 }),
  );
  must(await store.append({ stream, expectedVersion, entries }));
}

const proofBy = (key: Authenticator, statement: object, lie: Lie = {}): Proof => {
  const challenge = base64url(challengeOf('countersign/decision/v1', statement));
  const { clientDataJSON, authenticatorData, signature } = key.assert(challenge, lie).response;
  const { credential } = key;
  return { kind: 'webauthn', credential, clientDataJSON, authenticatorData, signature };
};

const enrolmentIn = (store: LedgerStore) => async (credential: string) =>
  (await store.read('directory')).find(({ entry }) => {
    const event = JSON.parse(entry) as Loose;
    return event['type'] === 'passkey.enrolled' && event['credential'] === credential;
  });

type Story = {
  readonly id: ActionId;
  readonly events: readonly ApprovalEvent[];
  readonly statement: DecisionStatement;
  readonly receipt: string;
};

/** Three people sign with a passkey of each algorithm: one synced, one bound to its device and attested. */
export async function signedStory(): Promise<Story> {
  const office = openFixedOffice(
    review(
      requirement({ groups: ['data-owners', 'security'], quorum: 2, assurance: 'passkey' }),
      requirement({ groups: ['data-protection'], assurance: 'hardware', policies: ['pii'] }),
    ),
  );
  office.people = office.people.map((one) => ({ ...one, reach: 'hardware' }));
  await enrol(office.store, ENROLLED);
  const { status } = must(await office.propose());
  const vote = async (id: string, key: Authenticator, assurance: Ballot['assurance']) => {
    office.clock.advance(1_000);
    const ballot = await office.ballotOf(status.id, { assurance });
    const { approval } = await courseOf(office.store, status.id);
    const statement = statementToSign(office.parts, approval, who(office, id), ballot);
    office.clock.advance(5_000);
    const signed = { statement, proof: proofBy(key, statement) };
    must(await office.gatekeeper.vote(who(office, id), { ...ballot, signed }));
    return statement;
  };
  const statement = await vote('dana', danas, 'passkey');
  await vote('ana', anas, 'passkey');
  await vote('ben', bens, 'hardware');
  const events = (await office.store.read(status.id)).map(eventOf);
  const enrolment = enrolmentIn(office.store);
  const receipt = await receiptOf(office.store, status.id, { grant: sealing, enrolment });
  return { id: status.id, events, statement, receipt };
}

/** One answer after another: which is changed, and how. */
type Change = (vote: Vote) => Partial<Vote>;

/** The same stream, the first vote changed, in a log of its own that is signed as if it were honest. */
async function told(
  { id, events }: Story,
  { change = () => ({}), enrolled = ENROLLED, isLate = false, shows = true }: Telling,
): Promise<string> {
  const store = createMemoryStore();
  const first = events.find(({ type }) => type === 'approval.vote-cast');
  const changed = events.map((event) =>
    event === first && event.type === 'approval.vote-cast'
      ? { ...event, vote: changedBy(change, event.vote) }
      : event,
  );
  const entries = changed.map((event, i) => encodeEntry(id, i + 1, event));
  if (!isLate) await enrol(store, enrolled);
  must(await store.append({ stream: id, expectedVersion: 0, entries }));
  if (isLate) await enrol(store, enrolled);
  return receiptOf(store, id, shows ? { enrolment: enrolmentIn(store) } : {});
}

function changedBy(change: Change, vote: Vote): Vote {
  const { proof, ...rest } = { ...vote, ...change(vote) };
  return proof ? { ...rest, proof } : rest;
}

type Telling = {
  readonly change?: Change;
  readonly enrolled?: readonly Loose[];
  /** Enrolled after the vote. */
  readonly isLate?: boolean;
  /** The receipt proves the enrolments. */
  readonly shows?: boolean;
};

/** A proof over the statement as it stands, with one lie. */
const lying =
  (lie: Lie, key = danas): Change =>
  ({ statement }) => ({ proof: proofBy(key, statement, lie) });
const edited =
  (edit: (proof: Proof) => Partial<Proof>): Change =>
  ({ proof }) =>
    proof ? { proof: { ...proof, ...edit(proof) } } : {};

/** The last bits of a text, in another spelling of the same bytes. */
const respelled = (text: string): string => `${text}=`;
const flipped = (signature: string): string => {
  const bytes = Buffer.from(signature, 'base64url');
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  return bytes.toString('base64url');
};
const others = ({ statement }: Vote): DecisionStatement => ({
  ...statement,
  nonce: createHash('md5').update('other').digest('base64url'),
});
const with2nd = (events: readonly ApprovalEvent[], n: number, change: Change) => {
  let votes = 0;
  return events.map((event) =>
    event.type === 'approval.vote-cast' && votes++ === n
      ? { ...event, vote: changedBy(change, event.vote) }
      : event,
  );
};

/** Receipts of signed answers that verify. */
export async function signedEnds(story: Story): Promise<readonly Ended[]> {
  return [
    { name: 'signed by three passkeys', state: 'approved', receipt: story.receipt },
    {
      name: 'the client data of one has no `crossOrigin`',
      state: 'approved',
      receipt: await told(story, {
        change: ({ statement }) => ({
          proof: proofBy(danas, statement, { crossOrigin: undefined }),
        }),
      }),
    },
  ];
}

/** Receipts of answers that claim to be signed, with the refusal each must meet. */
export async function brokenPasskeys(story: Story): Promise<readonly Broken[]> {
  const { events } = story;
  const nth = (n: number, change: Change): Story => ({
    ...story,
    events: with2nd(events, n, change),
  });
  const signedOver: Change = (vote) => ({ proof: proofBy(danas, others(vote)) });
  const asCarl = enrolmentOf('carl', danas);
  const rows: readonly (readonly [string, string, Telling & { readonly of?: Story }])[] = [
    ['DS-10 nothing signed', 'proof-missing', { change: () => ({ proof: undefined as never }) }],
    [
      'DS-10 a member rides along in the proof',
      'event-malformed',
      { change: edited(() => ({ x: 'y' }) as Partial<Proof>) },
    ],
    [
      'DS-10 another kind of proof',
      'event-malformed',
      { change: edited(() => ({ kind: 'pgp' }) as unknown as Partial<Proof>) },
    ],
    [
      'DS-10 client data in another spelling',
      'proof-malformed',
      { change: edited(({ clientDataJSON: text }) => ({ clientDataJSON: respelled(text) })) },
    ],
    [
      'DS-10 a signature in another spelling',
      'proof-malformed',
      { change: edited(({ signature }) => ({ signature: respelled(signature) })) },
    ],
    [
      'DS-10 client data that is no JSON',
      'proof-malformed',
      { change: edited(() => ({ clientDataJSON: base64url('{') })) },
    ],
    [
      'DS-10 authenticator data cut short',
      'proof-malformed',
      { change: edited(({ authenticatorData: d }) => ({ authenticatorData: d.slice(0, 48) })) },
    ],
    [
      'DS-11 a statement that waited an hour',
      'statement-mismatch',
      {
        change: ({ statement }) => {
          const late = { ...statement, expiresAt: story.statement.issuedAt + 3_600_000 } as never;
          return { statement: late, proof: proofBy(danas, late) };
        },
      },
    ],
    [
      'DS-12 a registration taken for an answer',
      'assertion-type-mismatch',
      { change: lying({ type: 'webauthn.create' }) },
    ],
    [
      'DS-12 signed in a frame of another site',
      'assertion-cross-origin',
      { change: lying({ crossOrigin: true }) },
    ],
    [
      'DS-12 signed on another site',
      'assertion-origin-mismatch',
      { change: lying({ origin: 'https://countersign.evil.example' }) },
    ],
    ['DS-12 another statement signed', 'assertion-challenge-mismatch', { change: signedOver }],
    [
      'DS-12 no turned into yes after signing',
      'assertion-challenge-mismatch',
      {
        change: ({ statement }) => ({
          proof: proofBy(danas, { ...statement, choice: 'deny' }),
        }),
      },
    ],
    [
      'DS-3 the plain hash signed, of no purpose',
      'assertion-challenge-mismatch',
      {
        change: ({ statement }) => {
          const plain = createHash('sha256').update(canonical(statement)).digest('base64url');
          const { clientDataJSON, authenticatorData, signature } = danas.assert(plain).response;
          return {
            proof: {
              kind: 'webauthn',
              credential: danas.credential,
              clientDataJSON,
              authenticatorData,
              signature,
            },
          };
        },
      },
    ],
    [
      'DS-12 the challenge rewritten after signing',
      'assertion-signature-invalid',
      {
        change: (vote) => {
          const right = base64url(challengeOf('countersign/decision/v1', vote.statement));
          return { proof: proofBy(danas, others(vote), { rewrite: right }) };
        },
      },
    ],
    [
      'DS-12 signed for another site',
      'assertion-rp-mismatch',
      { change: lying({ rpId: 'evil.example' }) },
    ],
    ['DS-12 nobody touched it', 'user-not-present', { change: lying({ flags: UV }) }],
    ['DS-12 touched, nobody verified', 'user-not-verified', { change: lying({ flags: UP }) }],
    [
      'DS-12 a device-bound passkey that is synced now',
      'assertion-flags-mismatch',
      { change: lying({ flags: UP | UV | BE | BS }) },
    ],
    [
      'DS-12 backed up, though it cannot be',
      'assertion-flags-mismatch',
      { change: lying({ flags: UP | UV | BS }) },
    ],
    [
      'DS-14 ES256 by another key',
      'assertion-signature-invalid',
      { change: lying({ by: createAuthenticator({ ...SITE, seed: 'thief' }) }) },
    ],
    [
      'DS-14 ES256 with one bit changed',
      'assertion-signature-invalid',
      { change: edited(({ signature }) => ({ signature: flipped(signature) })) },
    ],
    [
      'DS-14 ES256 as two bare halves',
      'assertion-signature-invalid',
      { change: edited(() => ({ signature: base64url(Buffer.alloc(64, 1)) })) },
    ],
    [
      'DS-14 Ed25519 with one bit changed',
      'assertion-signature-invalid',
      {
        of: nth(
          1,
          edited(({ signature }) => ({ signature: flipped(signature) })),
        ),
      },
    ],
    [
      'DS-14 RS256 with one bit changed',
      'assertion-signature-invalid',
      {
        of: nth(
          2,
          edited(({ signature }) => ({ signature: flipped(signature) })),
        ),
      },
    ],
    [
      'DS-14 a key called one of another algorithm',
      'assertion-signature-invalid',
      { enrolled: [{ ...ENROLLED[0], alg: RS256 }, ...ENROLLED.slice(1)] },
    ],
    ['DS-13 the passkey of another person', 'key-of-another', { change: lying({}, anas) }],
    [
      'DS-13 enrolled for another person',
      'key-of-another',
      { enrolled: [asCarl, ...ENROLLED.slice(1)] },
    ],
    ['DS-13 enrolled after the vote', 'key-not-yet-enrolled', { isLate: true }],
    [
      'DS-13 enrolled after the statement was handed out',
      'key-not-yet-enrolled',
      {
        enrolled: [{ ...ENROLLED[0], at: story.statement.issuedAt + 1 }, ...ENROLLED.slice(1)],
      },
    ],
    [
      'DS-13 `hardware` by one that is not',
      'key-level-too-low',
      { change: () => ({ assurance: 'hardware' }) },
    ],
    ['RC-13 an enrolment that is not shown', 'key-unknown', { shows: false }],
    [
      'L29 an enrolment without a public key',
      'enrolment-malformed',
      { enrolled: [{ ...ENROLLED[0], publicKey: 7 }, ...ENROLLED.slice(1)] },
    ],
    [
      'L29 an algorithm no passkey may have',
      'enrolment-malformed',
      { enrolled: [{ ...ENROLLED[0], alg: -65_535 }, ...ENROLLED.slice(1)] },
    ],
  ];
  const forged = await Promise.all(
    rows.map(async ([name, refusal, { of = story, ...telling }]) => ({
      name,
      refusal,
      receipt: await told(of, telling),
    })),
  );
  return [...forged, ...(await brokenDirectories(story))];
}

const asCarls = (one: Loose | undefined): string =>
  String(one?.['entry']).replace(danas.publicKey, carls.publicKey);

/** Honest events, but the part with the enrolments was touched. */
async function brokenDirectories(story: Story): Promise<readonly Broken[]> {
  const touched = (change: (all: readonly Loose[], extra: Loose) => readonly unknown[]) =>
    withExtra(story.receipt, (extra) => ({
      ...extra,
      directory: change(extra['directory'] as Loose[], extra),
    }));
  const rows: readonly (readonly [string, string, string])[] = [
    ['RC-13 an empty list', 'extra-malformed', touched(() => [])],
    ['RC-13 out of order', 'extra-malformed', touched((all) => all.toReversed())],
    ['RC-13 one enrolment left out', 'key-unknown', touched((all) => all.slice(1))],
    [
      'RC-13 one enrolment twice',
      'extra-malformed',
      touched(([first, ...rest]) => [first, first, ...rest]),
    ],
    [
      'RC-13 an entry of the action among the enrolments',
      'extra-malformed',
      touched((all, extra) => [...all, (extra['entries'] as Loose[])[0]]),
    ],
    [
      'RC-9 another public key in an enrolment',
      'not-included',
      touched(([first, ...rest]) => [{ ...first, entry: asCarls(first) }, ...rest]),
    ],
    ['RC-13 a passkey that signed nothing', 'extra-malformed', await withSpare(story)],
  ];
  return rows.map(([name, refusal, receipt]) => ({ name, refusal, receipt }));
}

/** A receipt that also proves the enrolment of a passkey nobody used. */
async function withSpare({ id, events }: Story): Promise<string> {
  const store = createMemoryStore();
  await enrol(store, [...ENROLLED, enrolmentOf('carl', carls)]);
  const entries = events.map((event, i) => encodeEntry(id, i + 1, event));
  must(await store.append({ stream: id, expectedVersion: 0, entries }));
  const enrolment = enrolmentIn(store);
  const onlyCarls = await receiptOf(store, id, { enrolment: () => enrolment(carls.credential) });
  const [, base64 = ''] = /^extra (.*)$/m.exec(onlyCarls) ?? [];
  const spare = JSON.parse(Buffer.from(base64, 'base64').toString()) as Loose;
  return withExtra(await receiptOf(store, id, { enrolment }), (extra) => ({
    ...extra,
    directory: [...(extra['directory'] as Loose[]), (spare['directory'] as Loose[])[0]],
  }));
}
