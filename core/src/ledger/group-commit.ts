import { StoreFailure, type Appended, type AppendRefusal, type Unit } from '../ports.ts';
import { err, type Result } from '../result.ts';
import { measureUnit, sizeOfUnit } from './unit.ts';

const BATCH_EVENTS = 512;
const BATCH_BYTES = 4 * 1024 * 1024;

/** How much may wait before new units are refused as `overloaded`. */
export type Limits = { readonly queuedEvents: number; readonly queuedBytes: number };

/** A unit that waits, with the bytes it takes. */
export type Sized = { readonly unit: Unit; readonly bytes: number };

/** What became of a unit. */
export type AppendOutcome = Result<Appended, AppendRefusal>;

type Waiting = Sized & {
  readonly resolve: (outcome: AppendOutcome) => void;
  readonly reject: (cause: unknown) => void;
};

/** Units on their way to the writer. */
export type GroupCommit = {
  readonly append: (unit: Unit) => Promise<AppendOutcome>;
  /** Takes no more units; resolves when every waiter has its answer. */
  readonly stop: () => Promise<void>;
};

/**
 * Group commit with natural batching: idle → flush on the next turn of the loop; a batch in flight → collect;
 * flush on its answer. One batch is in flight at a time.
 */
export function createGroupCommit(parts: {
  /** Writes a batch in one transaction and answers for each unit, in order. What it throws, every unit of the batch hears. */
  readonly write: (batch: readonly Sized[]) => Promise<readonly AppendOutcome[]>;
  /** Why nothing can be written any more. */
  readonly failure: () => StoreFailure | undefined;
  readonly limits: Limits;
  /** Runs something on the next turn of the event loop. */
  readonly soon: (run: () => void) => void;
}): GroupCommit {
  const { limits } = parts;
  let waiting: Waiting[] = [];
  let queuedEvents = 0;
  let queuedBytes = 0;
  let isStopped = false;
  let flushing: Promise<void> | undefined;

  function takeBatch(): readonly Waiting[] {
    let [count, events, bytes] = [0, 0, 0];
    for (const { unit, bytes: size } of waiting) {
      if (count > 0 && (events + unit.entries.length > BATCH_EVENTS || bytes + size > BATCH_BYTES))
        break;
      [count, events, bytes] = [count + 1, events + unit.entries.length, bytes + size];
    }
    queuedEvents -= events;
    queuedBytes -= bytes;
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  }

  async function writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await parts.write(batch);
      if (outcomes.length !== batch.length)
        throw new RangeError('the writer left a unit without an answer');
      for (const [i, { resolve }] of batch.entries()) {
        const outcome = outcomes[i];
        if (outcome) resolve(outcome);
      }
    } catch (cause) {
      for (const { reject } of batch) reject(cause);
    }
  }

  async function flush(): Promise<void> {
    await new Promise<void>((resolve) => parts.soon(resolve));
    while (waiting.length > 0) await writeBatch(takeBatch());
    flushing = undefined;
  }

  return {
    append: (unit) =>
      new Promise((resolve, reject) => {
        const failure = parts.failure();
        if (failure) throw failure;
        if (isStopped) throw new StoreFailure('store-failed', 'the ledger is closed');
        const bytes = sizeOfUnit(unit, measureUnit(unit));
        const events = unit.entries.length;
        if (queuedEvents + events > limits.queuedEvents || queuedBytes + bytes > limits.queuedBytes)
          return resolve(err({ code: 'overloaded' }));
        queuedEvents += events;
        queuedBytes += bytes;
        waiting.push({ unit, bytes, resolve, reject });
        flushing ??= flush();
      }),
    stop: async () => {
      isStopped = true;
      await flushing;
    },
  };
}
