import { createPublicKey } from 'node:crypto';
import { decodeCredentialPublicKey, cose, isoCBOR } from '@simplewebauthn/server/helpers';
import { base64url, fromBase64url } from '@countersign/core';
import type { PasskeyAlgorithm } from '../roster/passkeys.ts';

const { COSEKEYS, COSEKTY, COSECRV } = cose;

/** Shorter RSA keys sign nothing that is to be believed for years (DS-14). */
const LEAST_RSA_BITS = 2_048;

const text = (bytes: Uint8Array | undefined): string => base64url(bytes ?? new Uint8Array());

/** SubjectPublicKeyInfo of an authenticator's key, as base64url: what everyone can read. Undefined for a key that is none of ours. */
export function spkiOf(key: Uint8Array<ArrayBuffer>): string | undefined {
  const decoded = decodeCredentialPublicKey(key);
  try {
    const made = createPublicKey({ format: 'jwk', key: jwkOf(decoded) });
    if ((made.asymmetricKeyDetails?.modulusLength ?? LEAST_RSA_BITS) < LEAST_RSA_BITS)
      return undefined;
    return made.export({ format: 'der', type: 'spki' }).toString('base64url');
  } catch {
    return undefined;
  }
}

function jwkOf(key: ReturnType<typeof decodeCredentialPublicKey>) {
  if (cose.isCOSEPublicKeyRSA(key))
    return { kty: 'RSA', n: text(key.get(COSEKEYS.n)), e: text(key.get(COSEKEYS.e)) };
  if (cose.isCOSEPublicKeyEC2(key) && key.get(COSEKEYS.crv) === COSECRV.P256)
    return {
      kty: 'EC',
      crv: 'P-256',
      x: text(key.get(COSEKEYS.x)),
      y: text(key.get(COSEKEYS.y)),
    };
  if (cose.isCOSEPublicKeyOKP(key) && key.get(COSEKEYS.crv) === COSECRV.ED25519)
    return { kty: 'OKP', crv: 'Ed25519', x: text(key.get(COSEKEYS.x)) };
  return {};
}

const part = (value: string | undefined): Uint8Array =>
  fromBase64url(value ?? '') ?? new Uint8Array();

/** The same key as an authenticator writes it: what the library reads. */
export function coseOf(publicKey: string, alg: PasskeyAlgorithm): Uint8Array<ArrayBuffer> {
  const der = Buffer.from(publicKey, 'base64url');
  const jwk = createPublicKey({ key: der, format: 'der', type: 'spki' }).export({ format: 'jwk' });
  const key = new Map<number, number | Uint8Array>([[COSEKEYS.alg, alg]]);
  if (jwk.kty === 'RSA') {
    key.set(COSEKEYS.kty, COSEKTY.RSA);
    key.set(COSEKEYS.n, part(jwk.n));
    key.set(COSEKEYS.e, part(jwk.e));
  } else if (jwk.kty === 'OKP') {
    key.set(COSEKEYS.kty, COSEKTY.OKP);
    key.set(COSEKEYS.crv, COSECRV.ED25519);
    key.set(COSEKEYS.x, part(jwk.x));
  } else {
    key.set(COSEKEYS.kty, COSEKTY.EC2);
    key.set(COSEKEYS.crv, COSECRV.P256);
    key.set(COSEKEYS.x, part(jwk.x));
    key.set(COSEKEYS.y, part(jwk.y));
  }
  return new Uint8Array(isoCBOR.encode(key));
}
