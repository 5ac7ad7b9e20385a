import { randomBytes } from 'node:crypto';
import { digest, hmac, isEqual, saltedPassword, xor } from './scram.ts';

/** One login by SCRAM. Its answers are undefined where the server does not keep to the protocol. */
export type ScramLogin = {
  readonly first: string;
  readonly final: (serverFirst: string) => Promise<string | undefined>;
  /** Whether the server has shown that it knows the password too. */
  readonly isProven: (serverFinal: string) => boolean;
};

const FIRST = /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/]+=*),i=([1-9]\d{0,6})(?:,.*)?$/;
const FINAL = /^v=([A-Za-z0-9+/]+=*)(?:,.*)?$/;
// ATTACKER: how long we compute is the server's to say, within a bound
const MOST_ITERATIONS = 1_000_000;

/** Begins one; `certificate` is what PLUS binds to. */
export function createScramLogin(
  password: string,
  certificate: Uint8Array | undefined,
  salting: typeof saltedPassword = saltedPassword,
): ScramLogin {
  const header = certificate ? 'p=tls-server-end-point,,' : 'n,,';
  const mine = randomBytes(18).toString('base64');
  const bare = `n=,r=${mine}`;
  const binding = Buffer.concat([Buffer.from(header), certificate ?? Buffer.alloc(0)]);
  let expected: Buffer | undefined;
  return {
    first: header + bare,
    final: async (serverFirst) => {
      const [, nonce = '', salt = '', count] = FIRST.exec(serverFirst) ?? [];
      const iterations = Number(count);
      if (!nonce.startsWith(mine) || nonce.length === mine.length) return undefined;
      if (iterations > MOST_ITERATIONS) return undefined;
      const salted = await salting(password, Buffer.from(salt, 'base64'), iterations);
      const clientKey = hmac(salted, 'Client Key');
      const final = `c=${binding.toString('base64')},r=${nonce}`;
      const said = `${bare},${serverFirst},${final}`;
      expected = hmac(hmac(salted, 'Server Key'), said);
      const proof = xor(clientKey, hmac(digest(clientKey), said));
      return `${final},p=${proof.toString('base64')}`;
    },
    isProven: (serverFinal) => {
      const [, signature = ''] = FINAL.exec(serverFinal) ?? [];
      return expected !== undefined && isEqual(Buffer.from(signature, 'base64'), expected);
    },
  };
}
