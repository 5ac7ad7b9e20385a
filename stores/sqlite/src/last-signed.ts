import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LastSigned } from '@countersign/core';
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
