import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  levelsOf,
  partialWidth,
  readCheckpoint,
  TILE_WIDTH,
  tilePath,
  type TilePath,
} from '@countersign/core';
import { createHttpSource, verifyLedger, type Depth, type Source } from '@countersign/verify';
import { createFolderSource, nodePrimitives } from '@countersign/verify/node';
import { Failure, type Call, type Run } from '../command.ts';
import { urlOf } from '../credentials.ts';
import { EXIT } from '../exit.ts';
import { mayDraw, type Io } from '../io.ts';
import { field, plain, styleOf } from '../text.ts';
import { printJson, readTrusted } from '../trust.ts';

const DEPTHS: Readonly<Record<string, Depth>> = { tree: 'tree', streams: 'streams' };

/** Verifies a whole ledger: every entry, every tile, every action, up to the signed root. */
export const verify: Run = async (call) => {
  const { io } = call;
  const trust = await readTrusted(call);
  const depth = DEPTHS[call.text('depth') ?? ''] ?? 'actions';
  const verified = await verifyLedger(sourceOf(call), trust, {
    primitives: nodePrimitives,
    depth,
    onProgress: counter(io),
  });
  if (call.has('json')) printJson(io, verified);
  else if (!verified.ok)
    io.err(`NOT VERIFIED (${verified.failure.code}): ${plain(verified.failure.message)}\n`);
  else {
    const { checkpoint, entries, tiles } = verified.value;
    io.out(
      `${styleOf(io).green('verified')}\n${[
        field('ledger', plain(checkpoint.origin)),
        field('entries', `${entries}, each hashed up to the signed root; ${tiles} tiles compared`),
        field('checked', DEPTH_TEXT[depth]),
        field(
          'witnesses',
          checkpoint.witnesses.map(({ name }) => plain(name)).join(', ') || 'none',
        ),
      ].join('')}`,
    );
  }
  return verified.ok ? EXIT.done : EXIT.failed;
};

const DEPTH_TEXT: Readonly<Record<Depth, string>> = {
  tree: 'the tree only',
  streams: 'the tree; entries are canonical and every stream is without a gap',
  actions: 'the tree, every stream, and every action by the rules',
};

function sourceOf(call: Call): Source {
  const target = call.words[0] ?? `${urlOf(call)}/ledger/`;
  if (/^https?:\/\//.test(target)) return createHttpSource(target);
  return createFolderSource(resolve(call.io.cwd, target));
}

function counter(io: Io): (done: number, total: number) => void {
  let shown = '';
  return (done, total) => {
    const percent = `${Math.floor((100 * done) / total)} %`;
    if (!mayDraw(io) || percent === shown) return;
    shown = percent;
    io.err(`\r\u001b[K${done === total ? '' : `${percent} of ${total} entries`}`);
  };
}

/** Copies the ledger as it is served; the checkpoint last, so an unfinished copy does not claim to be one. */
export const exportTo: Run = async (call) => {
  const { io, words } = call;
  const folder = resolve(io.cwd, words[0] ?? '');
  const source = createHttpSource(`${urlOf(call)}/ledger/`);
  const note = await source.read('checkpoint');
  const head = note && readCheckpoint(new TextDecoder().decode(note));
  if (!note || !head) throw new Failure('checkpoint-missing', 'the gateway serves no checkpoint');
  const count = counter(io);
  const paths = pathsOf(head.size);
  for (const [i, path] of paths.entries()) {
    await copy(source, folder, path);
    count(i + 1, paths.length);
  }
  write(join(folder, 'checkpoint'), note);
  const result = { folder, origin: head.origin, entries: head.size, files: paths.length + 1 };
  if (call.has('json')) io.out(`${JSON.stringify(result)}\n`);
  else io.out(plain(`${head.size} entries of ${head.origin} in ${folder}`) + '\n');
  return EXIT.done;
};

/** Every resource of a log of this size, in the C2SP tlog-tiles layout. */
function pathsOf(size: number): readonly TilePath[] {
  const level = (kind: TilePath['kind'], n: number): readonly TilePath[] => {
    const full = Math.floor(size / TILE_WIDTH ** (n + 1));
    const width = partialWidth(n, size);
    const tile = (index: number): TilePath => ({ kind, level: n, index, width: TILE_WIDTH });
    return [
      ...Array.from({ length: full }, (_, index) => tile(index)),
      ...(width === 0 ? [] : [{ ...tile(full), width }]),
    ];
  };
  return [
    ...level('entries', 0),
    ...Array.from({ length: levelsOf(size) }, (_, n) => level('tile', n)).flat(),
  ];
}

async function copy(source: Source, folder: string, tile: TilePath): Promise<void> {
  const path = tilePath(tile);
  const target = join(folder, path);
  if (tile.width === TILE_WIDTH && existsSync(target)) return; // full ones never change
  const bytes = await source.read(path);
  if (!bytes) throw new Failure('tile-missing', `the gateway does not serve \`${path}\``);
  write(target, bytes);
}

function write(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.tmp`, bytes);
  renameSync(`${path}.tmp`, path);
}
