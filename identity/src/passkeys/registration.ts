import {
  generateRegistrationOptions,
  verifyRegistrationResponse,
  type PublicKeyCredentialCreationOptionsJSON,
  type RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { decodeAttestationObject, isoCBOR } from '@simplewebauthn/server/helpers';
import { base64url, fromBase64url, fromUtf8 } from '@countersign/core';
import {
  PASSKEY_ALGORITHMS,
  type Passkey,
  type PasskeyAlgorithm,
  type PasskeyFacts,
} from '../roster/passkeys.ts';
import { registrationOf, type RegistrationAnswer } from './answers.ts';
import type { Attestation } from './attestation.ts';
import { CEREMONY_MS } from './ceremony.ts';
import { spkiOf } from './cose.ts';
import type { Site } from './site.ts';

/** What a browser is asked to make. */
export const registrationOptions = (
  { rpId }: Site,
  asked: {
    readonly challenge: Uint8Array;
    readonly userHandle: string;
    readonly name: string;
    readonly have: readonly Passkey[];
    readonly isAttested: boolean;
  },
): Promise<PublicKeyCredentialCreationOptionsJSON> =>
  generateRegistrationOptions({
    rpName: 'Countersign',
    rpID: rpId,
    userName: asked.name,
    userDisplayName: asked.name,
    userID: new Uint8Array(fromBase64url(asked.userHandle) ?? []),
    challenge: new Uint8Array(asked.challenge),
    timeout: CEREMONY_MS,
    attestationType: asked.isAttested ? 'direct' : 'none',
    excludeCredentials: asked.have.map(({ credential: id }) => ({ id })),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    supportedAlgorithmIDs: [...PASSKEY_ALGORITHMS],
  });

/**
 * The facts of a passkey that was made for this challenge on this site, or in words why it was not.
 * ATTACKER: an attestation is a chain of certificates from outside. It is looked at only where the operator says whom to believe, and
 * never decides whether the passkey may be used, only whether it counts as hardware.
 */
export async function checkRegistration(
  response: RegistrationAnswer,
  challenge: Uint8Array,
  site: Site,
  attestation?: Attestation,
): Promise<PasskeyFacts | string> {
  const expected = { challenge: base64url(challenge), ...site };
  try {
    if (isFramed(response)) return 'it was made in a frame of another site';
    const { registrationInfo: made } = await verifyRegistrationResponse({
      response: withoutAttestation(response),
      expectedChallenge: expected.challenge,
      expectedOrigin: site.origin,
      expectedRPID: site.rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...PASSKEY_ALGORITHMS],
    });
    const publicKey = made && spkiOf(made.credential.publicKey);
    if (!made || publicKey === undefined) return 'its public key is none that is understood';
    if (made.credential.id !== response.id) return 'its id is not that of the answer';
    const isBackupEligible = made.credentialDeviceType === 'multiDevice';
    const isHardware = !isBackupEligible && (await attestation?.isHardware(response, expected));
    return {
      credential: made.credential.id,
      publicKey,
      alg: algorithmOf(made.credential.publicKey),
      aaguid: made.aaguid,
      ...site,
      level: isHardware === true ? 'hardware' : 'passkey',
      isBackupEligible,
      isBackedUp: made.credentialBackedUp,
      counter: made.credential.counter,
    };
  } catch (error) {
    return error instanceof Error ? error.message : 'it is not what an authenticator answers';
  }
}

function algorithmOf(key: Uint8Array<ArrayBuffer>): PasskeyAlgorithm {
  const alg = isoCBOR.decodeFirst<Map<number, number>>(key).get(3);
  const known = PASSKEY_ALGORITHMS.find((one) => one === alg);
  if (known === undefined) throw new TypeError('an algorithm that was not asked for');
  return known;
}

function isFramed({ response }: RegistrationAnswer): boolean {
  const bytes = fromBase64url(response.clientDataJSON);
  const data = JSON.parse(fromUtf8(bytes ?? new Uint8Array())) as {
    readonly crossOrigin?: unknown;
  };
  return data.crossOrigin !== undefined && data.crossOrigin !== false;
}

/** The same answer with attestation `none`: the library then reads no certificate, and asks nobody. */
function withoutAttestation(answer: RegistrationAnswer): RegistrationResponseJSON {
  const bytes = new Uint8Array(fromBase64url(answer.response.attestationObject) ?? []);
  const authData = decodeAttestationObject(bytes).get('authData');
  const bare = new Map<string, string | Uint8Array | Map<string, string>>([
    ['fmt', 'none'],
    ['attStmt', new Map<string, string>()],
    ['authData', authData],
  ]);
  return registrationOf(answer, base64url(isoCBOR.encode(bare)));
}
