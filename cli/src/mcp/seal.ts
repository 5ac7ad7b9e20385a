import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  base64url,
  createMasker,
  decrypt,
  encrypt,
  fromBase64url,
  fromUtf8,
  parseJson,
  RULES,
  utf8,
} from '@countersign/core';
import type { Mask, Sealer } from '@countersign/gate-mcp';

/** Seals what a client carries, with a key of this process: the shim has one client and no replicas. */
export function createOwnSealer(): Sealer {
  const key = randomBytes(32);
  return {
    seal: (purpose, value) => base64url(encrypt(key, utf8(JSON.stringify(value)), purpose)),
    open: (purpose, text) => {
      try {
        const bytes = fromBase64url(text);
        const read = bytes && parseJson(fromUtf8(decrypt(key, bytes, purpose)), 64);
        return read?.ok === true ? read.value : undefined;
      } catch {
        return undefined; // ATTACKER: it was not sealed here, for this
      }
    },
  };
}

/** Masks what comes back, but for these data classes. */
export function createOwnMask(unmasked: readonly string[]): Mask {
  const rules = RULES.filter((rule) => !rule.off && !unmasked.includes(rule.class));
  const { mask, maskValue } = createMasker({ key: randomBytes(32), rules });
  return <T>(value: T): T => {
    if (typeof value === 'string') return mask(value).text as T;
    const masked = maskValue(value) as T;
    return isDeepStrictEqual(masked, value) ? value : masked;
  };
}
