import { watchFolder } from './load.ts';
import { loadPolicyFolder, type LoadOptions } from './load-set.ts';
import type { PolicySet } from './policy-set.ts';
import type { Problem } from './problem.ts';

export type WatchParts = LoadOptions & {
  readonly dir: string;
  /** The set in force; a load that gives the same digest is not reported. */
  readonly set: PolicySet;
  /** A good set was loaded; put it in force. */
  readonly onLoaded: (set: PolicySet) => void | Promise<void>;
  /** A good set was loaded that is in force already: what was refused before is mended. */
  readonly onUnchanged?: () => void;
  /** A bad set was refused; what is in force stays. */
  readonly onRefused: (problems: readonly Problem[]) => void;
  /** Quiet time after the last change before loading. */
  readonly settleMs?: number;
};

/** A folder being watched. */
export type PolicyWatch = {
  /** Loads now, whether or not anything changed; resolves when it is reported. */
  readonly reload: () => Promise<void>;
  readonly close: () => void;
};

/** Reloads a policy folder as it changes, one load at a time. A bad set never replaces a good one. */
export function watchPolicyFolder(parts: WatchParts): PolicyWatch {
  const { dir, onLoaded, onUnchanged, onRefused, settleMs = 200 } = parts;
  let digest = parts.set.digest;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const load = async (): Promise<void> => {
    const loaded = await loadPolicyFolder(dir, parts);
    if (!loaded.ok) return onRefused(loaded.error);
    if (loaded.value.digest === digest) return onUnchanged?.();
    await onLoaded(loaded.value);
    digest = loaded.value.digest;
  };
  const reload = (): Promise<void> => {
    running = running.then(load, load);
    return running;
  };
  const stop = watchFolder(dir, () => {
    clearTimeout(timer);
    // a failure to put a set in force leaves the old one there; the next change tries again
    timer = setTimeout(() => void reload().catch(() => undefined), settleMs);
  });
  return {
    reload,
    close() {
      clearTimeout(timer);
      stop();
    },
  };
}
