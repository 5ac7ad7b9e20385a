import { concat } from './bytes.ts';
import { isAssertedByWeb, type PublicKey } from './passkey/signature.ts';

/**
 * The primitives everything rests on. Handed in, so that a browser uses Web Crypto and Node its faster own.
 * None may throw on bytes from an attacker.
 */
export type Primitives = {
  /** SHA-256 of each message, 32 bytes each, one after the other. */
  readonly sha256: (messages: readonly Uint8Array[]) => Promise<Uint8Array>;
  /** Whether an Ed25519 signature (RFC 8032) holds. A malformed key or signature does not. */
  readonly isSignedBy: (
    publicKey: Uint8Array,
    data: Uint8Array,
    signature: Uint8Array,
  ) => Promise<boolean>;
  /** Whether a passkey's signature holds, of any algorithm a passkey may have (DS-14). */
  readonly isAssertedBy: (
    key: PublicKey,
    data: Uint8Array,
    signature: Uint8Array,
  ) => Promise<boolean>;
};

const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

/** The primitives of Web Crypto: browsers and Node ≥ 20. */
export const webPrimitives: Primitives = {
  sha256: async (messages) => {
    const digests = await Promise.all(
      messages.map((message) => crypto.subtle.digest('SHA-256', owned(message))),
    );
    return concat(...digests.map((digest) => new Uint8Array(digest)));
  },
  isSignedBy: async (publicKey, data, signature) => {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    try {
      const key = await crypto.subtle.importKey('raw', owned(publicKey), 'Ed25519', false, [
        'verify',
      ]);
      return await crypto.subtle.verify('Ed25519', key, owned(signature), owned(data));
    } catch {
      return false; // not a point of the curve
    }
  },
  isAssertedBy: isAssertedByWeb,
};
