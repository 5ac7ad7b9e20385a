import { createRequire } from 'node:module';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, sep } from 'node:path';

/** One file of the console, with the compressed forms that were made when it was built. */
export type ConsoleFile = {
  readonly type: string;
  readonly plain: Uint8Array;
  readonly br?: Uint8Array;
  readonly gzip?: Uint8Array;
};
/** Files by their path in the built console; empty where it was not built. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

/**
 * Reads the built console into memory: some hundred kilobytes, and nothing that is asked for later names a file.
 * ATTACKER: a path in a request is only ever looked up in this table.
 */
export function readConsole(folder: string = distFolder()): ConsoleFiles {
  const files = new Map<string, ConsoleFile>();
  const names = new Set(namesIn(folder));
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const read = (suffix: string): Uint8Array => readFileSync(join(folder, name + suffix));
    files.set(name.replaceAll(sep, '/'), {
      type,
      plain: read(''),
      ...(names.has(`${name}.br`) ? { br: read('.br') } : {}),
      ...(names.has(`${name}.gz`) ? { gzip: read('.gz') } : {}),
    });
  }
  return files;
}

const distFolder = (): string =>
  join(
    dirname(createRequire(import.meta.url).resolve('@countersign/console/package.json')),
    'dist',
  );

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
