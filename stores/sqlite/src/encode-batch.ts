import { isUnsealed, type Sized } from '@countersign/core';
import type { UnitMeta } from './protocol.ts';

/** Units as the writer takes them: one buffer to transfer, and the rest as JSON. */
export function encodeBatch(batch: readonly Sized[]): { units: string; buffer: ArrayBuffer } {
  // memory of its own: a pooled buffer shares its ArrayBuffer, and transferring would detach the others
  const bytes = Buffer.allocUnsafeSlow(batch.reduce((sum, { bytes: n }) => sum + n, 0));
  let at = 0;
  const metas = batch.map(({ unit }): UnitMeta => {
    const { entries, blobs, ...rest } = unit;
    const lengths = entries.map((entry) => {
      bytes[at] = 0;
      const length = bytes.write(entry, at + 1);
      at += 1 + length;
      return length;
    });
    if (!blobs) return { ...rest, lengths };
    const named = Object.entries(blobs).map(([name, blob]) => {
      const start = at;
      bytes.set(isUnsealed(blob) ? blob.key : blob, at);
      at += isUnsealed(blob) ? blob.key.length : blob.length;
      if (!isUnsealed(blob)) return [name, blob.length] as const;
      at += bytes.write(blob.text, at);
      return [name, at - start, blob.bound] as const;
    });
    return { ...rest, lengths, blobs: named };
  });
  return { units: JSON.stringify(metas), buffer: bytes.buffer };
}
