import type { Call } from './encode.ts';
import { createEngine } from './engine.ts';
import { startWorker, type PolicyWorker } from './load.ts';
import type { PolicySet } from './policy-set.ts';
import type { Answer } from './verdict.ts';
import { warmUp } from './warm-up.ts';
import type { Batch, Said } from './worker.ts';

/** Puts calls to an engine somewhere. `ask` never rejects. */
export type Asker = {
  readonly ask: (call: Call) => Promise<Answer>;
  /** How often its engine was replaced after a trap or death. */
  readonly recycled: () => number;
  /** Takes no more questions, answers those it has, ends. */
  readonly close: () => Promise<void>;
};

const TRAPPED: Answer = { type: 'trapped' };

/** An engine on this thread: no hop, but it holds the event loop for each question. */
export function createLocalAsker(set: PolicySet): Asker {
  const engine = createEngine(set);
  warmUp(engine, set);
  return {
    ask: (call) => Promise.resolve(engine.ask(call)),
    recycled: engine.recycled,
    close: () => Promise.resolve(),
  };
}

/** At most this many questions travel together; the rest waits for the worker to come back. */
const MAX_BATCH = 16;
/** Two batches under way keep the worker busy while answers travel. */
const MAX_UNDER_WAY = 2;
/** A worker silent for this long is dead. */
const SILENCE_MS = 5_000;

type Waiting = { readonly call: Call; readonly resolve: (answer: Answer) => void };

/**
 * An engine in one worker thread. A question leaves at once when the worker is free, else with the next batch.
 * States: `ready` (a worker answers), `starting` (every question is denied at once, R2), `closed` (likewise).
 */
export async function createWorkerAsker(set: PolicySet): Promise<Asker> {
  const { schema, index } = set;
  const policies = set.policies.map(({ id, matchSource, scope }) => ({ id, matchSource, scope }));
  const start = (): Promise<PolicyWorker> =>
    started(startWorker({ role: 'judge', rules: { schema, index, policies } }));

  let worker: PolicyWorker | undefined;
  let isClosed = false;
  let recycledBefore = 0;
  let recycledNow = 0;
  let waiting: Waiting[] = [];
  let underWay: (readonly Waiting[])[] = [];
  let silence: NodeJS.Timeout | undefined;

  const listen = (to: PolicyWorker): void => {
    worker = to;
    to.on('message', (said: Said) => {
      if (said.type !== 'answers' || worker !== to) return;
      recycledNow = said.recycled;
      const answers = JSON.parse(said.answers) as readonly Answer[];
      const [batch = [], ...rest] = underWay;
      underWay = rest;
      send();
      for (const [i, one] of batch.entries()) one.resolve(answers[i] ?? TRAPPED);
    });
    to.on('error', () => lose(to));
    to.on('exit', () => lose(to));
  };

  const lose = (lost: PolicyWorker): void => {
    if (worker !== lost) return;
    worker = undefined;
    recycledBefore += recycledNow + 1;
    recycledNow = 0;
    const stranded = [...underWay.flat(), ...waiting];
    underWay = [];
    waiting = [];
    clearTimeout(silence);
    for (const { resolve } of stranded) resolve(TRAPPED);
    void lost.terminate();
    void revive();
  };

  const revive = async (): Promise<void> => {
    for (let waitMs = 50; !isClosed; waitMs = Math.min(2 * waitMs, 5_000)) {
      try {
        const next = await start();
        if (isClosed) await next.terminate();
        else listen(next);
        return;
      } catch {
        await new Promise((resolve) => void setTimeout(resolve, waitMs));
      }
    }
  };

  const send = (): void => {
    clearTimeout(silence);
    while (worker && waiting.length > 0 && underWay.length < MAX_UNDER_WAY) {
      const batch = waiting.slice(0, MAX_BATCH);
      waiting = waiting.slice(MAX_BATCH);
      underWay.push(batch);
      worker.postMessage({ calls: JSON.stringify(batch.map(({ call }) => call)) } satisfies Batch);
    }
    const asked = worker;
    if (asked && underWay.length > 0) silence = setTimeout(() => lose(asked), SILENCE_MS);
  };

  /** Resolves when nothing is waiting; bounded by `SILENCE_MS`. */
  const idle = async (): Promise<void> => {
    while (worker && (underWay.length > 0 || waiting.length > 0))
      await new Promise((resolve) => void setTimeout(resolve, 1));
  };

  listen(await start());
  return {
    ask: (call) =>
      new Promise((resolve) => {
        if (!worker || isClosed) return resolve(TRAPPED);
        if (waiting.push({ call, resolve }) === 1) queueMicrotask(send);
      }),
    recycled: () => recycledBefore + recycledNow,
    close: async () => {
      isClosed = true;
      await idle();
      const last = worker;
      worker = undefined;
      await last?.terminate();
    },
  };
}

function started(worker: PolicyWorker): Promise<PolicyWorker> {
  return new Promise((resolve, reject) => {
    worker.once('message', () => resolve(worker));
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the policy worker ended while starting')));
  });
}
