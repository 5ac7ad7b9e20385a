import { Worker } from 'node:worker_threads';
import type { Answer, EngineData, Question } from './protocol.ts';

type Rows = readonly Readonly<Record<string, unknown>>[];

/** The customer database of the demo: PostgreSQL as PGlite, in this process, on a port of the loopback. */
export type Database = {
  readonly port: number;
  /** Asks as the exporter's own role. */
  readonly query: (sql: string, values: readonly unknown[]) => Promise<Rows>;
  readonly close: () => Promise<void>;
};

/** Starts one with what `seed` makes. */
export async function startDatabase(data: EngineData): Promise<Database> {
  // compiled packages carry .js; a URL is not rewritten by the compiler
  const file = import.meta.url.endsWith('.ts') ? './engine.ts' : './engine.js';
  const worker = new Worker(new URL(file, import.meta.url), { workerData: data });
  const asked = new Map<number, PromiseWithResolvers<Rows>>();
  const started = Promise.withResolvers<number>();
  started.promise.catch(() => undefined); // told where it is awaited
  let count = 0;

  worker.on('message', (message: Answer | { readonly port: number }) => {
    if ('port' in message) return started.resolve(message.port);
    const question = asked.get(message.id);
    asked.delete(message.id);
    if ('rows' in message) question?.resolve(message.rows);
    else question?.reject(new Error(message.error));
  });
  const fail = (cause: unknown): void => {
    const error = new Error('the database of the demo ended', { cause });
    started.reject(error);
    for (const question of asked.values()) question.reject(error);
  };
  worker.once('error', fail).once('exit', fail);
  return {
    port: await started.promise,
    query: (sql, values) => {
      const question = Promise.withResolvers<Rows>();
      asked.set(++count, question);
      const asking: Question = { id: count, sql, values };
      worker.postMessage(asking, []);
      return question.promise;
    },
    close: async () => void (await worker.terminate()),
  };
}
