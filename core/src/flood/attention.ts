import type { ApprovalId } from '../ids.ts';
import { after, type Instant } from '../time.ts';

/** How long a request counts against those it was put before. */
export const ATTENTION_MS = 3_600_000;

/** A request as it takes attention: who asked, and the humans it was put before. */
export type Attended = {
  readonly approvalId: ApprovalId;
  readonly at: Instant;
  readonly agent: string;
  readonly humans: readonly string[];
};

/**
 * What was put before whom within the last hour (A11, L37). Lives in memory and is made anew from the ledger; requests
 * that other gateways put before people are heard of a moment later.
 */
export type Attention = {
  /** Those of these humans who are not to be asked by this agent now, with the time when they may be again. */
  readonly spent: (
    agent: string,
    humans: Iterable<string>,
    now: Instant,
  ) => ReadonlyMap<string, Instant>;
  /** Counts a request, once however often it is told. */
  readonly take: (attended: Attended) => void;
  /** Of a request that was not put before anybody after all. */
  readonly giveBack: (id: ApprovalId) => void;
  /** How many requests of an agent count. */
  readonly countOf: (agent: string, now: Instant) => number;
};

/**
 * An empty window. At most `most` requests are put before any one human in an hour, and half of them by one agent: one
 * that floods leaves room for the others.
 */
export function createAttention(most: number): Attention {
  const half = Math.max(1, Math.floor(most / 2));
  const window: Attended[] = []; // oldest first
  const known = new Set<ApprovalId>();
  const times = new Map<string, Instant[]>(); // by key, oldest first

  function forget(attended: Attended): void {
    known.delete(attended.approvalId);
    for (const key of keysOf(attended)) {
      const left = times.get(key) ?? [];
      left.splice(left.indexOf(attended.at), 1);
      if (left.length === 0) times.delete(key);
    }
  }

  function slide(now: Instant): void {
    const first = window.findIndex(({ at }) => at + ATTENTION_MS > now);
    for (const one of window.splice(0, first < 0 ? window.length : first)) forget(one);
  }

  /** When fewer than `limit` count under a key; undefined where that is so already. */
  function freeAt(key: string, limit: number): Instant | undefined {
    const at = times.get(key);
    const last = at?.at(-limit);
    return last === undefined ? undefined : after(last, ATTENTION_MS);
  }

  return {
    spent: (agent, humans, now) => {
      slide(now);
      const found = new Map<string, Instant>();
      for (const human of humans) {
        const all = freeAt(humanKey(human), most);
        const own = freeAt(pairKey(agent, human), half);
        const later = all === undefined || (own !== undefined && own > all) ? own : all;
        if (later !== undefined) found.set(human, later);
      }
      return found;
    },
    take: (attended) => {
      if (known.has(attended.approvalId)) return;
      known.add(attended.approvalId);
      const { at } = attended;
      window.splice(
        placeOf(window, (one) => one.at, at),
        0,
        attended,
      );
      for (const key of keysOf(attended)) {
        const kept = times.get(key) ?? [];
        times.set(key, kept);
        kept.splice(
          placeOf(kept, (one) => one, at),
          0,
          at,
        );
      }
    },
    giveBack: (id) => {
      const at = window.findLastIndex(({ approvalId }) => approvalId === id);
      for (const one of at < 0 ? [] : window.splice(at, 1)) forget(one);
    },
    countOf: (agent, now) => {
      slide(now);
      return times.get(agentKey(agent))?.length ?? 0;
    },
  };
}

const humanKey = (human: string): string => `human\0${human}`;
const agentKey = (agent: string): string => `agent\0${agent}`;
const pairKey = (agent: string, human: string): string => `pair\0${agent}\0${human}`;

const keysOf = ({ agent, humans }: Attended): readonly string[] => [
  agentKey(agent),
  ...humans.flatMap((human) => [humanKey(human), pairKey(agent, human)]),
];

/** Where a moment stands in a list that is nearly always told in order. */
function placeOf<T>(list: readonly T[], momentOf: (one: T) => Instant, at: Instant): number {
  let place = list.length;
  for (let one = list[place - 1]; one !== undefined && momentOf(one) > at; one = list[place - 1])
    place--;
  return place;
}
