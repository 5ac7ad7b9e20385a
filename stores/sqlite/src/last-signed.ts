import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  readCheckpoint,
  rootAt,
  StoreFailure,
  type Head,
  type LastSigned,
  type TileReader,
} from '@countersign/core';
import { toStoreFailure } from './failure.ts';

/**
 * The last signed checkpoint in a file of its own. Keep it on another volume than the database, or at least
 * out of the database's backups: restored together, a rollback goes unnoticed.
 */
export function createLastSignedFile(path: string): LastSigned {
  return {
    read: async () => {
      try {
        return await readFile(path, 'utf8');
      } catch (cause) {
        if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
        throw toStoreFailure(cause, path);
      }
    },
    write: async (checkpoint) => {
      try {
        await replace(path, checkpoint);
      } catch (cause) {
        throw toStoreFailure(cause, path);
      }
    },
  };
}

/** After it resolves the file holds the text whole, and after a crash before that the old one whole. */
async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Refuses a ledger that has not got what was signed: going on would show two histories to the world. */
export async function refuseRollback(
  ledger: TileReader,
  head: Head,
  lastSigned: LastSigned,
): Promise<void> {
  const note = await lastSigned.read();
  if (note === undefined) return;
  const signed = readCheckpoint(note);
  if (!signed) throw new StoreFailure('corrupt', 'the last signed checkpoint cannot be read');
  if (head.size < signed.size)
    throw new StoreFailure(
      'rolled-back',
      `the ledger has ${head.size} entries, but ${signed.size} were signed; an old copy was restored`,
    );
  const root = await rootAt(ledger, signed.size);
  if (Buffer.compare(root, signed.root) !== 0)
    throw new StoreFailure(
      'rolled-back',
      `the ledger has ${head.size} entries, and its first ${signed.size} are not those that were signed`,
    );
}
