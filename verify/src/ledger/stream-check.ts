import { fromUtf8 } from '../bytes.ts';
import { parseEntry, type Entry } from '../entry.ts';
import { SETTLED, START, step, type Course } from '../evidence/course.ts';
import type { Vote } from '../evidence/event.ts';
import type { Primitives } from '../primitives.ts';
import { fail, ok, type Result } from '../result.ts';
import { createEpochCheck } from './epoch-check.ts';
import { createKeyCheck } from './key-check.ts';
import { createToolCheck } from './tool-check.ts';
import { createWaiverCheck } from './waiver-check.ts';

/** Looks at entries in ledger order; tells the first that is malformed, leaves a gap or breaks a rule. */
export type StreamCheck = {
  readonly take: (leaf: Uint8Array, index: number) => Result<void>;
  /** Checks the signatures of passkeys in what was taken since the last call. */
  readonly signatures: (primitives: Primitives) => Promise<Result<void>>;
  /** What only all of them together show. */
  readonly finish: () => Result<void>;
};

/**
 * Every stream without a gap (L3): one number per stream is remembered. With `actions`, every event of every action by the
 * rules of evidence too: the course of each action is remembered until it is settled.
 */
export function createStreamCheck(origin: string, actions: boolean): StreamCheck {
  const last = new Map<string, number>();
  const open = new Map<string, Course>();
  const epochs = createEpochCheck(origin);
  const keys = createKeyCheck();
  const waivers = createWaiverCheck();
  const tools = createToolCheck();
  const takeWaiver = (entry: Entry, index: number): Result<void> => {
    const where = `entry ${index} (${entry.type})`;
    const taken = waivers.take(entry, where);
    if (!taken.ok) return taken;
    return taken.value?.proof ? keys.answer(taken.value, index, where) : ok(undefined);
  };
  const take: StreamCheck['take'] = (leaf, index) => {
    const text = fromUtf8(leaf.subarray(1));
    const entry = text === undefined ? undefined : parseEntry(text);
    if (!entry)
      return fail('entry-malformed', `entry ${index} is not the canonical JSON of an event`);
    const { stream, n } = entry;
    const expected = (last.get(stream) ?? 0) + 1;
    if (n !== expected)
      return fail('stream-gap', `entry ${index} is number ${n} of \`${stream}\`, not ${expected}`);
    last.set(stream, n);
    const begun = epochs.take(entry, index);
    if (!begun.ok) return begun;
    if (!actions) return ok(undefined);
    if (stream.startsWith('waiver-')) return takeWaiver(entry, index); // L35
    if (stream.startsWith('tools-')) return tools.take(entry, `entry ${index} (${entry.type})`); // L39
    if (stream === 'directory') tools.meet(entry);
    if (!stream.startsWith('act_')) return keys.take(entry, index); // L23
    // a course that was dropped is settled: only what a settled action may still see can follow
    const before = open.get(stream) ?? (n === 1 ? START : SETTLED);
    const where = `entry ${index} (${entry.type})`;
    const next = step(before, { entry, origin, where });
    if (!next.ok) return next;
    if (next.value.isSettled) open.delete(stream);
    else open.set(stream, next.value);
    const waived = isUnderWaiver(entry)
      ? waivers.use(next.value.waived ?? [], entry, where)
      : ok(undefined);
    if (!waived.ok) return waived;
    const answer = answerOf(entry, next.value);
    return answer?.proof ? keys.answer(answer, index, where) : ok(undefined);
  };
  return { take, signatures: keys.finish, finish: epochs.finish };
}

/** Where a waiver must be in force: when an action goes on under it, and when it runs. */
const isUnderWaiver = ({ type }: Pick<Entry, 'type'>): boolean =>
  type === 'action.waived' || type === 'grant.redeemed';

/** The answer that an entry is. */
const answerOf = ({ type }: Pick<Entry, 'type'>, course: Course): Vote | undefined => {
  if (type === 'approval.vote-cast') return course.votes.at(-1);
  if (type === 'approval.glass-broken') return course.glass?.vote;
  return type === 'approval.confirmed' ? course.confirmed : undefined;
};
