import type { Run } from './house.ts';
import type { Id } from './message.ts';
import type { Caller } from './link.ts';

/** A call on its way at a server: what runs, and what its next leg must repeat (`State`). */
export type Going = {
  readonly run: Run;
  readonly turn: number;
  readonly at: string;
  /** Worked out for the few that have a next leg. */
  readonly matter: () => string;
};

/** Calls whose stream the server closed before it answered, by whose they are: what comes for them on a resumed stream is masked and reported. */
export type Parted = {
  readonly put: (caller: Caller, id: Id, call: Going) => void;
  readonly take: (caller: Caller, id: Id) => Going | undefined;
  readonly close: () => void;
};

const MOST = 10_000;

const keyOf = ({ agent, session }: Caller, id: Id): string =>
  JSON.stringify([agent, session ?? null, id]);

/** Makes the memory of parted calls; one that is forgotten stays without a report, and becomes `unknown`. */
export function createParted(now: () => number, openMs: number): Parted {
  const calls = new Map<string, Going & { readonly until: number }>();
  return {
    put: (caller, id, call) => {
      calls.set(keyOf(caller, id), { ...call, until: now() + openMs });
      for (const [key, { until }] of calls) {
        if (until > now() && calls.size <= MOST) return;
        calls.delete(key);
      }
    },
    take: (caller, id) => {
      const key = keyOf(caller, id);
      const call = calls.get(key);
      calls.delete(key);
      return call;
    },
    close: () => calls.clear(),
  };
}
