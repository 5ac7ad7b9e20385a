import { createHmac, createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  challengeOf,
  makeKey,
  openVerifier,
  sealVerifier,
  verifierAside,
  verifierOf,
} from '../src/index.ts';
import { hi } from './scram-client.ts';

const secret = new Uint8Array(32).fill(7);

const mac = (by: Uint8Array, text: string) => createHmac('sha256', by).update(text).digest();

test('a client that has the key proves it to the verifier, as RFC 5802 says', async () => {
  const { key } = makeKey();
  const verifier = verifierOf('etl', key);
  expect(await verifierAside('etl', key)).toEqual(verifier);
  const salted = hi(key, verifier.salt, verifier.iterations);
  const clientKey = mac(salted, 'Client Key');
  const said = 'n=,r=abc,r=abcdef,s=…,i=4096,c=biws,r=abcdef';
  const proof = mac(createHash('sha256').update(clientKey).digest(), said).map(
    (byte, i) => byte ^ (clientKey[i] ?? 0),
  );
  const signature = mac(verifier.storedKey, said);
  const shown = proof.map((byte, i) => byte ^ (signature[i] ?? 0));
  expect(createHash('sha256').update(shown).digest()).toEqual(Buffer.from(verifier.storedKey));
  expect(mac(salted, 'Server Key')).toEqual(Buffer.from(verifier.serverKey));
});

test('all keys of an agent are asked for alike, and an agent that is none as well', () => {
  const [one, other] = [verifierOf('etl', makeKey().key), verifierOf('etl', makeKey().key)];
  expect(one.salt).toEqual(other.salt);
  expect(one.storedKey).not.toEqual(other.storedKey);
  expect(challengeOf('nobody').salt).not.toEqual(one.salt);
  expect(challengeOf('nobody')).toEqual(challengeOf('nobody'));
});

test('R9: it is sealed for the installation, and for its key alone', () => {
  const { id, key } = makeKey();
  const verifier = verifierOf('etl', key);
  const scram = sealVerifier(secret, id, verifier);
  expect(openVerifier(secret, { id, agent: 'etl', scram })).toEqual(verifier);
  expect(scram).not.toContain(Buffer.from(verifier.storedKey).toString('base64url').slice(0, 12));
  expect(openVerifier(secret, { id: makeKey().id, agent: 'etl', scram })).toBeUndefined();
  expect(openVerifier(new Uint8Array(32), { id, agent: 'etl', scram })).toBeUndefined();
  expect(openVerifier(secret, { id, agent: 'etl', scram: 'x' })).toBeUndefined();
  expect(openVerifier(secret, { id, agent: 'etl' })).toBeUndefined();
});
