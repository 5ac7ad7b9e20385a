import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeSigningKeyPem, random, readSigningKey, type SigningKey } from '@countersign/core';
import { StartFailure } from './start-failure.ts';

/** The secrets of one installation. Losing `master` makes every payload unreadable; they never leave the folder. */
export type Keys = {
  readonly ledger: SigningKey;
  readonly grant: SigningKey;
  readonly master: Uint8Array;
  readonly fingerprint: Uint8Array;
  /** Random name of this installation, for a ledger that has no public host. */
  readonly installation: string;
};

/** Reads the keys of a data folder; makes them where there is no ledger yet. */
export function openKeys(dataDir: string, { isNew }: { readonly isNew: boolean }): Keys {
  const folder = join(dataDir, 'keys');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const text = (name: string, make: () => string): string => read(join(folder, name), isNew, make);
  const secret = (name: string): Uint8Array =>
    new Uint8Array(
      Buffer.from(
        text(name, () => Buffer.from(random(32)).toString('base64')),
        'base64',
      ),
    );
  const keys: Keys = {
    ledger: readSigningKey(text('ledger.pem', makeSigningKeyPem)),
    grant: readSigningKey(text('grant.pem', makeSigningKeyPem)),
    master: secret('master.key'),
    fingerprint: secret('fingerprint.key'),
    installation: text('installation', () => Buffer.from(random(8)).toString('hex')),
  };
  sync(folder);
  if (keys.master.length !== 32 || keys.fingerprint.length !== 32)
    throw new StartFailure('key-damaged', `a key in \`${folder}\` is not 32 bytes`, {
      hint: 'restore it from a backup',
    });
  return keys;
}

function read(path: string, isNew: boolean, make: () => string): string {
  if (!existsSync(path)) {
    // INVARIANT: a lost key is never replaced silently: what it sealed or signed would be lost with it
    if (!isNew)
      throw new StartFailure('key-missing', `\`${path}\` is missing, but there is a ledger`, {
        hint: 'restore it from a backup',
      });
    write(path, make());
  }
  const { mode } = statSync(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new StartFailure('key-exposed', `others may read \`${path}\``, {
      hint: 'make it private with `chmod 600`, and think about who has read it',
    });
  return readFileSync(path, 'utf8').trim();
}

function write(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, `${text.trim()}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function sync(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
