import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SigningKey, StoreDump } from '@countersign/core';
import {
  CODECS,
  fileOf,
  headOf,
  MANIFEST,
  openManifest,
  PARTS,
  type Codec,
  type Manifest,
  type PartName,
} from './backup-format.ts';
import { OperationFailure } from './failure.ts';

/** A backup as a dump, with its manifest. */
export type Backup = { readonly manifest: Manifest; readonly dump: StoreDump };

/**
 * Opens a backup folder. With the installation's key its manifest must be signed by it. Every part is compared with the
 * manifest whenever it was read to the end, so whoever uses what they read must wait for that: loading does.
 */
export async function openBackup(folder: string, key?: SigningKey): Promise<Backup> {
  const note = await readFile(join(folder, MANIFEST), 'utf8').catch((cause: unknown) => {
    throw damaged(`\`${folder}\` has no manifest that can be read`, cause);
  });
  const manifest = openManifest(note, key);
  if (!manifest)
    throw damaged(
      `the manifest of \`${folder}\` is not one${key ? ' that this installation signed' : ''}`,
    );
  for (const name of PARTS) await requireSize(folder, name, manifest);
  const pages =
    <T>(name: PartName, codec: Codec<T>) =>
    (): AsyncIterable<readonly T[]> =>
      readPart(folder, name, { codec, manifest });
  return {
    manifest,
    dump: {
      head: headOf(manifest),
      entries: pages('entries', CODECS.entries),
      standings: pages('standings', CODECS.standings),
      claims: pages('claims', CODECS.claims),
      blobs: pages('blobs', CODECS.blobs),
      close: async () => undefined,
    },
  };
}

const damaged = (message: string, cause?: unknown): OperationFailure =>
  new OperationFailure('backup-damaged', message, 'use another backup', cause);

/** Told at once, before anything is read for minutes. */
async function requireSize(folder: string, name: PartName, { parts }: Manifest): Promise<void> {
  const { size } = await stat(join(folder, fileOf(name))).catch((cause: unknown) => {
    throw damaged(`\`${fileOf(name)}\` is missing from \`${folder}\``, cause);
  });
  if (size !== parts[name].bytes)
    throw damaged(`\`${fileOf(name)}\` has ${size} bytes, not ${parts[name].bytes}`);
}

type Reading<T> = { readonly codec: Codec<T>; readonly manifest: Manifest };

async function* readPart<T>(
  folder: string,
  name: PartName,
  { codec, manifest }: Reading<T>,
): AsyncGenerator<readonly T[]> {
  const hash = createHash('sha256');
  let count = 0;
  const one = (line: string): T => {
    try {
      return codec.read(line, count++);
    } catch (cause) {
      throw damaged(`line ${count} of \`${fileOf(name)}\` cannot be read`, cause);
    }
  };
  const chunks = createReadStream(join(folder, fileOf(name)), { highWaterMark: 1 << 19 });
  for await (const lines of linesOf(chunks, hash)) yield lines.map(one);
  const { sha256, lines } = manifest.parts[name];
  if (hash.digest('hex') !== sha256 || count !== lines)
    throw damaged(`\`${fileOf(name)}\` is not what the manifest says`);
}

async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  hash: { readonly update: (bytes: Uint8Array) => unknown },
): AsyncGenerator<readonly string[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    hash.update(chunk);
    const bytes = Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(10) + 1;
    rest = bytes.subarray(end);
    if (end > 0) yield bytes.toString('utf8', 0, end - 1).split('\n');
  }
  if (rest.length > 0) yield [rest.toString()];
}
