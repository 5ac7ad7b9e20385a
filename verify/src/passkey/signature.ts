// Signatures of passkeys with Web Crypto: browsers and Node ≥ 20 (DS-14).

/** COSE numbers of the algorithms a passkey may have. */
export const ES256 = -7;
export const EDDSA = -8;
export const RS256 = -257;
export type Alg = typeof ES256 | typeof EDDSA | typeof RS256;

/** A public key as an enrolment tells it: `SubjectPublicKeyInfo`, and the algorithm it signs with. */
export type PublicKey = { readonly alg: Alg; readonly spki: Uint8Array };

/** Shorter RSA keys sign nothing that is to be believed for years. */
export const LEAST_RSA_BITS = 2_048;

const NAMES = {
  [ES256]: {
    key: { name: 'ECDSA', namedCurve: 'P-256' },
    by: { name: 'ECDSA', hash: 'SHA-256' },
  },
  [EDDSA]: { key: { name: 'Ed25519' }, by: { name: 'Ed25519' } },
  [RS256]: {
    key: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    by: { name: 'RSASSA-PKCS1-v1_5' },
  },
} as const;

const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

/** Whether a passkey's signature holds. A malformed key or signature, or a key of another algorithm, does not. */
export async function isAssertedByWeb(
  { alg, spki }: PublicKey,
  data: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const raw = alg === ES256 ? rawOf(signature) : signature;
  if (!raw) return false;
  const { key: how, by } = NAMES[alg];
  try {
    const key = await crypto.subtle.importKey('spki', owned(spki), how, false, ['verify']);
    if ('modulusLength' in key.algorithm && Number(key.algorithm.modulusLength) < LEAST_RSA_BITS)
      return false;
    return await crypto.subtle.verify(by, key, owned(raw), owned(data));
  } catch {
    return false;
  }
}

const INTEGER = 2;
const SEQUENCE = 0x30;
const HALF = 32;

/** The two halves of a P-256 signature, 32 bytes each, from DER; undefined for anything but its one spelling. */
export function rawOf(der: Uint8Array): Uint8Array | undefined {
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2 || der.length > 72) return undefined;
  const r = integerAt(der, 2);
  const s = r && integerAt(der, r.end);
  if (!s || s.end !== der.length) return undefined;
  const out = new Uint8Array(2 * HALF);
  out.set(r.bytes, HALF - r.bytes.length);
  out.set(s.bytes, 2 * HALF - s.bytes.length);
  return out;
}

/** A positive integer of at most 32 bytes, as short as DER demands. */
function integerAt(
  der: Uint8Array,
  at: number,
): { readonly bytes: Uint8Array; readonly end: number } | undefined {
  const length = der[at + 1] ?? 0;
  const [begin, end] = [at + 2, at + 2 + length];
  const [first = 0, second = 0] = [der[begin], der[begin + 1]];
  const isInteger = der[at] === INTEGER && length > 0 && end <= der.length && first < 0x80;
  if (!isInteger || (first === 0 && (length === 1 || second < 0x80))) return undefined;
  const bytes = der.subarray(first === 0 ? begin + 1 : begin, end);
  return bytes.length <= HALF ? { bytes, end } : undefined;
}
