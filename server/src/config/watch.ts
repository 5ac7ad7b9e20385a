import { watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { loadConfig, type Loaded, type Origin } from './load.ts';
import type { ConfigProblem } from './problem.ts';

/** Who is told. A bad configuration never replaces the good one: `refused` hears of it, `replaced` does not. */
export type Watchers = {
  readonly replaced: (loaded: Loaded) => void;
  readonly refused: (problems: readonly ConfigProblem[]) => void;
};

/** A watch on the configuration. `reload` also serves where only a secret changed. */
export type ConfigWatch = { readonly reload: () => Promise<void>; readonly close: () => void };

const SETTLE_MS = 100;

/** Loads again whenever the file changes, one load at a time. */
export function watchConfig(origin: Origin, { replaced, refused }: Watchers): ConfigWatch {
  let last: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const load = async (): Promise<void> => {
    const loaded = await loadConfig(origin);
    if (isClosed) return;
    if (loaded.ok) replaced(loaded.value);
    else refused(loaded.error);
  };
  const reload = (): Promise<void> => {
    last = last.then(load, load);
    return last;
  };
  const file = basename(origin.path);
  // the folder, not the file: editors replace files instead of writing them
  const watcher = watch(dirname(resolve(origin.path)), { persistent: false }, (_, name) => {
    // Kubernetes mounts swap `..data`
    if (name !== null && name !== file && name !== '..data') return;
    clearTimeout(timer);
    timer = setTimeout(() => void reload(), SETTLE_MS);
  });
  watcher.on('error', () => watcher.close());
  const close = (): void => {
    isClosed = true;
    clearTimeout(timer);
    watcher.close();
  };
  return { reload, close };
}
