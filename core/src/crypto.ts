// The only file of core that may reach for node: (import law). Nothing here reads a clock or the environment.
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  hash,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
  type KeyObject,
} from 'node:crypto';

/** SHA-256 as lower-case hex, written `sha256:…` wherever it names something. */
export type Digest = `sha256:${string}`;

/** SHA-256 of text (as UTF-8) or bytes. */
export const sha256 = (data: string | Uint8Array): Digest =>
  `sha256:${hash('sha256', data, 'hex')}`;

/** SHA-256 as 32 bytes. */
export const sha256Bytes = (data: Uint8Array): Uint8Array =>
  new Uint8Array(hash('sha256', data, 'buffer'));

/** SHA-256 as 32 one-byte characters: no buffer is allocated, which is what makes a Merkle tree fast here. */
export const sha256Latin1 = (data: Uint8Array): string => hash('sha256', data, 'binary');

type Pads = { readonly inner: Buffer; readonly outer: Buffer };
const padsOf = new WeakMap<Uint8Array, Pads>();

/** The two padded forms of an HMAC key (RFC 2104); keys are at most one block. */
function pads(key: Uint8Array): Pads {
  const known = padsOf.get(key);
  if (known) return known;
  if (key.length > 64) throw new RangeError('an HMAC key is at most 64 bytes');
  const [inner, outer] = [Buffer.alloc(64, 0x36), Buffer.alloc(64, 0x5c)];
  for (const [i, byte] of key.entries()) {
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  const made = { inner, outer };
  padsOf.set(key, made);
  return made;
}

/** HMAC-SHA-256 (RFC 2104), raw. By one-shot hashes: five times faster than a stream object at our sizes. */
function hmacBytes(key: Uint8Array, data: string): Buffer {
  const { inner, outer } = pads(key);
  const first = hash('sha256', Buffer.concat([inner, Buffer.from(data)]), 'buffer');
  return hash('sha256', Buffer.concat([outer, first]), 'buffer');
}

/** HMAC-SHA-256, lower-case hex. */
export const hmac = (key: Uint8Array, data: string): string => hmacBytes(key, data).toString('hex');

/** A 256-bit key that exists only while `salt` does: HMAC of master key over purpose and salt (as RFC 5869 extracts). */
export const deriveKey = (master: Uint8Array, purpose: string, salt: Uint8Array): Uint8Array =>
  new Uint8Array(hmacBytes(master, `${purpose}\0${Buffer.from(salt).toString('hex')}`));

let pool = Buffer.alloc(0);

/** Fresh random bytes of the operating system, drawn 4 KiB at a time; no byte is handed out twice. */
export function random(length: number): Uint8Array {
  if (length > pool.length) pool = randomBytes(Math.max(4096, length));
  const bytes = new Uint8Array(pool.subarray(0, length));
  pool = pool.subarray(length);
  return bytes;
}

/** Compares two texts without telling by time where they differ. */
export function isSameSecret(a: string, b: string): boolean {
  return timingSafeEqual(
    Buffer.from(hash('sha256', a, 'hex')),
    Buffer.from(hash('sha256', b, 'hex')),
  );
}

/** An Ed25519 signing key with its raw 32-byte public half. */
export type SigningKey = {
  readonly publicKey: Uint8Array;
  readonly sign: (data: Uint8Array) => Uint8Array;
};

const publicRaw = (key: KeyObject): Uint8Array =>
  new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url'));

const signingKey = (key: KeyObject): SigningKey => ({
  publicKey: publicRaw(createPublicKey(key)),
  sign: (data) => new Uint8Array(sign(null, data, key)),
});

/** A new Ed25519 key (RFC 8032) as PKCS#8 PEM. */
export const makeSigningKeyPem = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

/** Reads an Ed25519 private key from PKCS#8 PEM; throws if it is another kind of key. */
export function readSigningKey(pem: string): SigningKey {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('the signing key is not Ed25519');
  return signingKey(key);
}

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Another Ed25519 key that follows from one in PKCS#8 PEM: the same for the same purpose, and telling nothing of it or
 * of those for other purposes.
 */
export function deriveSigningKey(pem: string, purpose: string): SigningKey {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('the signing key is not Ed25519');
  const seed = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
  const derived = hmacBytes(seed, `signing-key:${purpose}`);
  const der = Buffer.concat([PKCS8, derived]);
  return signingKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
}

const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** Verifies an Ed25519 signature by a raw 32-byte public key. Never throws: a malformed key or signature is false. */
export function isSignedBy(
  publicKey: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    const key = createPublicKey({
      key: Buffer.concat([SPKI, publicKey]),
      format: 'der',
      type: 'spki',
    });
    return verify(null, data, key, signature);
  } catch {
    return false;
  }
}

/** AES-256-GCM: nonce (12) ‖ tag (16) ‖ ciphertext. `bound` is authenticated but not stored. */
export function encrypt(key: Uint8Array, plain: Uint8Array, bound: string): Uint8Array {
  const nonce = random(12);
  const cipher = createCipheriv('aes-256-gcm', keyObject(key), nonce).setAAD(Buffer.from(bound));
  const body = cipher.update(plain);
  cipher.final(); // a counter mode: nothing is left over
  const sealed = new Uint8Array(28 + body.length);
  sealed.set(nonce);
  sealed.set(cipher.getAuthTag(), 12);
  sealed.set(body, 28);
  return sealed;
}

const keyObjects = new WeakMap<Uint8Array, KeyObject>();

/** A key object: raw bytes cost node more than twice the time. Made once for the parts of an action. */
function keyObject(key: Uint8Array): KeyObject {
  const known = keyObjects.get(key);
  if (known) return known;
  const made = createSecretKey(key);
  keyObjects.set(key, made);
  return made;
}

/** Opens what `encrypt` sealed; throws if key, bytes or `bound` differ. */
export function decrypt(key: Uint8Array, sealed: Uint8Array, bound: string): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', keyObject(key), sealed.subarray(0, 12));
  decipher.setAAD(Buffer.from(bound)).setAuthTag(sealed.subarray(12, 28));
  return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]));
}

/** Base64url without padding (RFC 4648 §5). */
export const base64url = (data: Uint8Array | string): string =>
  Buffer.from(data as Uint8Array).toString('base64url');

/** Bytes of unpadded base64url; undefined unless the text is exactly what `base64url` would write. */
export function fromBase64url(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? new Uint8Array(bytes) : undefined;
}

/** UTF-8 bytes of text and back; throws on malformed UTF-8. */
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const fromUtf8 = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { fatal: true }).decode(bytes);
