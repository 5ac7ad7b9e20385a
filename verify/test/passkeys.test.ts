import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  createAuthenticator,
  ED25519,
  ES256,
  RS256,
  type Authenticator,
} from '../../test/authenticator.ts';
import { canonical, type Json, type JsonObject } from '../src/json.ts';
import { verifyLedger } from '../src/ledger/verify-ledger.ts';
import { nodePrimitives } from '../src/main.ts';
import { readTrust } from '../src/note/trust.ts';
import { signedText } from '../src/passkey/assertion.ts';
import { rawOf } from '../src/passkey/signature.ts';
import { webPrimitives } from '../src/primitives.ts';
import { verifyReceipt } from '../src/receipt/verify-receipt.ts';
import { receiptLines } from '../src/report.ts';
import { createLedger, createSigner, entriesOf, sourceOf } from './write-ledger.ts';

type Row = { readonly name: string; readonly receipt: string };
const vectors = JSON.parse(
  readFileSync(new URL('../../docs/spec/vectors/receipt.json', import.meta.url), 'utf8'),
) as {
  readonly trust: string;
  readonly valid: readonly Row[];
  readonly invalid: readonly (Row & { readonly refusal: string })[];
};
const signed = vectors.valid.find(({ name }) => name === 'signed by three passkeys');
if (!signed) throw new Error('no such vector');
const honest = entriesOf(signed.receipt);

const log = createSigner('test.example/ledger', Buffer.alloc(32, 1));
const primitives = nodePrimitives;
const trustOf = async (text: string) => {
  const read = await readTrust(text, { primitives });
  if (!read.ok) throw new Error(read.failure.message);
  return read.value;
};
const trust = await trustOf(`log ${log.vkey}\nquorum none\n`);
const codeOf = async (entries: readonly string[]): Promise<string> => {
  const source = sourceOf(createLedger(entries, [log]));
  const result = await verifyLedger(source, trust, { primitives });
  return result.ok ? 'ok' : result.failure.code;
};

/** Entries with more of the stream `directory` among them, its numbers put in order. */
function withDirectory(
  at: number,
  more: readonly JsonObject[],
  entries: readonly string[] = honest,
): readonly string[] {
  let n = 0;
  return entries.toSpliced(at, 0, ...more.map((event) => JSON.stringify(event))).map((entry) => {
    const event = JSON.parse(entry) as Record<string, Json>;
    const isOurs = event['stream'] === 'directory' || event['stream'] === undefined;
    return isOurs ? (canonical({ ...event, v: 1, stream: 'directory', n: ++n }) ?? '') : entry;
  });
}

const parsed = honest.map((entry) => JSON.parse(entry) as Record<string, Json>);
const enrolled = parsed.filter(({ type }) => type === 'passkey.enrolled');
const [danas = {}, , bens = {}] = enrolled;
const firstVote = parsed.findIndex(({ type }) => type === 'approval.vote-cast');
const votedAt = Number(parsed[firstVote]?.['at']);
const removal = (at: number): JsonObject => ({
  type: 'passkey.removed',
  at,
  by: 'dana',
  person: 'dana',
  credential: danas['credential'] ?? '',
});

describe('DS-13 the passkeys of a whole ledger', () => {
  test('signed by passkeys that were enrolled: it verifies', async () => {
    expect(await codeOf(honest)).toBe('ok');
  });

  const rows = vectors.invalid.filter(({ name }) => /^(DS-1[0-4]|DS-3|L29)/.test(name));
  test.each(rows)('$name: $refusal', async ({ receipt, refusal, name }) => {
    // with all of the ledger at hand, a passkey enrolled after the vote is one not known at the vote
    const isLate = name === 'DS-13 enrolled after the vote';
    expect(await codeOf(withDirectory(0, [], entriesOf(receipt)))).toBe(
      isLate ? 'key-unknown' : refusal,
    );
  });

  test('removed long before: what it signs counts no more', async () => {
    expect(await codeOf(withDirectory(firstVote, [removal(votedAt - 60_001)]))).toBe('key-removed');
  });
  test('removed while the answer was under way, or after it: it counts', async () => {
    expect(await codeOf(withDirectory(firstVote, [removal(votedAt - 60_000)]))).toBe('ok');
    expect(await codeOf(withDirectory(honest.length, [removal(votedAt)]))).toBe('ok');
  });
});

