import {
  MetadataService,
  verifyRegistrationResponse,
  type MetadataStatement,
} from '@simplewebauthn/server';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { fromBase64url } from '@countersign/core';
import { PASSKEY_ALGORITHMS } from '../roster/passkeys.ts';
import { registrationOf, type RegistrationAnswer } from './answers.ts';

/** Tells hardware by metadata the operator supplied. */
export type Attestation = {
  /** Whether a known model attests, by certificates that lead to its vendor's, that it keeps this key in hardware. */
  readonly isHardware: (
    response: RegistrationAnswer,
    expected: { readonly challenge: string; readonly rpId: string; readonly origin: string },
  ) => Promise<boolean>;
};

/** Formats whose check asks the metadata. Others carry no certificate, or one that is believed for other reasons. */
const FORMATS: readonly string[] = ['packed', 'tpm'];

/** Where a certificate says to fetch a list of revoked ones (OID 2.5.29.31): nothing is fetched here. */
const REVOCATION_LIST = Buffer.from('0603551d1f', 'hex');

/** Attestation by these statements and nothing else: no servers, an unknown model is refused. */
export async function createAttestation(
  statements: readonly MetadataStatement[],
): Promise<Attestation> {
  const known = new Map(
    statements.flatMap((one) => (one.aaguid === undefined ? [] : [[one.aaguid, one] as const])),
  );
  await MetadataService.initialize({
    mdsServers: [],
    statements: [...known.values()],
    verificationMode: 'strict',
  });
  return {
    isHardware: async (response, { challenge, rpId, origin }) => {
      const certificates = certificatesOf(response);
      if (!certificates) return false;
      try {
        const { verified, registrationInfo } = await verifyRegistrationResponse({
          response: registrationOf(response),
          expectedChallenge: challenge,
          expectedOrigin: origin,
          expectedRPID: rpId,
          requireUserVerification: true,
          supportedAlgorithmIDs: [...PASSKEY_ALGORITHMS],
        });
        const statement = known.get(registrationInfo?.aaguid ?? '');
        return verified && statement !== undefined && isKeptInHardware(statement);
      } catch {
        return false; // it is a passkey all the same
      }
    },
  };
}

/** The certificates of an attestation that can be checked without asking anybody; undefined where there are none. */
function certificatesOf({ response }: RegistrationAnswer): readonly Buffer[] | undefined {
  const bytes = new Uint8Array(fromBase64url(response.attestationObject) ?? []);
  const attestation = decodeAttestationObject(bytes);
  // a key that attests itself says nothing: without certificates the library does not ask the metadata
  const chain =
    attestation
      .get('attStmt')
      .get('x5c')
      ?.map((one) => Buffer.from(one)) ?? [];
  const isOffline = chain.every((certificate) => !certificate.includes(REVOCATION_LIST));
  return FORMATS.includes(attestation.get('fmt')) && chain.length > 0 && isOffline
    ? chain
    : undefined;
}

const HARDWARE: readonly string[] = ['hardware', 'secure_element', 'tee'];

const isKeptInHardware = ({ keyProtection }: MetadataStatement): boolean =>
  keyProtection.some((one) => HARDWARE.includes(one)) &&
  !keyProtection.some((one) => one === 'software');
