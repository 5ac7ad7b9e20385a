import { sizeOfBlob } from '../blob.ts';
import type { Unit } from '../ports.ts';

/** The longest entry a bundle can hold: its length is a u16. */
export const MAX_ENTRY_BYTES = 65_535;

/**
 * Bytes of a unit's entries as UTF-8. Throws on a unit no store can hold: that is a bug of the caller,
 * and it is thrown before anything is queued.
 */
export function measureUnit(unit: Unit): number {
  const { entries, expectedVersion } = unit;
  if (entries.length === 0) throw new RangeError('a unit has at least one entry');
  if (!Number.isSafeInteger(expectedVersion) || expectedVersion < 0)
    throw new RangeError('an expected version is a whole number from 0');
  let total = 0;
  for (const entry of entries) {
    if (!entry.isWellFormed()) throw new RangeError('an entry with a lone surrogate has no bytes');
    const bytes = Buffer.byteLength(entry);
    if (bytes === 0 || bytes > MAX_ENTRY_BYTES)
      throw new RangeError(`an entry of ${bytes} bytes; at most ${MAX_ENTRY_BYTES} are allowed`);
    total += bytes;
  }
  return total;
}

/** Bytes a unit takes in memory on its way to the writer, given those of its entries. */
export function sizeOfUnit(unit: Unit, entryBytes: number): number {
  let bytes = entryBytes + unit.entries.length;
  for (const blob of Object.values(unit.blobs ?? {})) bytes += sizeOfBlob(blob);
  return bytes;
}
