import { decodeEntry, evolve, replay, type Approval, type StoredEntry } from '@countersign/core';
import { createAckCheck } from './checks/acks.ts';
import type { Check, Step } from './checks/check.ts';
import { createReleaseCheck } from './checks/release.ts';
import { createTimeCheck } from './checks/time.ts';
import { createTreeCheck } from './checks/tree.ts';
import { createWaitingCheck } from './checks/waiting.ts';
import type { Evidence } from './evidence.ts';
import type { Tell, Violation } from './violation.ts';

/** What a whole ledger says after a run. */
export type Checked = {
  readonly entries: number;
  readonly actions: number;
  readonly violations: readonly Violation[];
  /** How late time's own entries were, in ms. */
  readonly lateness: readonly number[];
};

/** Holds a ledger, entry by entry, against the rules and against everything the clients hold. Reads nothing else. */
export function check(entries: Iterable<StoredEntry>, evidence: Evidence): Checked {
  const violations: Violation[] = [];
  const lateness: number[] = [];
  const tell: Tell = (violation) => void violations.push(violation);
  const onLateness = (ms: number): void => void lateness.push(ms);
  const tree = createTreeCheck(tell, evidence);
  const streams = createStreams(tell, [
    createReleaseCheck(tell, undefined),
    createWaitingCheck(tell, evidence.limits),
    createTimeCheck(tell, { ...evidence, onLateness }),
    createAckCheck(tell, evidence.acks),
  ]);
  let expected = 0;
  for (const entry of entries) {
    if (entry.seq !== expected)
      tell({
        rule: 'seq-gap',
        seqs: [entry.seq],
        ids: [entry.stream],
        detail: `entry ${expected} was expected here`,
      });
    expected = entry.seq + 1;
    tree.push(entry.entry);
    streams.push(entry);
  }
  tree.end();
  streams.end();
  return { entries: expected, actions: streams.actions(), violations, lateness };
}

/** Every stream gap-free, and every event one that its state may meet. */
function createStreams(tell: Tell, checks: readonly Check[]) {
  const versions = new Map<string, number>();
  const states = new Map<string, Approval>();
  let actions = 0;

  function push({ seq, stream, version, entry }: StoredEntry): void {
    const expected = (versions.get(stream) ?? 0) + 1;
    if (version !== expected)
      tell({
        rule: 'stream-gap',
        seqs: [seq],
        ids: [stream],
        detail: `number ${version}, ${expected} was expected`,
      });
    versions.set(stream, version);
    if (!stream.startsWith('act_')) return;
    const event = eventOf(entry);
    if (!event)
      return tell({ rule: 'not-an-entry', seqs: [seq], ids: [stream], detail: 'no JSON' });
    const before = states.get(stream) ?? NOTHING;
    const after = evolve(before, event);
    const step: Step = { seq, stream, event, before, after };
    if (before === NOTHING) actions++;
    if (!isLegal(step))
      tell({
        rule: 'illegal-event',
        seqs: [seq],
        ids: [stream],
        detail: `\`${event.type}\` where the action is \`${before.state}\``,
      });
    states.set(stream, isForgettable(after) ? OVER : after);
    for (const { see } of checks) see(step);
  }

  return {
    push,
    actions: () => actions,
    end: () => {
      for (const [stream, { state }] of states)
        if (state === 'none' || state === 'proposed' || state === 'judged')
          tell({
            rule: 'illegal-event',
            seqs: [],
            ids: [stream],
            detail: `ends as \`${state}\`: part of a unit is missing`,
          });
      for (const { end } of checks) end?.();
    },
  };
}

const NOTHING: Approval = replay([]);

/** Stands for every settled action that nothing can change: a long run has very many. */
const OVER = Object.freeze({ state: 'denied', last: { type: 'forgotten' } }) as unknown as Approval;

const isForgettable = (approval: Approval): boolean =>
  'last' in approval && (approval.state !== 'unknown' || approval.closed !== undefined);

/** `evolve` absorbs what may not be, so an event must change the state, but for the two that only say something. */
function isLegal({ event, before, after }: Step): boolean {
  if (before !== after) return true;
  const isSaid = event.type === 'action.joined' || event.type === 'approval.approved';
  return isSaid && before.state === 'pending';
}

function eventOf(entry: string): Step['event'] | undefined {
  try {
    return decodeEntry({ entry });
  } catch {
    return undefined;
  }
}
