import type { Mounted } from '@countersign/gate-postgres';
import type { InForce } from '../config/audit.ts';
import type { DatabaseEntry } from '../config/postgres.ts';
import type { Secret } from '../config/forms.ts';
import { faultOf, type Log } from '../log.ts';
import type { Mount } from './mount.ts';

/** The databases that are mounted now. */
export type Mounts = {
  readonly all: ReadonlyMap<string, Mounted>;
  /** Whether one is known, and could be reached when it was last tried; undefined where it is not mounted. */
  readonly isUp: (database: string) => boolean | undefined;
  /** Mounts what is in force, keeps what is the same, lets go what is not there any more or is another one. */
  readonly follow: (inForce: Pick<InForce, 'config' | 'classes'>) => void;
  readonly close: () => void;
};

type Kept = Mount & { readonly said: string };

/** @param onLeft told of each database that is let go, so that nobody goes on with it */
export function createMounts(parts: {
  readonly mount: (entry: DatabaseEntry) => Mount;
  readonly onLeft: (database: string) => void;
  readonly log: Log;
}): Mounts {
  const { log, onLeft } = parts;
  const kept = new Map<string, Kept>();
  const all = new Map<string, Mounted>();
  let classes = '';
  const leave = (name: string): void => {
    kept.get(name)?.close();
    if (kept.delete(name)) onLeft(name);
    all.delete(name);
  };
  const put = (entry: DatabaseEntry): void => {
    const { name } = entry;
    const said = textOf(entry);
    if (kept.get(name)?.said === said) return;
    leave(name);
    try {
      const made = parts.mount(entry);
      kept.set(name, { ...made, said });
      all.set(name, made.mounted);
    } catch (error) {
      // R2: one that cannot be reached as its operator wants it is not reached in another way
      log.error('postgres-mount-failed', { database: name, ...faultOf(error) });
    }
  };
  return {
    all,
    isUp: (database) => kept.get(database)?.isUp(),
    follow: (inForce) => {
      const { databases } = inForce.config.postgres;
      const names = new Set(databases.map(({ name }) => name));
      for (const name of kept.keys()) if (!names.has(name)) leave(name);
      databases.forEach(put);
      const now = JSON.stringify(inForce.classes ?? {});
      if (classes !== '' && classes !== now)
        for (const { catalog } of all.values()) void catalog.refresh();
      classes = now;
    },
    close: () => [...kept.keys()].forEach(leave),
  };
}

/** Everything a connection depends on, secrets too: what is the same goes on. Attributes and classes are asked for anew each time. */
const textOf = (entry: DatabaseEntry): string =>
  JSON.stringify({ ...entry, attrs: undefined, classes: undefined }, (_, value: unknown) =>
    typeof value === 'object' && value !== null && 'reveal' in value
      ? (value as Secret).reveal()
      : value,
  );
