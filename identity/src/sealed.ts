import {
  base64url,
  canonical,
  decrypt,
  encrypt,
  fromBase64url,
  fromUtf8,
  utf8,
} from '@countersign/core';

/** Seals a value that leaves us and comes back: whoever carries it can neither read nor change it, nor use it for another purpose. */
export const seal = (key: Uint8Array, purpose: string, value: object): string =>
  base64url(encrypt(key, utf8(canonical(value)), purpose));

/** What `seal` sealed for the same purpose; undefined for anything else. */
export function unseal(key: Uint8Array, purpose: string, sealed: string): unknown {
  const bytes = fromBase64url(sealed);
  if (!bytes || bytes.length < 28) return undefined;
  try {
    return JSON.parse(fromUtf8(decrypt(key, bytes, purpose)));
  } catch {
    return undefined;
  }
}
