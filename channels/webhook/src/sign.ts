import { createHmac, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';

/** Signs `id.timestamp.body`; answers one element of `webhook-signature`. */
type Signer = (text: string) => string;

/** What is signed: the id of the message, seconds since 1970, the very bytes of the body. */
export type Signed = { readonly id: string; readonly timestamp: number; readonly body: string };

const LEAST_BYTES = 24;
const MOST_BYTES = 64;
/** DER before the 32 bytes of an Ed25519 seed (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Signers of the secrets of a receiver, in their order: `whsec_` is shared (HMAC-SHA256, `v1`), `whsk_` is ours alone
 * (Ed25519, `v1a`). Several while one takes the place of another. Undefined where one is no secret.
 */
export function readSecrets(secrets: readonly string[]): readonly Signer[] | undefined {
  const signers = secrets.map(readSecret);
  return signers.length > 0 && signers.every((one) => one !== undefined) ? signers : undefined;
}

function readSecret(secret: string): Signer | undefined {
  const [, kind = '', text = ''] = /^(whsec|whsk)_(.+)$/.exec(secret) ?? [];
  if (!BASE64.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (kind === 'whsk') return ed25519(bytes);
  if (bytes.length < LEAST_BYTES || bytes.length > MOST_BYTES) return undefined;
  return (signed) => `v1,${createHmac('sha256', bytes).update(signed).digest('base64')}`;
}

/** A seed of 32 bytes, or the seed with its public key, as others write it. */
function ed25519(bytes: Buffer): Signer | undefined {
  if (bytes.length !== 32 && bytes.length !== 64) return undefined;
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8, bytes.subarray(0, 32)]),
    format: 'der',
    type: 'pkcs8',
  });
  const isPair = bytes.length === 32 || publicBytes(key).equals(bytes.subarray(32));
  return isPair
    ? (signed) => `v1a,${sign(null, Buffer.from(signed), key).toString('base64')}`
    : undefined;
}

const publicBytes = (key: KeyObject): Buffer =>
  createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);

/** The headers of a signed message (Standard Webhooks 1.0). */
export const signedHeaders = (
  signers: readonly Signer[],
  { id, timestamp, body }: Signed,
): Readonly<Record<string, string>> => ({
  'webhook-id': id,
  'webhook-timestamp': String(timestamp),
  'webhook-signature': signers.map((of) => of(`${id}.${timestamp}.${body}`)).join(' '),
});
