import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { makeSigningKeyPem, random } from '@countersign/core';
import { StartFailure } from './start-failure.ts';

const secret = (): string => Buffer.from(random(32)).toString('base64');

/** A file of a set of keys. */
export type KeyFile =
  | 'ledger.pem'
  | 'grant.pem'
  | 'master.key'
  | 'fingerprint.key'
  | 'installation';

/** How each is made. */
const FILES: Readonly<Record<KeyFile, () => string>> = {
  'ledger.pem': makeSigningKeyPem,
  'grant.pem': makeSigningKeyPem,
  'master.key': secret,
  'fingerprint.key': secret,
  installation: () => Buffer.from(random(8)).toString('hex'),
};
const NAMES = Object.keys(FILES) as readonly KeyFile[];

/** Whether a folder holds any part of a set. */
export const hasKeys = (dir: string): boolean => NAMES.some((name) => existsSync(join(dir, name)));

/** Makes a whole set in a folder that has none, for this user alone; returns the names of its files. */
export function makeKeys(dir: string): readonly string[] {
  if (hasKeys(dir))
    throw new StartFailure('keys-exist', `there are keys in \`${dir}\` already`, {
      hint: 'name another folder; a set that anything was sealed or signed with is never replaced',
    });
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  for (const name of NAMES) write(join(dir, name), FILES[name]());
  closeFolder(dir);
  return NAMES;
}

/** Text of one file of a set; refuses one that is not private. */
export function readKey(dir: string, name: KeyFile): string {
  const path = join(dir, name);
  // INVARIANT: a lost key is never replaced silently: what it sealed or signed would be lost with it
  if (!existsSync(path))
    throw new StartFailure('key-missing', `\`${path}\` is missing`, {
      hint: 'restore it from a backup; a set that nothing was sealed or signed with yet may be removed and made anew with `countersign keys init`',
    });
  const file = openSync(path, 'r');
  try {
    // the file that was opened is the one that is looked at: no gap between check and use
    if (isExposed(fstatSync(file)))
      throw new StartFailure('key-exposed', `others may read or write \`${path}\``, {
        hint: 'make it private with `chmod 600`, and think about who has read it',
      });
    return readFileSync(file, 'utf8').trim();
  } finally {
    closeSync(file);
  }
}

/** Files of a set that are not private. */
export const exposedKeys = (dir: string): readonly string[] =>
  NAMES.map((name) => join(dir, name)).filter(
    (path) => existsSync(path) && isExposed(statSync(path)),
  );

/**
 * Ours must be for us alone. A mounted secret belongs to root and is handed to us by a group of its own: that is private
 * as long as the group cannot write and nobody else can do anything.
 */
export function isExposed({ mode, uid }: Pick<Stats, 'mode' | 'uid'>): boolean {
  if (process.platform === 'win32') return false;
  return (mode & (uid === process.getuid?.() ? 0o077 : 0o037)) !== 0;
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

function closeFolder(dir: string): void {
  if (process.platform === 'win32') return;
  const file = openSync(dir, 'r');
  try {
    if (fstatSync(file).uid === process.getuid?.()) chmodSync(dir, 0o700);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
