import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

const ITERATIONS = 4096;

/** The server's half of one SCRAM-SHA-256 exchange (RFC 5802, RFC 7677). */
export type Scram = {
  readonly first: (clientFirst: string) => string;
  /** The server's signature, or undefined: not who they say they are. */
  readonly final: (clientFinal: string) => string | undefined;
};

const hmac = (key: Uint8Array, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

/** @param password of the role; undefined for a role that is not known, whose exchange fails only at its end */
export function createScram(password: string | undefined): Scram {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password ?? randomBytes(16), salt, ITERATIONS, 32, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest();
  let [bare, said, nonce] = ['', '', ''];
  return {
    first: (message) => {
      bare = message.slice(message.indexOf(',,') + 2);
      nonce = `${fieldOf(bare, 'r')}${randomBytes(18).toString('base64')}`;
      said = `r=${nonce},s=${salt.toString('base64')},i=${ITERATIONS}`;
      return said;
    },
    final: (message) => {
      const unproven = message.slice(0, message.lastIndexOf(',p='));
      const proof = Buffer.from(fieldOf(message, 'p'), 'base64');
      const all = `${bare},${said},${unproven}`;
      const signature = hmac(storedKey, all);
      if (proof.length !== signature.length || fieldOf(message, 'r') !== nonce) return undefined;
      const clientKey = signature.map((byte, i) => byte ^ (proof[i] ?? 0));
      const shown = createHash('sha256').update(clientKey).digest();
      if (!timingSafeEqual(shown, storedKey)) return undefined;
      return `v=${hmac(hmac(salted, 'Server Key'), all).toString('base64')}`;
    },
  };
}

const fieldOf = (message: string, name: string): string =>
  message
    .split(',')
    .find((field) => field.startsWith(`${name}=`))
    ?.slice(2) ?? '';