const second = createAuthenticator({
  seed: 'second',
  rpId: String(danas['rpId']),
  origin: String(danas['origin']),
});
const stands = createAuthenticator({ seed: 'dana', rpId: second.rpId, origin: second.origin });

/** The enrolment of a second passkey of Dana's, vouched for by `by`. */
async function vouchedFor(
  by: Authenticator,
  more: { readonly told?: JsonObject; readonly event?: JsonObject } = {},
): Promise<JsonObject> {
  const event = {
    ...danas,
    at: Number(danas['at']) + 1,
    credential: second.credential,
    publicKey: second.publicKey,
    because: 'existing-passkey',
    ...more.event,
  };
  const { person, credential, publicKey, level } = event as JsonObject;
  const statement = { v: 1, person, credential, publicKey, level, ...more.told } as JsonObject;
  const bytes = signedText('countersign/enrolment/v1', statement);
  const challenge = Buffer.from(await primitives.sha256([bytes])).toString('base64url');
  const { clientDataJSON, authenticatorData, signature } = by.assert(challenge).response;
  const proof = {
    kind: 'webauthn',
    credential: by.credential,
    clientDataJSON,
    authenticatorData,
    signature,
  };
  return { ...event, vouched: { statement, proof } };
}

const thief = createAuthenticator({ seed: 'thief', rpId: second.rpId, origin: second.origin });

describe('L29 enrolments by the rules', () => {
  const at = enrolled.length;
  const rows: readonly (readonly [
    string,
    string,
    () => readonly JsonObject[] | Promise<readonly JsonObject[]>,
  ])[] = [
    ['vouched for by a passkey of the same person', 'ok', async () => [await vouchedFor(stands)]],
    [
      'enrolled twice',
      'enrolment-mismatch',
      () => [{ ...danas, because: 'second-person', by: 'ana' }],
    ],
    [
      'a `first` that is not the first',
      'enrolment-mismatch',
      async () => [await vouchedFor(stands, { event: { because: 'first' } })],
    ],
    [
      'first again after all were removed: recovery weakens nothing',
      'enrolment-mismatch',
      async () => [
        removal(Number(danas['at'])),
        await vouchedFor(stands, { event: { because: 'first' } }),
      ],
    ],
    [
      'a second person who is the same',
      'enrolment-mismatch',
      async () => [await vouchedFor(stands, { event: { because: 'second-person' } })],
    ],
    [
      'a second person',
      'ok',
      async () => [await vouchedFor(stands, { event: { because: 'second-person', by: 'ana' } })],
    ],
    [
      'no reason',
      'enrolment-mismatch',
      async () => [await vouchedFor(stands, { event: { because: 'trust-me' } })],
    ],
    [
      'nothing that vouches',
      'enrolment-mismatch',
      async () => {
        const { vouched: _, ...bare } = await vouchedFor(stands);
        return [bare];
      },
    ],
    [
      'vouched for another passkey',
      'enrolment-mismatch',
      async () => [await vouchedFor(stands, { told: { publicKey: thief.publicKey } })],
    ],
    [
      'vouched for another level',
      'enrolment-mismatch',
      async () => [await vouchedFor(stands, { told: { level: 'hardware' } })],
    ],
    [
      'a weaker passkey vouches for hardware',
      'enrolment-mismatch',
      async () => [await vouchedFor(stands, { event: { level: 'hardware' } })],
    ],
    [
      'a passkey nobody enrolled vouches',
      'enrolment-mismatch',
      async () => [await vouchedFor(thief)],
    ],
    [
      'a removed passkey vouches',
      'enrolment-mismatch',
      async () => [removal(Number(danas['at'])), await vouchedFor(stands)],
    ],
    [
      'the passkey of another person vouches',
      'enrolment-mismatch',
      async () => [await vouchedFor(stands, { event: { person: 'ben' } })],
    ],
    [
      'the signature is of another key',
      'assertion-signature-invalid',
      async () => {
        const event = await vouchedFor(thief);
        const vouched = event['vouched'] as { readonly proof: JsonObject };
        const proof = { ...vouched.proof, credential: stands.credential };
        return [{ ...event, vouched: { ...vouched, proof } }];
      },
    ],
  ];
  test.each(rows)('%s: %s', async (_, code, events) => {
    expect(await codeOf(withDirectory(at, await events()))).toBe(code);
  });
});

