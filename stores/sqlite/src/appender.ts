import {
  err,
  measureUnit,
  ok,
  StoreFailure,
  type Appended,
  type AppendRefusal,
  type Result,
  type Unit,
} from '@countersign/core';
import { encodeBatch, sizeOfUnit } from './encode-batch.ts';
import type { HeadData, UnitReply } from './protocol.ts';
import type { WriterThread } from './writer-thread.ts';

const BATCH_EVENTS = 512;
const BATCH_BYTES = 4 * 1024 * 1024;

/** How much may wait before new units are refused as `overloaded`. */
export type Limits = { readonly queuedEvents: number; readonly queuedBytes: number };

type Outcome = Result<Appended, AppendRefusal>;
type Waiting = {
  readonly unit: Unit;
  readonly bytes: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (cause: unknown) => void;
};

/** Units on their way to the writer. */
export type Appender = {
  readonly append: (unit: Unit) => Promise<Outcome>;
  /** Takes no more units; resolves when every waiter has its answer. */
  readonly stop: () => Promise<void>;
};

/**
 * Group commit with natural batching: idle → flush on the next turn of the loop; a batch in flight → collect;
 * flush on its answer. One batch is in flight at a time.
 */
export function createAppender(parts: {
  readonly thread: WriterThread;
  readonly limits: Limits;
  readonly now: () => number;
  readonly onCommitted: (head: HeadData, written: readonly (readonly [Unit, Appended])[]) => void;
}): Appender {
  const { thread, limits, now } = parts;
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
      const { units, buffer } = encodeBatch(batch);
      const reply = await thread.write({ type: 'batch', units, buffer, now: now() });
      const outcomes = batch.map(({ unit }, i) => outcomeOf(unit, reply.units[i]));
      const written = batch.flatMap(({ unit }, i) => {
        const outcome = outcomes[i];
        return outcome?.ok ? [[unit, outcome.value] as const] : [];
      });
      parts.onCommitted(reply.head, written);
      for (const [i, { resolve }] of batch.entries()) {
        const outcome = outcomes[i];
        if (outcome) resolve(outcome);
      }
    } catch (cause) {
      for (const { reject } of batch) reject(cause);
    }
  }

  async function flush(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (waiting.length > 0) await writeBatch(takeBatch());
    flushing = undefined;
  }

  return {
    append: (unit) =>
      new Promise((resolve, reject) => {
        const failure = thread.failure();
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

function outcomeOf(unit: Unit, reply: UnitReply | undefined): Outcome {
  if (!reply) throw new RangeError('the writer left a unit without an answer');
  if ('refusal' in reply) return err(reply.refusal);
  return ok({
    firstSeq: reply.firstSeq,
    version: unit.expectedVersion + unit.entries.length,
  });
}
