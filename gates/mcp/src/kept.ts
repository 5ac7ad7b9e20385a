import type { Received, Response } from './message.ts';

/** How running a call ended, kept for whoever comes back to the same redemption. */
export type Ran =
  | {
      readonly is: 'answered';
      readonly response: Received<Response>;
      /** Whether anything was spent: what was not even begun is not kept. */
      readonly isBegun: boolean;
    }
  | { readonly is: 'parted' }
  /** The session at the server is over; the client has to begin another. */
  | { readonly is: 'gone' };

/** One run per action of an agent in this process, and what came of it for a while. */
export type Kept = {
  /** Starts `run` unless this action of this agent runs, or ran, here: then that is the answer. */
  readonly once: (agent: string, actionId: string, run: () => Promise<Ran>) => Promise<Ran>;
  /** What came, or is coming, of an action that was begun here. */
  readonly find: (agent: string, actionId: string) => Promise<Ran> | undefined;
  readonly close: () => void;
};

const MOST_BYTES = 64 * 1024 * 1024;

const keyOf = (agent: string, actionId: string): string => `${actionId} ${agent}`;

type Entry = { readonly ran: Promise<Ran>; until: number; bytes: number };

/** Makes the memory of results. It is bounded: the oldest go first, and a result that is gone is told as such. */
export function createKept(now: () => number, keptMs: number): Kept {
  const entries = new Map<string, Entry>();
  let bytes = 0;
  const drop = (key: string): void => {
    bytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  const sweep = (): void => {
    for (const [key, { until }] of entries) {
      if (until === Number.POSITIVE_INFINITY) continue; // still running
      // the others stand in the order of their ends: the first that stays is the last to look at
      if (until > now() && bytes <= MOST_BYTES) return;
      drop(key);
    }
  };
  const settle = (key: string, entry: Entry, ran: Ran): void => {
    if (entries.get(key) !== entry) return;
    entries.delete(key);
    if (ran.is === 'gone' || (ran.is === 'answered' && !ran.isBegun)) return;
    entry.bytes = ran.is === 'answered' ? ran.response.text.length : 0;
    entry.until = now() + keptMs;
    bytes += entry.bytes;
    entries.set(key, entry);
    sweep();
  };
  return {
    once: (agent, actionId, run) => {
      const key = keyOf(agent, actionId);
      sweep();
      const known = entries.get(key);
      if (known) return known.ran;
      const entry: Entry = { ran: run(), until: Number.POSITIVE_INFINITY, bytes: 0 };
      entries.set(key, entry);
      void entry.ran.then(
        (ran) => settle(key, entry, ran),
        () => drop(key),
      );
      return entry.ran;
    },
    find: (agent, actionId) => {
      sweep();
      return entries.get(keyOf(agent, actionId))?.ran;
    },
    close: () => {
      entries.clear();
      bytes = 0;
    },
  };
}
