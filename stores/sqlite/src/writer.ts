import type { DatabaseSync } from 'node:sqlite';
import {
  EMPTY_ROOT,
  hashPrefixed,
  StoreFailure,
  toBytes,
  type AppendRefusal,
  type Counted,
  type Quota,
  encrypt,
} from '@countersign/core';
import { openWriter } from './database.ts';
import type { HeadData, UnitMeta, UnitReply } from './protocol.ts';
import { lastHead, restoreTree } from './restore-tree.ts';
import { standingRow } from './rows.ts';
import { prepareStatements } from './statements.ts';

/** How often, in batches, claims past their time are swept. */
const SWEEP_EVERY = 64;
const KEY_BYTES = 32;

/** The one writer of a ledger: its connection and its tree. */
export type Writer = {
  readonly head: () => HeadData;
  /** Writes a batch in one transaction. Whatever it throws, the writer must not be used again. */
  readonly write: (
    units: readonly UnitMeta[],
    bytes: Uint8Array,
    now: number,
  ) => readonly UnitReply[];
  readonly erase: (stream: string) => void;
  readonly close: () => void;
};

/** How entries become a tree; the bench measures what it costs by leaving it out. */
export type Growth = { readonly hash: typeof hashPrefixed; readonly restore: typeof restoreTree };
const MERKLE: Growth = { hash: hashPrefixed, restore: restoreTree };

/** Opens the ledger of a folder for writing; a new one gets its first head. */
export function createWriter(folder: string, now: number, growth: Growth = MERKLE): Writer {
  const db = openWriter(folder);
  try {
    return writerOn(db, now, growth);
  } catch (cause) {
    db.close();
    throw cause;
  }
}

function writerOn(db: DatabaseSync, now: number, { hash, restore }: Growth): Writer {
  const sql = prepareStatements(db);
  const leafBytes = Buffer.alloc(32); // the driver copies what it binds
  let head = lastHead(db) ?? { size: 0, root: EMPTY_ROOT, at: now };
  const tree = restore(db, head, ({ level, index, root, data }) =>
    sql.insertTile.run(level, index, toBytes(root), data),
  );
  let batches = 0;

  function refusalOf(unit: UnitMeta, version: number, at: number): AppendRefusal | undefined {
    if (version !== unit.expectedVersion) return { code: 'conflict', version };
    for (const { name } of unit.claims ?? []) {
      const stream = sql.holder.get(name, at)?.['stream'];
      if (typeof stream === 'string' && stream !== unit.stream)
        return { code: 'claimed', name, stream };
    }
    const over = unit.quotas?.find((quota) => isReached(quota, unit.stream));
    return over && { code: 'over-quota', of: over.of };
  }

  const isReached = ({ of, states, most }: Quota, stream: string): boolean =>
    states.reduce((sum, state) => sum + countOf(of, state, stream), 0) >= most;

  function countOf(of: Counted, state: string, but: string): number {
    if ('owner' in of) return Number(sql.countOwner.get(of.owner, state, but)?.['n']);
    const { agent, session } = of;
    return Number(
      (session === undefined
        ? sql.countOthers.get(agent, state, but)
        : sql.countSession.get(agent, session, state, but))?.['n'],
    );
  }

  function insert(unit: UnitMeta, bytes: Uint8Array, start: number): number {
    const firstSeq = tree.size();
    let [at, version] = [start, unit.expectedVersion];
    for (const length of unit.lengths) {
      const prefixed = bytes.subarray(at, at + 1 + length);
      const leaf = hash(prefixed);
      leafBytes.write(leaf, 0, 32, 'latin1');
      sql.insertEvent.run(tree.size(), unit.stream, ++version, leafBytes, prefixed.subarray(1));
      tree.push(leaf);
      at += 1 + length;
    }
    for (const name of unit.releases ?? []) sql.release.run(name, unit.stream);
    for (const { name, until } of unit.claims ?? [])
      sql.claim.run(name, unit.stream, until ?? null);
    for (const [name, length, bound] of unit.blobs ?? []) {
      const blob = bytes.subarray(at, at + length);
      sql.insertBlob.run(unit.stream, name, bound === undefined ? blob : sealed(blob, bound));
      at += length;
    }
    if (unit.standing) sql.stand.run(unit.stream, ...standingRow(unit.standing));
    return firstSeq;
  }

  function writeUnit(unit: UnitMeta, bytes: Uint8Array, start: number, at: number): UnitReply {
    const version = Number(sql.version.get(unit.stream)?.['ver'] ?? 0);
    const refusal = refusalOf(unit, version, at);
    if (refusal) return { refusal };
    return { firstSeq: insert(unit, bytes, start) };
  }

  /** Ends the transaction: one head per batch, and the only fsync. */
  function commit(at: number): void {
    if (tree.size() === head.size) return db.exec('ROLLBACK');
    const next = { size: tree.size(), root: tree.root(), at };
    sql.insertHead.run(next.size, toBytes(next.root), at);
    if (++batches % SWEEP_EVERY === 0) sql.sweep.run(at);
    db.exec('COMMIT');
    head = next;
  }

  return {
    head: () => head,
    write: (units, bytes, at) => {
      db.exec('BEGIN IMMEDIATE');
      const replies: UnitReply[] = [];
      let start = 0;
      for (const unit of units) {
        replies.push(writeUnit(unit, bytes, start, at));
        start += sizeOf(unit);
      }
      commit(at);
      return replies;
    },
    erase: (stream) => {
      sql.erase.run(stream);
      // R9: without this the erased bytes would stay readable in the write-ahead log
      if (db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] !== 0)
        throw new StoreFailure('locked', 'a reader keeps erased bytes in the write-ahead log', {
          retryable: true,
        });
    },
    close: () => db.close(),
  };
}

/** Bytes a unit takes in the batch's buffer. */
/** Here, so that the thread everybody waits for need not. */
const sealed = (blob: Uint8Array, bound: string): Uint8Array =>
  encrypt(blob.subarray(0, KEY_BYTES), blob.subarray(KEY_BYTES), bound);

const sizeOf = ({ lengths, blobs = [] }: UnitMeta): number =>
  lengths.reduce((sum, length) => sum + 1 + length, 0) +
  blobs.reduce((sum, [, length]) => sum + length, 0);
