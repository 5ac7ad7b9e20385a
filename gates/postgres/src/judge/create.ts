import type { CatalogFollower } from '../catalog/catalog.ts';
import type { Estimate, House, QueryRun } from '../house.ts';
import type { DatabaseSettings } from '../parts.ts';
import { everyText } from '../query-facts.ts';
import type { Classify, TextFacts } from '../sql/facts.ts';
import { DENIED, RISKS, type Risk } from '../sql/risks.ts';
import { createBook, type Entry } from './book.ts';
import { createClassifier } from './classifier.ts';
import { createHold, type Held, type Settled } from './hold.ts';
import type { Asked, Judge, Judged } from './judge.ts';
import { mayRepeat } from './repeatable.ts';
import type { Standing } from './standing.ts';
import { refusedBy, unfitFor } from './words.ts';

/** What a judge works with. */
export type JudgeParts = {
  readonly database: string;
  readonly catalog: Pick<CatalogFollower, 'now'>;
  readonly classify: Classify;
  /** A text without its literals; undefined where that cannot be told. */
  readonly shapeOf: (text: string) => string | undefined;
  readonly house: House;
  readonly settings: Pick<DatabaseSettings, 'holdMs'>;
  /** The planner's guess at a statement that did not run; undefined where it has none. Never throws. */
  readonly estimate?: (text: string, facts: TextFacts) => Promise<Estimate | undefined>;
  readonly urlOf?: (approvalId: string) => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** What sessions of one database ask before anything runs. Closing ends permissions that stand, and tells what ran under them. */
export function createJudge(parts: JudgeParts): Judge & { readonly close: () => void } {
  const { catalog, house, urlOf } = parts;
  const classify = createClassifier(catalog, parts.classify);
  const book = createBook(parts);
  const hold = createHold({ house, holdMs: parts.settings.holdMs, urlOf });

  /** Facts of what is stored: a person may have edited it (R3). */
  const concluded = (settled: Settled): Judged => {
    if (settled.is === 'not-run') return settled;
    const { run } = settled;
    const known = classify(run.arguments.text);
    if (known.is === 'understood') return { is: 'run', run, facts: known.facts };
    run.report({ outcome: 'failed', summary: 'it is not understood any more; nothing ran' });
    return { is: 'not-run', why: unfitFor(known.message, []) };
  };

  /** What the gate refuses is proposed all the same, so that it is on record; whatever comes of that, it does not run (R2). */
  const recorded = async (asked: Asked, message: string): Promise<Judged> => {
    const admission = await house.admit(asked);
    if (admission.is === 'refused') return { is: 'not-run', why: refusedBy(admission) };
    if (admission.is === 'released')
      admission.run.report({ outcome: 'failed', summary: 'the gate refused it; nothing ran' });
    if (admission.is === 'held' || admission.is === 'ready')
      await house.cancel(asked.agent, admission.status.id);
    const reasons = admission.is === 'ended' ? admission.status.reasons : [];
    return { is: 'not-run', why: unfitFor(message, reasons) };
  };

  const estimated = async (
    entry: Entry | undefined,
    text: string,
    facts: TextFacts,
  ): Promise<Estimate | undefined> => {
    if (!parts.estimate || !isWorthAGuess(facts)) return undefined;
    const { generation } = book.ground();
    const slot = entry?.slot;
    if (slot?.estimate?.generation === generation) return slot.estimate.is;
    const is = await parts.estimate(text, facts);
    if (slot) slot.estimate = { generation, is };
    return is;
  };

  const ask = async (asked: Asked, how: Held): Promise<Judged> => {
    const { text } = asked.arguments;
    if (!catalog.now()) return { is: 'not-run', why: BLIND };
    const known = classify(text);
    if (known.is === 'refused') return recorded(asked, known.message);
    const refused = everyText(asked.arguments)
      .map(classify)
      .find((one) => one.is === 'refused');
    if (refused) return recorded(asked, refused.message);
    const { facts } = known;
    const denied = deniedIn(facts);
    if (denied !== undefined) return recorded(asked, RISKS[denied][1]);
    const entry = mayRepeat(asked.arguments, facts) ? book.entry(asked) : undefined;
    const evidence = await estimated(entry, text, facts);
    // who comes while it is asked for waits for that; nothing else is waited for between looking and asking
    while (entry?.slot.opening && !book.standing(entry)) await entry.slot.opening;
    const standing = entry && book.standing(entry);
    if (standing) return repeated(standing, asked);
    if (entry && book.isAllowed(entry))
      return concluded(await hold(await book.open(entry, asked, { facts, evidence }), asked, how));
    const before = book.ground();
    const admission = await house.admit({ ...asked, ...(evidence && { evidence }) });
    if (entry) entry.slot.allowed = admission.is === 'released' ? before : undefined;
    return concluded(await hold(admission, asked, how));
  };

  return {
    classify,
    permitted: book.permitted,
    ask: async (asked, how) => {
      try {
        return await ask(asked, how);
      } catch {
        return { is: 'not-run', why: FAILED };
      }
    },
    close: book.close,
  };
}

const BLIND = refusedBy({
  message: 'the gate does not know this database yet',
  isRetryable: true,
});
const FAILED = refusedBy({ message: 'the gate failed; nothing ran', isRetryable: false });

/** A run under a permission that stands: the client's own text, since its shape is what is permitted (R1). */
function repeated(standing: Standing, { arguments: args }: Asked): Judged {
  const permit = standing.take();
  const report: QueryRun['report'] = ({ outcome }) => permit.ran(outcome);
  const run = { actionId: standing.actionId, arguments: args, report };
  return { is: 'run', run, facts: permit.facts };
}

/** What is refused whatever policy says. */
const deniedIn = ({ statements }: TextFacts): Risk | undefined =>
  statements.flatMap(({ risks }) => risks as readonly Risk[]).find((risk) => DENIED.has(risk));

/** One statement that changes something, or of which nobody knows how much it is. */
const isWorthAGuess = ({ statements: [first, ...more] }: TextFacts): boolean =>
  first !== undefined && more.length === 0 && (first.rows === undefined || first.writes.length > 0);