test('RC-13 what a receipt says of the passkeys', async () => {
  const verified = await verifyReceipt(signed.receipt, await trustOf(vectors.trust), {
    primitives,
  });
  if (!verified.ok) throw new Error(verified.failure.message);
  const votes = receiptLines(verified.value).filter((line) => line.startsWith('vote'));
  expect(votes.map((line) => line.replace(/ at \S+,/, ''))).toEqual([
    'vote       approve by dana (passkey, api) signed with a passkey, user verified, device-bound',
    'vote       approve by ana (passkey, api) signed with a passkey, user verified, synced',
    'vote       approve by ben (hardware, api) signed with a passkey, user verified, device-bound, attested',
  ]);
  expect(verified.value.votes[2]?.passkey).toMatchObject({
    credential: bens['credential'],
    level: 'hardware',
    enrolledAt: bens['at'],
  });
});

describe.each(Object.entries({ node: nodePrimitives, web: webPrimitives }))(
  'DS-14 signatures (%s)',
  (_, by) => {
    const data = Buffer.from('what is signed');
    test.each([ES256, ED25519, RS256] as const)('algorithm %i', async (alg) => {
      const key = createAuthenticator({ alg, seed: 'any' });
      const spki = Buffer.from(key.publicKey, 'base64url');
      const signature = key.sign(data);
      expect(await by.isAssertedBy({ alg, spki }, data, signature)).toBe(true);
      expect(await by.isAssertedBy({ alg, spki }, Buffer.from('else'), signature)).toBe(false);
      for (const other of [ES256, ED25519, RS256] as const)
        if (other !== alg)
          expect(await by.isAssertedBy({ alg: other, spki }, data, signature)).toBe(false);
      for (const bad of [Buffer.alloc(0), signature.subarray(1), Buffer.alloc(64)])
        expect(await by.isAssertedBy({ alg, spki }, data, bad)).toBe(false);
      expect(await by.isAssertedBy({ alg, spki: Buffer.alloc(3) }, data, signature)).toBe(false);
    });

    test('a P-256 signature in another spelling is refused', async () => {
      const key = createAuthenticator({ seed: 'any' });
      const spki = Buffer.from(key.publicKey, 'base64url');
      const der = key.sign(data);
      const [r = Buffer.alloc(0), s = Buffer.alloc(0)] = halves(der);
      expect(await by.isAssertedBy({ alg: ES256, spki }, data, spell(r, s))).toBe(true);
      const padded = spell(Buffer.concat([Buffer.alloc(1), r]), s);
      const longer = Buffer.concat([der, Buffer.alloc(1)]);
      const long = Buffer.concat([Buffer.of(0x30, 0x81), der.subarray(1)]);
      for (const other of [padded, longer, long])
        expect(await by.isAssertedBy({ alg: ES256, spki }, data, other)).toBe(false);
    });
  },
);

const spell = (a: Buffer, b: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.of(2, a.length), a, Buffer.of(2, b.length), b]);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
};

function halves(der: Buffer): readonly Buffer[] {
  const length = der[3] ?? 0;
  return [der.subarray(4, 4 + length), der.subarray(6 + length)];
}

test('a short half of a P-256 signature is filled up on the left', () => {
  const raw = rawOf(Buffer.from('3006020107020200ff', 'hex'));
  expect(raw).toBeUndefined(); // the outer length is wrong
  const right = rawOf(Buffer.from('3007020107020200ff', 'hex'));
  expect(Buffer.from(right ?? []).toString('hex')).toBe(`${'00'.repeat(31)}07${'00'.repeat(31)}ff`);
});
