import { StoreFailure, type Head } from '../ports.ts';
import { readCheckpoint } from './checkpoint.ts';
import type { LastSigned } from './checkpointer.ts';
import { rootAt, type TileReader } from './proof.ts';

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
