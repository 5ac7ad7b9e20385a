import type { DumpProgress } from '@countersign/core';
import type { Config } from '../config/config.ts';
import type { Manifest } from './backup-format.ts';
import { identityOf } from './origin.ts';
import { placeOf } from './place.ts';
import { writeBackup } from './write-backup.ts';

/** Saves the store of a configuration, served or not, as of one moment. Keys are not in it; payloads stay encrypted. */
export async function backUp(
  config: Config,
  out: string,
  options: { readonly now: number; readonly onProgress?: DumpProgress },
): Promise<Manifest> {
  const { keys, log: origin } = identityOf(config);
  const place = placeOf(config);
  const checkpoint = await place.lastSigned.read(); // before the dump, which then has all of it
  const dump = await place.dump();
  try {
    const about = { at: options.now, origin, key: keys.backup };
    return await writeBackup(
      dump,
      out,
      { ...about, ...(checkpoint !== undefined && { checkpoint }) },
      options.onProgress,
    );
  } finally {
    await dump.close();
  }
}
