import { concat } from '../bytes.ts';
import { fail, ok, type Result } from '../result.ts';
import { HASH } from './tree.ts';
import { leavesOf, pathsOf, WIDTH } from './tiles.ts';

/**
 * Where a ledger is read from, in the C2SP tlog-tiles layout: paths such as `checkpoint`, `tile/0/x001/067.p/112`.
 * `read` answers undefined for what is not there and throws when it cannot say. The bytes become the reader's own.
 */
export type Source = { readonly read: (path: string) => Promise<Uint8Array | undefined> };

/** `isWhole`: it is the very width asked for, so nothing may follow; else the full one that outlived its partial. */
type Found = { readonly bytes: Uint8Array; readonly isWhole: boolean };

/** Reads the first of several paths that exists. */
async function readFirst(
  source: Source,
  paths: readonly string[],
): Promise<Result<Found | undefined>> {
  for (const path of paths) {
    try {
      const bytes = await source.read(path);
      if (bytes !== undefined) return ok({ bytes, isWhole: path === paths[0] });
    } catch (error) {
      return fail('source-unreadable', `\`${path}\` cannot be read: ${String(error)}`);
    }
  }
  return ok(undefined);
}

/** The signed checkpoint's bytes. */
export async function readCheckpoint(source: Source): Promise<Result<Uint8Array>> {
  const read = await readFirst(source, ['checkpoint']);
  if (!read.ok) return read;
  return read.value
    ? ok(read.value.bytes)
    : fail('checkpoint-missing', 'the ledger has no `checkpoint`');
}

/** The `width` hashes of a tile. */
export async function readTile(
  source: Source,
  level: number,
  index: number,
  width: number,
): Promise<Result<Uint8Array>> {
  const paths = pathsOf(level, index, width);
  const read = await readFirst(source, paths);
  if (!read.ok) return read;
  if (!read.value) return fail('tile-missing', `\`${paths[0]}\` is missing`);
  const { bytes, isWhole } = read.value;
  return bytes.length === (isWhole ? width : WIDTH) * HASH
    ? ok(bytes.subarray(0, width * HASH))
    : fail('tile-mismatch', `\`${paths[0]}\` is not ${width * HASH} bytes long`);
}

/** The inputs of the leaves of a bundle's first `width` entries: 0x00, then the entry. */
export async function readLeaves(
  source: Source,
  index: number,
  width: number,
): Promise<Result<readonly Uint8Array[]>> {
  const paths = pathsOf('entries', index, width);
  const read = await readFirst(source, paths);
  if (!read.ok) return read;
  if (!read.value) return fail('bundle-missing', `\`${paths[0]}\` is missing`);
  const plain = await inflate(read.value.bytes);
  const leaves = plain && leavesOf(plain, width, read.value.isWhole);
  return leaves
    ? ok(leaves)
    : fail('bundle-malformed', `\`${paths[0]}\` is not a bundle of ${width} entries`);
}

/** A bundle may lie gzipped in an archive. An entry begins with `{`, so the third byte tells. */
async function inflate(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 0x08) return bytes;
  try {
    const stream = new Blob([new Uint8Array(bytes)])
      .stream()
      .pipeThrough(new DecompressionStream('gzip'));
    return await readAtMost(stream.getReader(), MOST_BYTES);
  } catch {
    return undefined;
  }
}

/** ATTACKER: a bundle holds at most 256 entries of 65,535 bytes; nothing else is as long, and more is a bomb. */
const MOST_BYTES = 256 * 65_537;

type Reader = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'>;

async function readAtMost(reader: Reader, most: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done || !value) return concat(...chunks);
    length += value.length;
    chunks.push(value);
    if (length <= most) continue;
    await reader.cancel();
    return undefined;
  }
}

/** A ledger behind a URL prefix. */
export function createHttpSource(prefix: string): Source {
  const base = prefix.endsWith('/') ? prefix : `${prefix}/`;
  return {
    read: async (path) => {
      const answer = await fetch(base + path, { redirect: 'error' });
      if (!answer.ok) {
        await answer.body?.cancel(); // ATTACKER: it may never end, and would keep the process alive
        if (answer.status === 404 || answer.status === 410) return undefined;
        throw new Error(`HTTP status ${answer.status}`);
      }
      const reader = answer.body?.getReader();
      const bytes = reader ? await readAtMost(reader, MOST_BYTES) : new Uint8Array(0);
      if (!bytes) throw new Error('the answer is longer than any resource of a ledger');
      return bytes;
    },
  };
}
