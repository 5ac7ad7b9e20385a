import { createECDH, createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { base64url } from '@countersign/core';

/** The key pair by which push services know this installation (RFC 8292). */
export type VapidKey = {
  /** Uncompressed point, base64url: what a browser subscribes with. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
};

/**
 * Makes the pair from the installation's own secret, so that nothing more has to be kept: `seedOf` gives 32 bytes for a
 * purpose. The first that is a scalar of P-256 is taken, which all but never is not the first.
 */
export function deriveVapidKey(seedOf: (purpose: string) => Uint8Array): VapidKey {
  for (let i = 1; ; i++) {
    const scalar = seedOf(`push-vapid-${i}`);
    const pair = createECDH('prime256v1');
    try {
      pair.setPrivateKey(scalar);
    } catch {
      continue;
    }
    const point = pair.getPublicKey();
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      d: base64url(scalar),
      x: base64url(point.subarray(1, 33)),
      y: base64url(point.subarray(33)),
    };
    return {
      publicKey: base64url(point),
      privateKey: createPrivateKey({ key: jwk, format: 'jwk' }),
    };
  }
}

/** What a signed header is about. `contact` is who the push service may write to, `at` seconds since 1970. */
type Claims = { readonly audience: string; readonly contact: string; readonly at: number };

const VALID_SECONDS = 12 * 3_600;

/** The `Authorization` header of a message to one push service. */
export function vapidHeader(
  { publicKey, privateKey }: VapidKey,
  { audience, contact, at }: Claims,
): string {
  const body = `${part({ typ: 'JWT', alg: 'ES256' })}.${part({
    aud: audience,
    exp: at + VALID_SECONDS,
    sub: contact,
  })}`;
  const mac = sign('sha256', Buffer.from(body), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `vapid t=${body}.${mac.toString('base64url')}, k=${publicKey}`;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
