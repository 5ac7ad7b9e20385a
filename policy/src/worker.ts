// Runs in a worker thread: compiles a candidate and ends (`compile`), runs tests and ends (`test`), or holds an engine and answers (`judge`).
import type { Candidate, Compiled } from './candidate.ts';
import { compile } from './compile.ts';
import type { Call } from './encode.ts';
import { createEngine, type Rules } from './engine.ts';
import { freshCedar, parentPort, workerData } from './load.ts';
import type { PolicySet } from './policy-set.ts';
import type { SourceFile } from './problem.ts';
import { runTests, type Tested } from './test-run.ts';
import { warmUp } from './warm-up.ts';

/** What a worker is started for. */
type Job =
  | { readonly role: 'compile'; readonly candidate: Candidate }
  | { readonly role: 'test'; readonly set: PolicySet; readonly files: readonly SourceFile[] }
  | { readonly role: 'judge'; readonly rules: Rules };
/** Questions for a judging worker: the calls as JSON text, which crosses threads cheaper than objects. */
export type Batch = { readonly calls: string };
/** What a worker says. */
export type Said =
  | { readonly type: 'compiled'; readonly compiled: Compiled }
  | { readonly type: 'tested'; readonly tested: Tested }
  | { readonly type: 'ready' }
  | { readonly type: 'answers'; readonly answers: string; readonly recycled: number };

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
const say = (said: Said): void => parentPort?.postMessage(said);
const job = workerData as Job;

if (job.role === 'compile') {
  say({ type: 'compiled', compiled: compile(freshCedar, job.candidate) });
} else if (job.role === 'test') {
  say({ type: 'tested', tested: await runTests(job.set, job.files) });
} else {
  const engine = createEngine(job.rules);
  warmUp(engine, job.rules);
  parentPort?.on('message', ({ calls }: Batch) => {
    const answers = (JSON.parse(calls) as Call[]).map((call) => engine.ask(call));
    say({ type: 'answers', answers: JSON.stringify(answers), recycled: engine.recycled() });
  });
  say({ type: 'ready' });
}
