import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  provenEntries,
  type DumpProgress,
  type SigningKey,
  type StoreDump,
} from '@countersign/core';
import {
  CODECS,
  fileOf,
  MANIFEST,
  sealManifest,
  tellHead,
  type Codec,
  type Manifest,
  type PartSeal,
} from './backup-format.ts';
import { OperationFailure } from './failure.ts';

/** What goes into the manifest beside the parts. */
export type About = {
  readonly at: number;
  readonly origin: string;
  readonly checkpoint?: string;
  readonly key: SigningKey;
};

/**
 * Writes a dump as a backup folder, page by page. It takes its name last, after every byte is on disk: a folder of that
 * name is whole. A damaged ledger is refused by the entry, since a backup of it would replace a good one.
 */
export async function writeBackup(
  dump: StoreDump,
  out: string,
  { at, origin, checkpoint, key }: About,
  onProgress: DumpProgress = () => undefined,
): Promise<Manifest> {
  const target = resolve(out);
  if (existsSync(target))
    throw new OperationFailure('out-exists', `\`${out}\` is there already`, 'choose a new name');
  const folder = await mkdtemp(`${target}.partial-`);
  try {
    const parts: Manifest['parts'] = {
      entries: await writePart(folder, 'entries', told(provenEntries(dump), onProgress)),
      standings: await writePart(folder, 'standings', dump.standings()),
      claims: await writePart(folder, 'claims', dump.claims()),
      blobs: await writePart(folder, 'blobs', dump.blobs()),
    };
    const head = tellHead(dump.head);
    const about = { at, origin, head, ...(checkpoint !== undefined && { checkpoint }) };
    const manifest: Manifest = { format: 'countersign-backup', v: 1, ...about, parts };
    await writeWhole(join(folder, MANIFEST), sealManifest(manifest, key));
    await syncFolder(folder);
    await rename(folder, target);
    await syncFolder(dirname(target));
    return manifest;
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw cause;
  }
}

async function* told<T extends { readonly seq: number }>(
  pages: AsyncIterable<readonly T[]>,
  onProgress: DumpProgress,
): AsyncGenerator<readonly T[]> {
  for await (const page of pages) {
    yield page;
    onProgress((page.at(-1)?.seq ?? -1) + 1);
  }
}

type Pages = {
  readonly [N in keyof typeof CODECS]: (typeof CODECS)[N] extends Codec<infer T>
    ? AsyncIterable<readonly T[]>
    : never;
};

async function writePart<N extends keyof typeof CODECS>(
  folder: string,
  name: N,
  pages: Pages[N],
): Promise<PartSeal> {
  const codec = CODECS[name] as Codec<unknown>;
  const hash = createHash('sha256');
  let [bytes, lines] = [0, 0];
  const file = await open(join(folder, fileOf(name)), 'wx', 0o600);
  try {
    for await (const page of pages) {
      const chunk = Buffer.from(page.map((one) => `${codec.write(one)}\n`).join(''));
      hash.update(chunk);
      await file.writeFile(chunk);
      bytes += chunk.length;
      lines += page.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { bytes, lines, sha256: hash.digest('hex') };
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
