import {
  createListeners,
  instant,
  toBytes,
  type Clock,
  type Head,
  type LastSigned,
  type LedgerStore,
} from '@countersign/core';
import { createAppender, type Limits } from './appender.ts';
import { databasePath, lockFolder, openReader } from './database.ts';
import { toStoreFailure } from './failure.ts';
import type { HeadData } from './protocol.ts';
import { refuseRollback } from './last-signed.ts';
import { createReader } from './reader.ts';
import { startWriter } from './writer-thread.ts';

/** What an embedded ledger is opened with. */
export type SqliteStoreOptions = {
  /** Folder of the database; created if missing. One process at a time. */
  readonly folder: string;
  readonly clock: Clock;
  /** When given, a ledger older than what was signed is refused. */
  readonly lastSigned?: LastSigned;
  readonly limits?: Limits;
  /** The writer's thread; crash tests put a faulty one here. */
  readonly worker?: URL;
};

const isSource = import.meta.url.endsWith('.ts');
const WORKER = new URL(isSource ? './worker.ts' : './worker.js', import.meta.url);
const LIMITS: Limits = { queuedEvents: 20_000, queuedBytes: 64 * 1024 * 1024 };

type Close = () => Promise<void> | void;

/** Opens the ledger of a folder. Throws `StoreFailure` when it cannot be trusted or written. */
export async function createSqliteStore(options: SqliteStoreOptions): Promise<LedgerStore> {
  const opened: Close[] = [];
  const close = async (): Promise<void> => {
    for (const undo of opened.splice(0).toReversed()) await undo();
  };
  try {
    return await open(options, opened, close);
  } catch (cause) {
    await close();
    throw toStoreFailure(cause, databasePath(options.folder));
  }
}

async function open(
  { folder, clock, lastSigned, limits = LIMITS, worker = WORKER }: SqliteStoreOptions,
  opened: Close[],
  close: () => Promise<void>,
): Promise<LedgerStore> {
  const lock = lockFolder(folder);
  opened.push(() => lock.close());
  const thread = await startWriter({ folder, now: clock() }, worker);
  opened.push(() => thread.close());
  const readOnly = openReader(folder);
  opened.push(() => readOnly.close());

  let head = headOf(thread.head);
  const reader = createReader(readOnly, () => head.size);
  if (lastSigned) await refuseRollback(reader, head, lastSigned);
  const listeners = createListeners();
  const appender = createAppender({
    thread,
    limits,
    now: clock,
    onCommitted: (next, written) => {
      head = headOf(next);
      for (const [unit, appended] of written)
        listeners.tell({ stream: unit.stream, ...appended, unit });
    },
  });
  opened.push(appender.stop);
  return {
    ...reader,
    append: appender.append,
    erase: thread.erase,
    head: async () => head,
    onAppended: listeners.add,
    close,
  };
}

const headOf = ({ size, root, at }: HeadData): Head => ({
  size,
  root: toBytes(root),
  at: instant(at),
});
