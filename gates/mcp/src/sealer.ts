import {
  base64url,
  decrypt,
  encrypt,
  fromBase64url,
  fromUtf8,
  parseJson,
  utf8,
} from '@countersign/core';
import type { Sealer } from './parts.ts';

/** As deep as what a client says of its capabilities may be. */
const MAX_DEPTH = 64;

/** Seals what clients carry for us, with a key of 32 bytes: whoever has it opens it, and nobody else makes it. */
export function createSealer(key: Uint8Array): Sealer {
  return {
    seal: (purpose, value) => base64url(encrypt(key, utf8(JSON.stringify(value)), purpose)),
    open: (purpose, text) => {
      const bytes = fromBase64url(text);
      if (!bytes || bytes.length < 28) return undefined;
      const plain = opened(key, bytes, purpose);
      const read = plain === undefined ? undefined : parseJson(plain, MAX_DEPTH);
      return read?.ok === true ? read.value : undefined;
    },
  };
}

/** ATTACKER: whatever was not sealed here, for this, opens to nothing. */
function opened(key: Uint8Array, bytes: Uint8Array, purpose: string): string | undefined {
  try {
    return fromUtf8(decrypt(key, bytes, purpose));
  } catch {
    return undefined;
  }
}
