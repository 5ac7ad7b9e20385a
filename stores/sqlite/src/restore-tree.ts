import type { DatabaseSync } from 'node:sqlite';
import {
  createTree,
  fromBytes,
  levelsOf,
  partialWidth,
  StoreFailure,
  TILE_WIDTH,
  type FullTile,
  type Hash,
  type Tree,
} from '@countersign/core';
import type { HeadData } from './protocol.ts';

/** The last committed head; undefined in a new database. */
export function lastHead(db: DatabaseSync): HeadData | undefined {
  const row = db.prepare('SELECT size, root, at FROM heads ORDER BY size DESC LIMIT 1').get();
  if (!row) return undefined;
  return { size: Number(row['size']), root: hashOf(row['root']), at: Number(row['at']) };
}

/** The tree at a head, from the edge of its tiles alone: the cost does not grow with the log. */
export function restoreTree(
  db: DatabaseSync,
  head: HeadData,
  onTile: (tile: FullTile) => void,
): Tree {
  const leaves = db.prepare('SELECT leaf AS hash FROM events WHERE seq >= ? ORDER BY seq');
  const roots = db.prepare(
    'SELECT root AS hash FROM tiles WHERE level = ? AND idx >= ? ORDER BY idx',
  );
  const levels: Hash[][] = [];
  for (let level = 0; level < levelsOf(head.size); level++) {
    const first = Math.floor(head.size / TILE_WIDTH ** (level + 1)) * TILE_WIDTH;
    const rows = level === 0 ? leaves.all(first) : roots.all(level - 1, first);
    const hashes = rows.map((row) => hashOf(row['hash']));
    if (hashes.length !== partialWidth(level, head.size))
      throw new StoreFailure('corrupt', `the ledger's level ${level} does not fit its last head`);
    levels.push(hashes);
  }
  const tree = createTree(onTile, { size: head.size, levels });
  if (tree.root() !== head.root)
    throw new StoreFailure(
      'corrupt',
      `the ledger's root is not that of its last head ${head.size}`,
    );
  return tree;
}

const hashOf = (value: unknown): Hash => {
  if (!(value instanceof Uint8Array) || value.length !== 32)
    throw new StoreFailure('corrupt', 'the ledger holds a hash that is not 32 bytes');
  return fromBytes(value);
};
