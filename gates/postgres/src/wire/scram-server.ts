import { randomBytes } from 'node:crypto';
import type { ScramAccount } from '../peer.ts';
import { WireFailure } from './failure.ts';
import { digest, hmac, isEqual, PLUS, xor } from './scram.ts';

/** A challenge that was sent, and what the answer is checked against. */
export type Challenge = {
  /** server-first-message. */
  readonly text: string;
  readonly nonce: string;
  readonly clientFirst: string;
  /** What `c=` must be: the header of the client, and the certificate it is bound to. */
  readonly binding: string;
};

const FIRST =
  /^((?:n|y|p=tls-server-end-point),,)(n=[^,]*,r=([\x21-\x2b\x2d-\x7e]{8,256})(?:,.*)?)$/;
const FINAL = /^(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)),p=([A-Za-z0-9+/]{43}=)$/;

const wrong = (): WireFailure => new WireFailure('malformed', 'malformed SCRAM message');

/**
 * The challenge to a client-first-message. `certificate`: what PLUS binds to, where that was offered. The name in it is not
 * read, as in PostgreSQL: the one of the startup counts.
 */
export function challengeOf(
  clientFirst: string,
  { salt, iterations }: Pick<ScramAccount, 'salt' | 'iterations'>,
  bind: { readonly mechanism: string; readonly certificate: Uint8Array | undefined },
): Challenge {
  const [, header = '', bare = '', nonceOfClient = ''] = FIRST.exec(clientFirst) ?? [];
  const isBound = header.startsWith('p');
  if (header === '' || isBound !== (bind.mechanism === PLUS)) throw wrong();
  // ATTACKER: a client that could bind and saw no offer of it, though there was one, has somebody in between
  if (header.startsWith('y') && bind.certificate) throw wrong();
  const nonce = nonceOfClient + randomBytes(18).toString('base64');
  const bytes = [
    Buffer.from(header),
    isBound ? (bind.certificate ?? Buffer.alloc(0)) : Buffer.alloc(0),
  ];
  return {
    text: `r=${nonce},s=${Buffer.from(salt).toString('base64')},i=${iterations}`,
    nonce,
    clientFirst: bare,
    binding: Buffer.concat(bytes).toString('base64'),
  };
}

// stands in where there is no key, so that a name without keys costs what one with a key does
const NOBODY = { storedKey: Buffer.alloc(32), serverKey: Buffer.alloc(32) };

/** The server-final-message, if the client has one of the keys; undefined if it has none of them. */
export function proveOf(
  challenge: Challenge,
  clientFinal: string,
  keys: ScramAccount['keys'],
): string | undefined {
  const [, bare = '', binding, nonce, proof = ''] = FINAL.exec(clientFinal) ?? [];
  if (bare === '' || binding !== challenge.binding || nonce !== challenge.nonce) throw wrong();
  const said = `${challenge.clientFirst},${challenge.text},${bare}`;
  const given = Buffer.from(proof, 'base64');
  let signature: Buffer | undefined;
  for (const { storedKey, serverKey } of keys.length > 0 ? keys : [NOBODY]) {
    const clientKey = xor(given, hmac(storedKey, said));
    if (isEqual(digest(clientKey), storedKey)) signature = hmac(serverKey, said);
  }
  return signature && `v=${signature.toString('base64')}`;
}
