import { describe, expect, test } from 'vitest';
import { createAuthenticator } from '../../test/authenticator.ts';
import type { Proof } from '../src/approval/proof.ts';
import { challengeOf, SIGNING_MS, type DecisionStatement } from '../src/approval/statement.ts';
import { statementToSign, type Ballot } from '../src/ballot.ts';
import { courseOf } from '../src/change.ts';
import { base64url } from '../src/crypto.ts';
import { instant } from '../src/time.ts';
import { must, openOffice, requirement, review, who } from './office.ts';

const key = createAuthenticator({ seed: 'dana' });

const proofOf = (statement: DecisionStatement): Proof => {
  const challenge = base64url(challengeOf('countersign/decision/v1', statement));
  const { clientDataJSON, authenticatorData, signature } = key.assert(challenge).response;
  const { credential } = key;
  return { kind: 'webauthn', credential, clientDataJSON, authenticatorData, signature };
};

async function asked() {
  const office = openOffice(review(requirement({ assurance: 'passkey', quorum: 2 })));
  office.people = office.people.map((one) => ({ ...one, reach: 'passkey' }));
  const { status } = must(await office.propose());
  const ballot = await office.ballotOf(status.id, { assurance: 'passkey' });
  const { approval } = await courseOf(office.store, status.id);
  const statement = statementToSign(office.parts, approval, who(office, 'dana'), ballot);
  const vote = (more: Partial<Ballot> = {}, by = 'dana') =>
    office.gatekeeper.vote(who(office, by), { ...ballot, ...more });
  return { office, id: status.id, ballot, statement, vote };
}

type Asked = Awaited<ReturnType<typeof asked>>;
const OTHER = `sha256:${'1'.repeat(64)}` as const;
const changed =
  (more: Partial<DecisionStatement>) =>
  ({ statement }: Asked) => ({
    ...statement,
    ...more,
  });

const members: readonly (readonly [string, (here: Asked) => DecisionStatement, string])[] = [
  ['origin', changed({ origin: 'other.example/ledger' }), 'statement-invalid'],
  ['approvalId', changed({ approvalId: 'apr_other' }), 'version-mismatch'],
  ['version', changed({ version: 2 }), 'version-mismatch'],
  ['actionDigest', changed({ actionDigest: OTHER }), 'digest-mismatch'],
  ['choice', changed({ choice: 'deny' }), 'statement-invalid'],
  ['person', changed({ person: 'carl' }), 'statement-invalid'],
  ['seenDigest', changed({ seenDigest: OTHER }), 'seen-mismatch'],
  ['policyDigest', changed({ policyDigest: OTHER }), 'statement-invalid'],
  ['v', ({ statement }) => ({ ...statement, v: 2 as never }), 'statement-invalid'],
  [
    'issuedAt, in the future',
    ({ statement }) => {
      const issuedAt = instant(statement.issuedAt + 1);
      return { ...statement, issuedAt, expiresAt: instant(issuedAt + SIGNING_MS) };
    },
    'statement-invalid',
  ],
  [
    'issuedAt, five minutes ago',
    ({ statement }) => {
      const issuedAt = instant(statement.issuedAt - SIGNING_MS);
      return { ...statement, issuedAt, expiresAt: statement.issuedAt };
    },
    'statement-invalid',
  ],
  [
    'expiresAt, later than five minutes',
    ({ statement }) => ({ ...statement, expiresAt: instant(statement.expiresAt + 1) }),
    'statement-invalid',
  ],
  [
    'expiresAt, earlier',
    ({ statement }) => ({ ...statement, expiresAt: instant(statement.expiresAt - 1) }),
    'statement-invalid',
  ],
];

describe('DS-4 DS-11 a signed statement', () => {
  test('is recorded as it was signed, with the proof', async () => {
    const { office, id, statement, vote } = await asked();
    office.clock.advance(SIGNING_MS - 1);
    const proof = proofOf(statement);
    must(await vote({ signed: { statement, proof } }));
    const { approval } = await courseOf(office.store, id);
    expect(approval).toMatchObject({ votes: [{ statement, proof, assurance: 'passkey' }] });
  });

  test.each(members)('with another %s is refused', async (_, change, error) => {
    const here = await asked();
    const statement = change(here);
    const signed = { statement, proof: proofOf(statement) };
    expect(await here.vote({ signed })).toEqual({ ok: false, error });
  });

  test('that waited too long is refused', async () => {
    const { office, statement, vote } = await asked();
    office.clock.advance(SIGNING_MS);
    const signed = { statement, proof: proofOf(statement) };
    expect(await vote({ signed })).toEqual({ ok: false, error: 'statement-invalid' });
  });

  test('ends with the request, if that is sooner', async () => {
    const { office, id, ballot } = await asked();
    office.clock.advance(3_600_000 - 1_000);
    const { approval } = await courseOf(office.store, id);
    const late = statementToSign(office.parts, approval, who(office, 'dana'), ballot);
    expect(late.expiresAt).toBe(late.issuedAt + 1_000);
  });

  test('of one person is no vote of another', async () => {
    const { statement, vote } = await asked();
    const signed = { statement, proof: proofOf(statement) };
    expect(await vote({ signed }, 'carl')).toEqual({ ok: false, error: 'statement-invalid' });
  });

  test('that says no is not taken for a yes, nor the other way round', async () => {
    const { statement, vote } = await asked();
    const signed = { statement, proof: proofOf(statement) };
    expect(await vote({ signed, choice: 'deny' })).toEqual({
      ok: false,
      error: 'statement-invalid',
    });
  });
});

describe('DS-10 assurance and proof go together', () => {
  test.each(['passkey', 'hardware'] as const)('`%s` without a proof is refused', async (level) => {
    const { vote } = await asked();
    expect(await vote({ assurance: level })).toEqual({ ok: false, error: 'statement-invalid' });
  });

  test.each(['chat', 'session'] as const)('`%s` with a proof is refused', async (level) => {
    const { statement, vote } = await asked();
    const signed = { statement, proof: proofOf(statement) };
    expect(await vote({ assurance: level, signed })).toEqual({
      ok: false,
      error: 'statement-invalid',
    });
  });
});
