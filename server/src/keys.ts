import { deriveSigningKey, readSigningKey, type SigningKey } from '@countersign/core';
import { hasKeys, makeKeys, readKey } from './key-files.ts';
import { StartFailure } from './start-failure.ts';

/** The secrets of one installation, the same for all its gateways. Losing `master` makes every payload unreadable; they never leave the folder. */
export type Keys = {
  readonly ledger: SigningKey;
  /** Signs checkpoints of an epoch: no public key may stand in a trust file under two names. */
  readonly ledgerIn: (epoch: number) => SigningKey;
  readonly grant: SigningKey;
  /** Signs the list of what a backup holds. */
  readonly backup: SigningKey;
  readonly master: Uint8Array;
  readonly fingerprint: Uint8Array;
  /** Random name of this installation, for a ledger that has no public host. */
  readonly installation: string;
};

/** Reads the keys in a folder; a new ledger, with no entry yet, and a folder without any get a set of their own. */
export function openKeys(dir: string, { isNew }: { readonly isNew: boolean }): Keys {
  if (isNew && !hasKeys(dir)) makeKeys(dir);
  const pem = readKey(dir, 'ledger.pem');
  const keys: Keys = {
    ledger: readSigningKey(pem),
    // derived, so that whoever has the first signs for every epoch: a folder mounted read-only, every replica
    ledgerIn: (epoch) =>
      epoch === 1 ? readSigningKey(pem) : deriveSigningKey(pem, `ledger-epoch-${epoch}`),
    backup: deriveSigningKey(pem, 'backup'),
    grant: readSigningKey(readKey(dir, 'grant.pem')),
    master: bytesOf(readKey(dir, 'master.key')),
    fingerprint: bytesOf(readKey(dir, 'fingerprint.key')),
    installation: readKey(dir, 'installation'),
  };
  if (keys.master.length !== 32 || keys.fingerprint.length !== 32)
    throw new StartFailure('key-damaged', `a key in \`${dir}\` is not 32 bytes`, {
      hint: 'restore it from a backup',
    });
  return keys;
}

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
