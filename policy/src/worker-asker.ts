import { TRAPPED, type Asker } from './asker.ts';
import type { Call } from './encode.ts';
import type { Rules } from './engine.ts';
import { startWorker, type PolicyWorker } from './load.ts';
import type { PolicySet } from './policy-set.ts';
import type { Answer } from './verdict.ts';
import type { Batch, Said } from './worker.ts';

/** At most this many questions travel together; the rest waits for the worker to come back. */
const MAX_BATCH = 16;
/** Two batches under way keep the worker busy while answers travel. */
const MAX_UNDER_WAY = 2;
/** A worker silent for this long is dead. */
const SILENCE_MS = 5_000;
const MAX_PAUSE_MS = 5_000;

type Waiting = { readonly call: Call; readonly resolve: (answer: Answer) => void };

/** An engine in one worker thread. Resolves when it is warm; rejects when it cannot start. */
export async function createWorkerAsker(
  set: PolicySet,
  open: OpenWorker = (rules) => startWorker({ role: 'judge', rules }),
): Promise<Asker> {
  const { schema, index } = set;
  const policies = set.policies.map(({ id, matchSource, scope }) => ({ id, matchSource, scope }));
  const rules = { schema, index, policies };
  const asker = new WorkerAsker(rules, open, await start(rules, open));
  return {
    ask: (call) => asker.ask(call),
    recycled: () => asker.recycled(),
    close: () => asker.close(),
  };
}

/** Opens a thread that will hold these rules. */
export type OpenWorker = (rules: Rules) => PolicyWorker;

function start(rules: Rules, open: OpenWorker): Promise<PolicyWorker> {
  const worker = open(rules);
  return new Promise((resolve, reject) => {
    worker.once('message', () => resolve(worker));
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the policy worker ended while starting')));
  });
}

/**
 * `ready` (there is a worker): a question leaves with its turn of the event loop, or with the next batch.
 * `starting` (the worker died, the next one is on its way): every question is denied at once (R2).
 * `closed`: likewise, for good.
 */
class WorkerAsker {
  readonly #rules: Rules;
  readonly #open: OpenWorker;
  #worker: PolicyWorker | undefined;
  #isClosed = false;
  #recycledBefore = 0;
  #recycledNow = 0;
  #waiting: Waiting[] = [];
  #underWay: (readonly Waiting[])[] = [];
  #silence: NodeJS.Timeout | undefined;
  #onIdle: (() => void) | undefined;

  constructor(rules: Rules, open: OpenWorker, worker: PolicyWorker) {
    this.#rules = rules;
    this.#open = open;
    this.#listen(worker);
  }

  ask(call: Call): Promise<Answer> {
    if (!this.#worker || this.#isClosed) return Promise.resolve(TRAPPED);
    return new Promise((resolve) => {
      if (this.#waiting.push({ call, resolve }) === 1) queueMicrotask(() => this.#send());
    });
  }

  recycled(): number {
    return this.#recycledBefore + this.#recycledNow;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (!this.#isIdle()) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    const last = this.#worker;
    this.#worker = undefined;
    await last?.terminate();
  }

  #isIdle(): boolean {
    return !this.#worker || this.#underWay.length + this.#waiting.length === 0;
  }

  #listen(worker: PolicyWorker): void {
    this.#worker = worker;
    worker.on('message', (said: Said) => {
      if (said.type === 'answers' && this.#worker === worker) this.#answer(said);
    });
    worker.on('error', () => this.#lose(worker));
    worker.on('exit', () => this.#lose(worker));
  }

  #answer(said: Extract<Said, { type: 'answers' }>): void {
    this.#recycledNow = said.recycled;
    const answers = JSON.parse(said.answers) as readonly Answer[];
    const batch = this.#underWay.shift() ?? [];
    this.#send();
    for (const [i, { resolve }] of batch.entries()) resolve(answers[i] ?? TRAPPED);
    if (this.#isIdle()) this.#onIdle?.();
  }

  #send(): void {
    const worker = this.#worker;
    clearTimeout(this.#silence);
    if (!worker) return;
    while (this.#waiting.length > 0 && this.#underWay.length < MAX_UNDER_WAY) {
      const batch = this.#waiting.splice(0, MAX_BATCH);
      this.#underWay.push(batch);
      const said: Batch = { calls: JSON.stringify(batch.map(({ call }) => call)) };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage(said);
    }
    if (this.#underWay.length > 0) this.#silence = setTimeout(() => this.#lose(worker), SILENCE_MS);
  }

  #lose(worker: PolicyWorker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#recycledBefore += this.#recycledNow + 1;
    this.#recycledNow = 0;
    clearTimeout(this.#silence);
    for (const { resolve } of [...this.#underWay.flat(), ...this.#waiting]) resolve(TRAPPED);
    this.#underWay = [];
    this.#waiting = [];
    this.#onIdle?.();
    void worker.terminate();
    void this.#revive();
  }

  async #revive(): Promise<void> {
    for (let pauseMs = 50; !this.#isClosed; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      const worker = await start(this.#rules, this.#open).catch(() => undefined);
      if (worker && this.#isClosed) return void (await worker.terminate());
      if (worker) return this.#listen(worker);
      await new Promise((resolve) => void setTimeout(resolve, pauseMs));
    }
  }
}
