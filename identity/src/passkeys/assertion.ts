import { hash } from 'node:crypto';
import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import { base64url, fromBase64url, fromUtf8, type Proof } from '@countersign/core';
import type { Passkey } from '../roster/passkeys.ts';
import { assertionOf, type AssertionAnswer } from './answers.ts';
import { coseOf } from './cose.ts';

/** Which step of the check an assertion failed, in the order of DS-12. */
export type AssertionStep =
  | 'form'
  | 'type'
  | 'cross-origin'
  | 'origin'
  | 'challenge'
  | 'site'
  | 'user-present'
  | 'user-verified'
  | 'backup-flags'
  | 'user-handle'
  | 'counter'
  | 'signature';

/** An assertion that holds: the proof as it is recorded, and how far the authenticator has counted. */
export type Asserted = { readonly proof: Proof; readonly counter: number };

type Flags = {
  readonly up: boolean;
  readonly uv: boolean;
  readonly be: boolean;
  readonly bs: boolean;
};

/** What an authenticator signed, taken apart; undefined unless it is what one answers. */
function parts({ response }: AssertionAnswer) {
  const client = fromBase64url(response.clientDataJSON);
  const authData = fromBase64url(response.authenticatorData);
  if (!client || !authData || authData.length < 37 || !fromBase64url(response.signature))
    return undefined;
  const clientData = parse(client);
  const bits = authData[32] ?? 0;
  const has = (flag: number): boolean => (bits & flag) !== 0;
  const flags: Flags = { up: has(1), uv: has(4), be: has(8), bs: has(16) };
  const counter = Buffer.from(authData).readUInt32BE(33);
  return clientData && { clientData, rpIdHash: authData.subarray(0, 32), flags, counter };
}

function parse(client: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(fromUtf8(client));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What is expected of an assertion besides its key. */
export type Expected = { readonly challenge: Uint8Array; readonly userHandle: string };

/**
 * Whether an enrolled passkey answered this very challenge. Each step is checked here, so that what failed has a name, and the
 * whole again by the library, which alone checks the signature: both must agree.
 */
export async function checkAssertion(
  response: AssertionAnswer,
  key: Passkey,
  expected: Expected,
): Promise<Asserted | AssertionStep> {
  const read = response.id === key.credential && response.rawId === response.id && parts(response);
  if (!read) return 'form';
  const challenge = base64url(expected.challenge);
  const wrong =
    wrongClientData(read.clientData, challenge, key.origin) ??
    wrongAuthenticator(read.rpIdHash, read.flags, key) ??
    wrongHandle(response.response.userHandle, expected.userHandle);
  if (wrong) return wrong;
  // a counter that stands still or goes back may be that of a copy; one that is always 0 does not count
  if ((read.counter > 0 || key.counter > 0) && read.counter <= key.counter) return 'counter';
  if (!(await isSigned(response, key, challenge))) return 'signature';
  const { clientDataJSON, authenticatorData, signature } = response.response;
  const { credential } = key;
  return {
    proof: { kind: 'webauthn', credential, clientDataJSON, authenticatorData, signature },
    counter: read.counter,
  };
}

function wrongClientData(
  data: Readonly<Record<string, unknown>>,
  challenge: string,
  origin: string,
): AssertionStep | undefined {
  if (data['type'] !== 'webauthn.get') return 'type';
  // ATTACKER: a page that frames ours may ask for a signature
  if (data['crossOrigin'] !== undefined && data['crossOrigin'] !== false) return 'cross-origin';
  if (data['origin'] !== origin) return 'origin';
  return data['challenge'] === challenge ? undefined : 'challenge';
}

function wrongAuthenticator(
  rpIdHash: Uint8Array,
  { up, uv, be, bs }: Flags,
  key: Passkey,
): AssertionStep | undefined {
  if (!Buffer.from(rpIdHash).equals(hash('sha256', key.rpId, 'buffer'))) return 'site';
  if (!up) return 'user-present';
  if (!uv) return 'user-verified';
  const isSound = be === key.isBackupEligible && (be || !bs) && !(be && key.level === 'hardware');
  return isSound ? undefined : 'backup-flags';
}

const wrongHandle = (
  given: string | null | undefined,
  expected: string,
): AssertionStep | undefined =>
  given === undefined || given === null || given === expected ? undefined : 'user-handle';

async function isSigned(
  response: AssertionAnswer,
  { rpId, origin, ...key }: Passkey,
  challenge: string,
): Promise<boolean> {
  try {
    const { verified } = await verifyAuthenticationResponse({
      response: assertionOf(response),
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: true,
      credential: {
        id: key.credential,
        publicKey: coseOf(key.publicKey, key.alg),
        counter: key.counter,
      },
    });
    return verified;
  } catch {
    return false;
  }
}
