import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { ScramKeys } from '../peer.ts';

// RFC 5802 with SHA-256 (RFC 7677), what both ends share

const derive = promisify(pbkdf2);

export const PLAIN = 'SCRAM-SHA-256';
export const PLUS = 'SCRAM-SHA-256-PLUS';

export const hmac = (key: Uint8Array, text: string | Uint8Array): Buffer =>
  createHmac('sha256', key).update(text).digest();

export const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

export const xor = (left: Uint8Array, right: Uint8Array): Buffer =>
  Buffer.from(left.map((byte, at) => byte ^ (right[at] ?? 0)));

/** Equal, without telling by time where they differ. */
export const isEqual = (left: Uint8Array, right: Uint8Array): boolean =>
  left.length === right.length && timingSafeEqual(left, right);

/** What a password becomes; of SASLprep only the normal form, which ASCII is already. */
export const saltedPassword = (
  password: string,
  salt: Uint8Array,
  iterations: number,
): Promise<Buffer> => derive(password.normalize('NFKC'), salt, iterations, 32, 'sha256');

/** `saltedPassword` that remembers the newest few answers: a server asks each connection of a role the same. */
export function createSalting(): typeof saltedPassword {
  const known = new Map<string, Promise<Buffer>>();
  return (password, salt, iterations) => {
    const name = JSON.stringify([password, Buffer.from(salt).toString('base64'), iterations]);
    const salted = known.get(name) ?? saltedPassword(password, salt, iterations);
    if (!known.has(name) && known.size >= FEW) known.clear();
    known.set(name, salted);
    return salted;
  };
}

const FEW = 8;

/** What is kept of a key so that a client can prove by SCRAM that it has it. */
export async function scramKeysOf(
  key: string,
  { salt, iterations }: { readonly salt: Uint8Array; readonly iterations: number },
): Promise<ScramKeys> {
  const salted = await saltedPassword(key, salt, iterations);
  return { storedKey: digest(hmac(salted, 'Client Key')), serverKey: hmac(salted, 'Server Key') };
}
