import { createCipheriv, createECDH, hkdfSync, type ECDH } from 'node:crypto';

/** What a browser gives to whoever may wake it: its public key (65 bytes, P-256) and a shared secret (16 bytes). */
export type PushKeys = { readonly p256dh: Uint8Array; readonly auth: Uint8Array };

/** Chance, as an argument: a salt of 16 bytes and a key of one message only. */
export type Chance = { readonly salt: Uint8Array; readonly key: ECDH };

const RECORD_BYTES = 4_096;
/** One record: header, padding delimiter and tag besides the text. */
const MOST_TEXT_BYTES = RECORD_BYTES - 17 - 86;

/** A fresh key of one message. */
export function makeMessageKey(): ECDH {
  const key = createECDH('prime256v1');
  key.generateKeys();
  return key;
}

/** Encrypts a message for one subscription: RFC 8291 over `aes128gcm` (RFC 8188), one record. */
export function encryptPush(text: Uint8Array, { p256dh, auth }: PushKeys, chance: Chance): Buffer {
  if (text.length > MOST_TEXT_BYTES) throw new RangeError('a push message is too long');
  const { salt, key } = chance;
  const sender = key.getPublicKey();
  // ATTACKER: a point that is not on the curve makes this throw
  const shared = key.computeSecret(p256dh);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), p256dh, sender]);
  const ikm = derive(shared, auth, info, 32);
  const contentKey = derive(ikm, salt, 'Content-Encoding: aes128gcm\0', 16);
  const nonce = derive(ikm, salt, 'Content-Encoding: nonce\0', 12);
  const cipher = createCipheriv('aes-128-gcm', contentKey, nonce);
  const last = Buffer.concat([text, Buffer.of(2)]);
  const sealed = Buffer.concat([cipher.update(last), cipher.final(), cipher.getAuthTag()]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(RECORD_BYTES);
  return Buffer.concat([salt, size, Buffer.of(sender.length), sender, sealed]);
}

const derive = (
  key: Uint8Array,
  salt: Uint8Array,
  info: string | Uint8Array,
  length: number,
): Buffer => Buffer.from(hkdfSync('sha256', key, salt, info, length));
