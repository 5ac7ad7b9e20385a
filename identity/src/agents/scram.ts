import { createHash, createHmac, pbkdf2 as derive, pbkdf2Sync } from 'node:crypto';
import { promisify } from 'node:util';
import { base64url, fromBase64url } from '@countersign/core';
import { seal, unseal } from '../sealed.ts';

/** What SCRAM-SHA-256 is answered with in place of a key (RFC 5802, RFC 7677). */
export type Verifier = {
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
};

/**
 * What any agent of this name is asked with, whether there is one or not: neither tells the other apart. A salt that
 * anybody can compute and few iterations are enough, since a key is 256 random bits and not a word somebody chose.
 */
export const challengeOf = (agent: string): Pick<Verifier, 'iterations' | 'salt'> => ({
  iterations: 4_096,
  salt: saltOf(agent),
});

const saltOf = (agent: string): Uint8Array => {
  const digest = createHash('sha256').update(`countersign-scram-salt\0${agent}`).digest();
  return new Uint8Array(digest.subarray(0, 16));
};

const LENGTH = 32;
const deriveAside = promisify(derive);

/** The verifier of a key of an agent; printable ASCII is its own normal form, so nothing is prepared (RFC 4013). */
export function verifierOf(agent: string, key: string): Verifier {
  const { iterations, salt } = challengeOf(agent);
  return finish(agent, pbkdf2Sync(key, salt, iterations, LENGTH, 'sha256'));
}

/** The same beside the event loop. */
export async function verifierAside(agent: string, key: string): Promise<Verifier> {
  const { iterations, salt } = challengeOf(agent);
  return finish(agent, await deriveAside(key, salt, iterations, LENGTH, 'sha256'));
}

function finish(agent: string, salted: Buffer): Verifier {
  const mac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(mac('Client Key')).digest();
  return {
    ...challengeOf(agent),
    storedKey: new Uint8Array(storedKey),
    serverKey: new Uint8Array(mac('Server Key')),
  };
}

const purposeOf = (keyId: string): string => `scram:${keyId}`;

/** A verifier as it stands in the event of its key: whoever had it could listen in on a login and come as the agent. */
export const sealVerifier = (secret: Uint8Array, keyId: string, verifier: Verifier): string =>
  seal(secret, purposeOf(keyId), {
    storedKey: base64url(verifier.storedKey),
    serverKey: base64url(verifier.serverKey),
  });

/** The verifier of a key as its event tells; undefined for what this installation did not seal. */
export function openVerifier(
  secret: Uint8Array,
  { id, agent, scram }: { readonly id: string; readonly agent: string; readonly scram?: string },
): Verifier | undefined {
  if (scram === undefined) return undefined;
  const opened = unseal(secret, purposeOf(id), scram) as
    | Readonly<Record<string, string>>
    | undefined;
  const storedKey = fromBase64url(opened?.['storedKey'] ?? '');
  const serverKey = fromBase64url(opened?.['serverKey'] ?? '');
  if (storedKey?.length !== LENGTH || serverKey?.length !== LENGTH) return undefined;
  return { ...challengeOf(agent), storedKey, serverKey };
}
