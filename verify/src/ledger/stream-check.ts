import { fromUtf8 } from '../bytes.ts';
import { parseEntry } from '../entry.ts';
import { createEpochCheck } from './epoch-check.ts';
import { SETTLED, START, step, type Course } from '../evidence/course.ts';
import { fail, ok, type Result } from '../result.ts';

/** Looks at entries in ledger order; tells the first that is malformed, leaves a gap or breaks a rule. */
export type StreamCheck = {
  readonly take: (leaf: Uint8Array, index: number) => Result<void>;
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
    if (!actions || !stream.startsWith('act_')) return ok(undefined); // L23
    // a course that was dropped is settled: only what a settled action may still see can follow
    const before = open.get(stream) ?? (n === 1 ? START : SETTLED);
    const next = step(before, { entry, origin, where: `entry ${index} (${entry.type})` });
    if (!next.ok) return next;
    if (next.value.isSettled) open.delete(stream);
    else open.set(stream, next.value);
    return ok(undefined);
  };
  return { take, finish: epochs.finish };
}
