import {
  createGroupCommit,
  createListeners,
  err,
  instant,
  ok,
  refuseRollback,
  toBytes,
  type Clock,
  type Head,
  type LastSigned,
  type LedgerStore,
  type Limits,
  type AppendOutcome,
  type Sized,
  type Unit,
} from '@countersign/core';
import { databasePath, lockFolder, openReader } from './database.ts';
import { toStoreFailure } from './failure.ts';
import { encodeBatch } from './encode-batch.ts';
import type { HeadData, UnitReply } from './protocol.ts';
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
  async function write(batch: readonly Sized[]): Promise<readonly AppendOutcome[]> {
    const reply = await thread.write({ type: 'batch', ...encodeBatch(batch), now: clock() });
    head = headOf(reply.head);
    const outcomes = batch.map(({ unit }, i) => outcomeOf(unit, reply.units[i]));
    for (const [i, { unit }] of batch.entries()) {
      const outcome = outcomes[i];
      if (outcome?.ok) listeners.tell({ stream: unit.stream, ...outcome.value, unit });
    }
    return outcomes;
  }
  const appender = createGroupCommit({
    write,
    failure: thread.failure,
    limits,
    soon: setImmediate,
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

function outcomeOf(unit: Unit, reply: UnitReply | undefined): AppendOutcome {
  if (!reply) throw new RangeError('the writer left a unit without an answer');
  if ('refusal' in reply) return err(reply.refusal);
  return ok({
    firstSeq: reply.firstSeq,
    version: unit.expectedVersion + unit.entries.length,
  });
}
