import type { Call } from './encode.ts';
import { createEngine } from './engine.ts';
import type { PolicySet } from './policy-set.ts';
import type { Answer } from './verdict.ts';
import { warmUp } from './warm-up.ts';

/** Puts calls to an engine somewhere. `ask` never rejects. */
export type Asker = {
  readonly ask: (call: Call) => Promise<Answer>;
  /** How often its engine was replaced after a trap or death. */
  readonly recycled: () => number;
  /** Takes no more questions, answers those it has, ends. */
  readonly close: () => Promise<void>;
};

/** The answer where there is no engine to give one. */
export const TRAPPED: Answer = { type: 'trapped' };

/** An engine on this thread: no hop, but it holds the event loop for each question. */
export function createLocalAsker(set: PolicySet): Asker {
  const engine = createEngine(set);
  warmUp(engine, set);
  let isClosed = false;
  return {
    ask: (call) => Promise.resolve(isClosed ? TRAPPED : engine.ask(call)),
    recycled: engine.recycled,
    close() {
      isClosed = true;
      return Promise.resolve();
    },
  };
}
