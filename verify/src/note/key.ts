import { concat, fromBase64, toHex, utf8 } from '../bytes.ts';
import type { Primitives } from '../primitives.ts';
import { isKeyName, type Signature } from './note.ts';

/** Signature types of C2SP signed-note that can be verified here. */
export const LOG_SIGNATURE = 0x01;
export const COSIGNATURE = 0x04;
/** ML-DSA-44: its keys are read, its signatures are reported as unsupported and never count. */
export const ML_DSA = 0x06;

/** A public key under a name, from a vkey whose key id was recomputed. */
export type Key = {
  readonly name: string;
  readonly keyId: string;
  readonly type: typeof LOG_SIGNATURE | typeof COSIGNATURE | typeof ML_DSA;
  readonly publicKey: Uint8Array;
};

/** A signature that was verified; `time` in seconds for a cosignature. */
export type Verified = { readonly time?: number };

const LENGTH: Readonly<Record<number, number>> = {
  [LOG_SIGNATURE]: 32,
  [COSIGNATURE]: 32,
  [ML_DSA]: 1_312,
};

/** Reads a vkey (L15); undefined when it is malformed, of another type, or its id is not its key's. */
export async function parseVkey({ sha256 }: Primitives, vkey: string): Promise<Key | undefined> {
  const [, name = '', keyId = '', base64 = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(vkey) ?? [];
  const bytes = fromBase64(base64);
  const type = bytes?.[0];
  if (!bytes || !isKeyName(name) || LENGTH[type ?? 0] !== bytes.length - 1) return undefined;
  const id = await sha256([concat(utf8(`${name}\n`), bytes)]);
  if (toHex(id.subarray(0, 4)) !== keyId) return undefined;
  return { name, keyId, type: type as Key['type'], publicKey: bytes.subarray(1) };
}

/** Whether a line claims to be by this key. */
export const isBy = (key: Key, { name, keyId }: Signature): boolean =>
  key.name === name && key.keyId === keyId;

/** Verifies a line over a note's text by the key it claims (L16). */
export async function verifyLine(
  { isSignedBy }: Primitives,
  key: Key,
  text: string,
  { bytes }: Signature,
): Promise<Verified | undefined> {
  if (key.type === LOG_SIGNATURE)
    return (await isSignedBy(key.publicKey, utf8(text), bytes)) ? {} : undefined;
  if (key.type === ML_DSA || bytes.length !== 72) return undefined;
  const seconds = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
  const signed = utf8(`cosignature/v1\ntime ${seconds}\n${text}`);
  if (seconds > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const holds = await isSignedBy(key.publicKey, signed, bytes.subarray(8));
  return holds ? { time: Number(seconds) } : undefined;
}
