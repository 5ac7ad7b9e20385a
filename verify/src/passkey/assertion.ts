import { concat, fromBase64url, fromUtf8, isSame, toBase64url, utf8 } from '../bytes.ts';
import type { Proof, Purpose } from '../evidence/event.ts';
import { canonical, isObject, type Json, type JsonObject } from '../json.ts';
import type { Primitives } from '../primitives.ts';
import { fail, ok, type FailureCode, type Result } from '../result.ts';
import type { Enrolment } from './key.ts';

const UP = 0x01;
const UV = 0x04;
const BE = 0x08;
const BS = 0x10;
const HEAD = 37;

/** What an authenticator said of itself when it signed. */
export type Asserted = {
  /** It can leave its device: kept in an account that is synced. */
  readonly isBackupEligible: boolean;
};

/** The bytes whose SHA-256 a passkey is asked to sign as its challenge, by purpose (DS-3). */
export const signedText = (
  purpose: Purpose | 'countersign/enrolment/v1',
  statement: JsonObject,
): Uint8Array => utf8(`${purpose}\0${canonical(statement) ?? ''}`);

/** Whether a passkey signed this very statement, in the order of DS-12; each step fails with a code of its own. */
export async function checkAssertion(
  primitives: Primitives,
  proof: Proof,
  said: { readonly purpose: Parameters<typeof signedText>[0]; readonly statement: JsonObject },
  key: Pick<Enrolment, 'key' | 'rpId' | 'origin' | 'level' | 'isBackupEligible'>,
): Promise<Result<Asserted>> {
  const client = fromBase64url(proof.clientDataJSON);
  const authData = fromBase64url(proof.authenticatorData);
  const signature = fromBase64url(proof.signature);
  const clientData = client && parse(fromUtf8(client));
  if (!client || !isObject(clientData) || !authData || authData.length < HEAD || !signature)
    return fail('proof-malformed', 'the proof is not what an authenticator answers, as base64url');
  const digests = await primitives.sha256([
    signedText(said.purpose, said.statement),
    utf8(key.rpId),
    client,
  ]);
  const [challenge, rpIdHash, clientHash] = [0, 32, 64].map((at) => digests.subarray(at, at + 32));
  if (!challenge || !rpIdHash || !clientHash) throw new TypeError('three messages, three digests');
  const wrong =
    wrongClientData(clientData, key.origin, challenge) ?? wrongAuthData(authData, key, rpIdHash);
  if (wrong) return fail(...wrong);
  if (!(await primitives.isAssertedBy(key.key, concat(authData, clientHash), signature)))
    return fail('assertion-signature-invalid', 'the signature is not that of the enrolled passkey');
  return ok({ isBackupEligible: has(authData, BE) });
}

type Wrong = readonly [code: FailureCode, what: string] | undefined;

function wrongClientData(data: JsonObject, origin: string, challenge: Uint8Array): Wrong {
  if (data['type'] !== 'webauthn.get')
    return ['assertion-type-mismatch', 'what was signed is no assertion of a passkey'];
  // ATTACKER: a page that frames ours may ask for a signature; what the person saw is not known then
  if (data['crossOrigin'] !== undefined && data['crossOrigin'] !== false)
    return ['assertion-cross-origin', 'it was signed in a frame of another site'];
  if (data['origin'] !== origin)
    return ['assertion-origin-mismatch', 'it was signed on another site'];
  if (data['challenge'] !== toBase64url(challenge))
    return ['assertion-challenge-mismatch', 'something else was signed than this statement'];
  return undefined;
}

function wrongAuthData(
  authData: Uint8Array,
  { level, isBackupEligible }: Pick<Enrolment, 'level' | 'isBackupEligible'>,
  rpIdHash: Uint8Array,
): Wrong {
  if (!isSame(authData.subarray(0, 32), rpIdHash))
    return ['assertion-rp-mismatch', 'it was signed for another site'];
  if (!has(authData, UP)) return ['user-not-present', 'nobody touched the authenticator'];
  if (!has(authData, UV)) return ['user-not-verified', 'the authenticator did not verify the user'];
  const isEligible = has(authData, BE);
  const isSound = isEligible === isBackupEligible && (isEligible || !has(authData, BS));
  return isSound && !(level === 'hardware' && isEligible)
    ? undefined
    : ['assertion-flags-mismatch', 'its backup flags are not those of the enrolled passkey'];
}

const has = (authData: Uint8Array, flag: number): boolean => ((authData[32] ?? 0) & flag) !== 0;

function parse(text: string | undefined): Json | undefined {
  try {
    return JSON.parse(text ?? '') as Json;
  } catch {
    return undefined;
  }
}
