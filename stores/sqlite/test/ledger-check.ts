// What every crash test asks afterwards: is all that was promised still there, and is it whole?
import { DatabaseSync } from 'node:sqlite';
import {
  createTree,
  hashLeaf,
  instant,
  levelsOf,
  partialWidth,
  readCheckpoint,
  toBytes,
  type LedgerStore,
} from '@countersign/core';
import { databasePath } from '../src/database.ts';
import { createLastSignedFile, createSqliteStore } from '../src/index.ts';

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** What a process told the world before it died. */
export type Told = {
  readonly acks: readonly {
    readonly seq: number;
    readonly stream: string;
    readonly version: number;
  }[];
  /** Published checkpoints, as `size root`. */
  readonly heads: readonly string[];
};

/** Reads what a child wrote; an incomplete last line was not said. */
export function toldBy(output: string): Told {
  const lines = output
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' '));
  return {
    acks: lines
      .filter(([word]) => word === 'ack')
      .map(([, seq, stream = '', version]) => ({
        seq: Number(seq),
        stream,
        version: Number(version),
      })),
    heads: lines.filter(([word]) => word === 'head').map(([, size, root]) => `${size} ${root}`),
  };
}

/** Opens the ledger by its normal start and lists everything that is lost or broken. */
export async function findDamage(
  folder: string,
  lastSigned: string,
  told: Told,
): Promise<readonly string[]> {
  const signed = createLastSignedFile(lastSigned);
  const store = await createSqliteStore({ folder, clock: () => instant(0), lastSigned: signed });
  try {
    const roots = await rootsOf(store);
    return [
      ...(await lostAcks(store, told)),
      ...told.heads
        .filter((head) => roots.get(Number(head.split(' ')[0])) !== head.split(' ')[1])
        .map((head) => `published head ${head}`),
      ...signedDamage(await signed.read(), told, roots),
      ...storedDamage(folder, roots),
      ...(await tileDamage(store)),
    ];
  } finally {
    await store.close();
  }
}

/** Root at every size, recomputed from the entries alone. */
async function rootsOf(store: LedgerStore): Promise<ReadonlyMap<number, string>> {
  const { size, root } = await store.head();
  const tree = createTree();
  const roots = new Map([[0, toBase64(toBytes(tree.root()))]]);
  for (let from = 0; from < size; from += 10_000)
    for (const { seq, entry } of await store.range(from, from + 10_000)) {
      if (seq !== tree.size()) throw new Error(`a gap before entry ${seq}`);
      tree.push(hashLeaf(Buffer.from(entry)));
      roots.set(tree.size(), toBase64(toBytes(tree.root())));
    }
  if (tree.size() !== size || roots.get(size) !== toBase64(root))
    throw new Error('head is not its entries');
  return roots;
}

async function lostAcks(store: LedgerStore, { acks }: Told): Promise<readonly string[]> {
  const { size } = await store.head();
  const known = new Set<string>();
  for (let from = 0; from < size; from += 10_000)
    for (const { seq, stream, version } of await store.range(from, from + 10_000))
      known.add(`${seq} ${stream} ${version}`);
  return acks
    .filter(({ seq, stream, version }) => !known.has(`${seq} ${stream} ${version}`))
    .map(({ seq }) => `acknowledged entry ${seq}`);
}

function signedDamage(
  note: string | undefined,
  { heads }: Told,
  roots: ReadonlyMap<number, string>,
): readonly string[] {
  const signed = note === undefined ? undefined : readCheckpoint(note);
  if (!signed) return heads.length > 0 ? ['the last signed checkpoint'] : [];
  const isOlder = heads.some((head) => Number(head.split(' ')[0]) > signed.size);
  const isForeign = roots.get(signed.size) !== toBase64(signed.root);
  return [
    ...(isOlder ? ['a newer checkpoint was published'] : []),
    ...(isForeign ? ['signed root'] : []),
  ];
}

/** Heads and tiles as they lie in the database. */
function storedDamage(folder: string, roots: ReadonlyMap<number, string>): readonly string[] {
  const db = new DatabaseSync(databasePath(folder), { readOnly: true });
  try {
    const check = db.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
    const heads = db.prepare('SELECT size, hex(root) AS root FROM heads').all();
    const wrong = heads.filter(
      ({ size, root }) =>
        Buffer.from(String(root), 'hex').toString('base64') !== roots.get(Number(size)),
    );
    return [
      ...(check === 'ok' ? [] : [`integrity: ${String(check)}`]),
      ...wrong.map(({ size }) => `stored head ${String(size)}`),
    ];
  } finally {
    db.close();
  }
}

/** Every tile against one recomputed from the entries. */
async function tileDamage(store: LedgerStore): Promise<readonly string[]> {
  const { size } = await store.head();
  const wrong: string[] = [];
  const full = new Map<string, Buffer>();
  const tree = createTree(({ level, index, data }) =>
    full.set(`${level}/${index}`, Buffer.from(data)),
  );
  for (let from = 0; from < size; from += 10_000)
    for (const { entry } of await store.range(from, from + 10_000))
      tree.push(hashLeaf(Buffer.from(entry)));
  for (const [name, data] of full) {
    const [level = 0, index = 0] = name.split('/').map(Number);
    const tile = await store.tile(level, index, 256);
    if (!tile || data.compare(tile) !== 0) wrong.push(`tile ${name}`);
  }
  for (let level = 0; level < levelsOf(size); level++) {
    const width = partialWidth(level, size);
    if (width === 0) continue;
    const tile = await store.tile(level, Math.floor(size / 256 ** (level + 1)), width);
    if (tile?.length !== width * 32) wrong.push(`partial tile of level ${level}`);
  }
  return wrong;
}
