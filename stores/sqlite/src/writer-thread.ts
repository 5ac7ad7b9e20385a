import { Worker } from 'node:worker_threads';
import { StoreFailure } from '@countersign/core';
import { fromData } from './failure.ts';
import type { HeadData, Reply, Request, UnitReply, WriterData } from './protocol.ts';

type BatchReply = Extract<Reply, { readonly type: 'batch' }>;
type Pending = {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (cause: unknown) => void;
};

/** The writer in its own thread, so that no fsync ever stops the event loop. */
export type WriterThread = {
  readonly head: HeadData;
  /** Why nothing can be written any more. */
  readonly failure: () => StoreFailure | undefined;
  readonly write: (batch: Extract<Request, { readonly type: 'batch' }>) => Promise<{
    readonly units: readonly UnitReply[];
    readonly head: HeadData;
  }>;
  readonly erase: (stream: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Starts the thread and resolves when the ledger is open. */
export async function startWriter(data: WriterData, script: URL): Promise<WriterThread> {
  const worker = new Worker(script, {
    workerData: data,
    // a thread has none of its parent's loader hooks, so from source it is told where ours lies
    ...(script.pathname.endsWith('.ts') && { execArgv: ['--conditions=@countersign/source'] }),
  });
  const pending: Pending[] = [];
  let failure: StoreFailure | undefined;

  function fail(cause: StoreFailure): void {
    failure ??= cause;
    for (const { reject } of pending.splice(0)) reject(failure);
  }
  worker.on('message', (reply: Reply) => pending.shift()?.resolve(reply));
  worker.on('error', (cause) =>
    fail(new StoreFailure('store-failed', 'the ledger writer crashed', { cause })),
  );
  worker.on('exit', () => fail(new StoreFailure('store-failed', 'the ledger is closed')));

  const receive = (): Promise<Reply> =>
    new Promise((resolve, reject) => void pending.push({ resolve, reject }));
  function ask(request: Request, transfer: ArrayBuffer[] = []): Promise<Reply> {
    if (failure) return Promise.reject(failure);
    const reply = receive();
    try {
      worker.postMessage(request, transfer);
    } catch (cause) {
      // whether it went out is unknown, so the next reply may not be the next request's
      fail(new StoreFailure('store-failed', 'the ledger writer cannot be reached', { cause }));
    }
    return reply;
  }

  const opened = await receive();
  if (opened.type !== 'ready') {
    await worker.terminate();
    throw opened.type === 'failed' ? fromData(opened.failure) : unexpected(opened);
  }
  return {
    head: opened.head,
    failure: () => failure,
    write: async (batch): Promise<BatchReply> => {
      const reply = await ask(batch, [batch.buffer]);
      if (reply.type === 'batch') return reply;
      // R1: memory may be ahead of the disk, so nothing is acknowledged from here on
      failure ??= reply.type === 'failed' ? fromData(reply.failure) : unexpected(reply);
      throw failure;
    },
    erase: async (stream) => {
      const reply = await ask({ type: 'erase', stream });
      if (reply.type !== 'erased')
        throw reply.type === 'failed' ? fromData(reply.failure) : unexpected(reply);
    },
    close: async () => {
      await ask({ type: 'close' }).catch(() => undefined); // a poisoned writer just ends
      await worker.terminate();
    },
  };
}

const unexpected = (reply: Reply): StoreFailure =>
  new StoreFailure('store-failed', `the ledger writer answered \`${reply.type}\``);
