import type { Judge, Judgement, Question } from '@countersign/core';
import { createLocalAsker, type Asker } from './asker.ts';
import { encode } from './encode.ts';
import type { PolicySet } from './policy-set.ts';
import { createRemembering } from './remembering.ts';
import { createWorkerAsker } from './worker-asker.ts';
import { concludeFrom, deny, rulebookOf, type Answer, type Rulebook } from './verdict.ts';

/** The engine and version that every judgement names. */
const ENGINE = 'cedar-4.13.0';

/** The running policy: a judge whose set can be replaced while it answers. */
export type PolicyEngine = Judge & {
  /** The set in force. */
  readonly current: () => PolicySet;
  /** Puts another set in force once its engine is ready; until then, and if that fails, the old one answers. */
  readonly replace: (set: PolicySet) => Promise<void>;
  /** How often an engine had to be replaced after a trap. */
  readonly recycled: () => number;
  readonly close: () => Promise<void>;
};

export type PolicyEngineParts = {
  readonly set: PolicySet;
  /** `worker` keeps the event loop free; `in-process` saves the hop and a thread. */
  readonly run?: 'worker' | 'in-process';
  /** False: every question is put to the engine, also one that was answered before. */
  readonly remembers?: boolean;
};

type InForce = {
  readonly book: Rulebook;
  readonly asker: Asker;
  /** What was concluded from an answer: an answer that is remembered is the same object again. */
  readonly concluded: WeakMap<Answer, Judgement>;
};

/** Makes the judge. Everything but making it is total: a question is answered, whatever happens (R2). */
export async function createPolicyEngine({
  set,
  run = 'worker',
  remembers: isRemembering = true,
}: PolicyEngineParts): Promise<PolicyEngine> {
  const remembers = isRemembering ? createRemembering : (asker: Asker): Asker => asker;
  const enforce = async (next: PolicySet): Promise<InForce> => ({
    book: rulebookOf(next, ENGINE),
    asker: remembers(
      run === 'worker' ? await createWorkerAsker(next) : createLocalAsker(next),
      next,
    ),
    concluded: new WeakMap(),
  });
  let inForce = await enforce(set);
  let recycledBefore = 0;
  let replacing: Promise<void> = Promise.resolve();
  const putInForce = async (next: PolicySet, before: Promise<void>): Promise<void> => {
    await before;
    const made = await enforce(next);
    const { asker } = inForce;
    inForce = made;
    await asker.close();
    recycledBefore += asker.recycled();
  };
  return {
    judge: (question) => judge(inForce, question),
    current: () => inForce.book.set,
    replace(next) {
      // one after the other, so that the set asked for last is the one in force
      const before = replacing.catch(() => undefined);
      replacing = putInForce(next, before);
      return replacing;
    },
    recycled: () => recycledBefore + inForce.asker.recycled(),
    async close() {
      await replacing.catch(() => undefined);
      await inForce.asker.close();
    },
  };
}

async function judge(inForce: InForce, question: Question): Promise<Judgement> {
  const { book, asker } = inForce;
  try {
    const encoded = encode(question);
    if ('refused' in encoded) {
      const { path, why } = encoded.refused;
      return deny(book, 'input-rejected', [`${path}: ${why}`]);
    }
    return conclude(inForce, await asker.ask(encoded.call));
  } catch {
    return deny(book, 'engine-trap', ['the policy engine failed']);
  }
}

/** INVARIANT: of a set and an answer there is one conclusion, and both are never changed, only replaced. */
function conclude({ book, concluded }: InForce, answer: Answer): Judgement {
  const before = concluded.get(answer);
  if (before) return before;
  const judgement = Object.freeze(concludeFrom(book, answer));
  concluded.set(answer, judgement);
  return judgement;
}
