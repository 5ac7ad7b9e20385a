import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodeBundle, fromUtf8, tilePath, TILE_WIDTH, type StoredEntry } from '@countersign/core';
import {
  createHttpSource,
  readTrust,
  verifyLedger,
  type Source,
  type VerifiedLedger,
} from '@countersign/verify';

/**
 * Downloads a whole ledger into a folder while the standalone verifier checks it; `onBroken` hears what does not hold in
 * its entries. Throws where not even the tree holds: then there is nothing to look at.
 */
export async function mirrorLedger(
  url: string,
  trust: string,
  folder: string,
  onBroken: (why: string) => void,
): Promise<VerifiedLedger> {
  const remote = createHttpSource(url);
  const keeping: Source = {
    read: async (path) => {
      const bytes = await remote.read(path);
      if (!bytes) return undefined;
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
      return bytes;
    },
  };
  const believed = await readTrust(trust);
  if (!believed.ok) throw new Error(believed.failure.message);
  const whole = await verifyLedger(keeping, believed.value);
  if (whole.ok) return whole.value;
  onBroken(`${whole.failure.code}: ${whole.failure.message}`);
  const tree = await verifyLedger(keeping, believed.value, { depth: 'tree' });
  if (!tree.ok) throw new Error(`${tree.failure.code}: ${tree.failure.message}`);
  return tree.value;
}

/** The entries of a mirrored ledger in order, one bundle in memory at a time. */
export function* entriesOf(folder: string, size: number): Generator<StoredEntry> {
  for (let index = 0; index * TILE_WIDTH < size; index++) {
    const width = Math.min(TILE_WIDTH, size - index * TILE_WIDTH);
    const path = tilePath({ kind: 'entries', level: 0, index, width });
    const entries = decodeBundle(readFileSync(join(folder, path))) ?? [];
    for (const [i, bytes] of entries.entries()) {
      const entry = fromUtf8(bytes) ?? '';
      const { stream, n } = JSON.parse(entry) as { stream: string; n: number };
      yield { seq: index * TILE_WIDTH + i, stream, version: n, entry };
    }
  }
}
