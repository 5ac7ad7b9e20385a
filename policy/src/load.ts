// The only file of policy that may reach for node: (import law). Everything here touches the world; nothing decides.
import { existsSync, readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Cedar } from './cedar.ts';
import type { SourceFile } from './problem.ts';

export { parentPort, workerData } from 'node:worker_threads';

const require = createRequire(import.meta.url);
const ENGINE = '@cedar-policy/cedar-wasm/nodejs';

/** A Cedar engine of its own: pre-parsed sets are never evicted from one, and a trapped one never answers again. */
export function freshCedar(): Cedar {
  delete require.cache[require.resolve(ENGINE)];
  return require(ENGINE) as Cedar;
}

/** Starts `worker.ts` in a thread of its own. */
export function startWorker(workerData: unknown, stackSizeMb = 4): Worker {
  // compiled packages carry .js; a URL is not rewritten by the compiler
  const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
  return new Worker(new URL(file, import.meta.url), {
    workerData,
    execArgv: ['--conditions=@countersign/source'],
    // a small nursery: what a judgement allocates dies at once, and idle memory counts
    resourceLimits: { maxYoungGenerationSizeMb: 2, stackSizeMb },
  });
}

export type PolicyWorker = Worker;

/** What a policy folder holds, by names relative to it and sorted. */
export type PolicyFolder = {
  readonly schema?: SourceFile;
  readonly policies: readonly SourceFile[];
  readonly tests: readonly SourceFile[];
  readonly gitCommit?: string;
};

/** Reads `*.cedar`, `schema.cedarschema` and `tests/*.json` of a folder; throws what the file system throws. */
export function readPolicyFolder(dir: string): PolicyFolder {
  const read = (file: string): SourceFile => ({
    file,
    text: readFileSync(join(dir, file), 'utf8'),
  });
  const list = (under: string, suffix: string): readonly string[] =>
    existsSync(join(dir, under))
      ? readdirSync(join(dir, under))
          .filter((name) => name.endsWith(suffix) && !name.startsWith('.'))
          .toSorted()
      : [];
  if (!statSync(dir).isDirectory()) throw new Error(`\`${dir}\` is not a folder`);
  const gitCommit = gitCommitOf(dir);
  return {
    ...(existsSync(join(dir, 'schema.cedarschema')) && { schema: read('schema.cedarschema') }),
    policies: list('.', '.cedar').map(read),
    tests: list('tests', '.json').map((name) => read(`tests/${name}`)),
    ...(gitCommit !== undefined && { gitCommit }),
  };
}

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** The commit HEAD points at in the repository a folder is in, read from its files; undefined outside of one. */
export function gitCommitOf(dir: string): string | undefined {
  try {
    const git = gitFolderOf(resolve(dir));
    if (git === undefined) return undefined;
    const head = readFileSync(join(git, 'HEAD'), 'utf8').trim();
    const commit = head.startsWith('ref: ') ? readRef(git, head.slice(5).trim()) : head;
    return commit !== undefined && COMMIT.test(commit) ? commit : undefined;
  } catch {
    return undefined; // where the set came from decides nothing; never refuse a load for it
  }
}

function gitFolderOf(start: string): string | undefined {
  for (let dir = start; ; dir = dirname(dir)) {
    const git = join(dir, '.git');
    if (existsSync(git)) {
      if (statSync(git).isDirectory()) return git;
      // a work tree or submodule: a file that names the real folder
      const pointer = readFileSync(git, 'utf8').trim();
      return pointer.startsWith('gitdir: ') ? resolve(dir, pointer.slice(8)) : undefined;
    }
    if (dirname(dir) === dir) return undefined;
  }
}

function readRef(git: string, ref: string): string | undefined {
  const common = existsSync(join(git, 'commondir'))
    ? resolve(git, readFileSync(join(git, 'commondir'), 'utf8').trim())
    : git;
  for (const folder of [git, common])
    if (existsSync(join(folder, ref))) return readFileSync(join(folder, ref), 'utf8').trim();
  const packed = join(common, 'packed-refs');
  if (!existsSync(packed)) return undefined;
  const line = readFileSync(packed, 'utf8')
    .split('\n')
    .find((entry) => entry.endsWith(` ${ref}`));
  return line?.split(' ')[0];
}

/** Calls back on any change below a folder, also after editors that write by renaming. Returns the way to stop. */
export function watchFolder(dir: string, onChange: () => void): () => void {
  const watcher = watch(dir, { recursive: true, persistent: false }, onChange);
  watcher.on('error', onChange);
  return () => watcher.close();
}
