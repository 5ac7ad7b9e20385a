import type { Admission, House, QueryRun, QueryStatus } from '../house.ts';
import { endedOf, pendingOf, refusedBy } from './words.ts';
import type { Asked, NotRun } from './judge.ts';

/** What became of an admission: leave to run, or why not. */
export type Settled =
  | { readonly is: 'run'; readonly run: QueryRun }
  | { readonly is: 'not-run'; readonly why: NotRun };

export type Held = {
  readonly signal: AbortSignal;
  readonly onHeld: (status: QueryStatus) => void;
};

type Parts = {
  readonly house: Pick<House, 'wait' | 'redeem' | 'cancel'>;
  readonly holdMs: number;
  readonly urlOf: ((approvalId: string) => string) | undefined;
};

/** From an admission to a run: held as long as the operator says, redeemed as soon as people said yes. */
export function createHold({
  house,
  holdMs,
  urlOf,
}: Parts): (first: Admission, asked: Asked, how: Held) => Promise<Settled> {
  const waiting = createWaiting();
  const gone = async (asked: Asked, id: string): Promise<Settled> => {
    if (waiting.isLast(id)) await house.cancel(asked.agent, id);
    return notRun(GONE);
  };

  const settle = async (admission: Admission, asked: Asked, how: Held): Promise<Settled> => {
    switch (admission.is) {
      case 'released':
        return released(admission.run, how);
      case 'refused':
        return notRun(refusedBy(admission));
      case 'ended':
        return ended(admission.status, asked, how);
      case 'ready':
        if (how.signal.aborted) return notRun(GONE);
        return redeemed(await house.redeem(asked.agent, admission.status.id), asked, how);
      case 'held':
        how.onHeld(admission.status);
        return hold(admission.status, asked, how);
    }
  };

  const hold = async (status: QueryStatus, asked: Asked, how: Held): Promise<Settled> => {
    const { id } = status;
    using _ = waiting.enter(id);
    const until = performance.now() + holdMs;
    for (let left = holdMs; ; left = until - performance.now()) {
      if (how.signal.aborted) return gone(asked, id);
      const seen = await house.wait(asked.agent, id, { ms: left, signal: how.signal });
      if (seen.is !== 'held')
        return how.signal.aborted ? gone(asked, id) : settle(seen, asked, how);
      if (how.signal.aborted || performance.now() < until) continue;
      waiting.promise(id);
      return notRun(pendingOf(seen.status, urlOf));
    }
  };

  const redeemed = async (spent: Admission, asked: Asked, how: Held): Promise<Settled> =>
    // what is ready still was refused its grant: nothing is tried again by itself
    spent.is === 'ready' || spent.is === 'held'
      ? notRun(pendingOf(spent.status, urlOf))
      : settle(spent, asked, how);

  const ended = async (status: QueryStatus, asked: Asked, how: Held): Promise<Settled> => {
    const { state, successor } = status;
    if (state !== 'superseded' || successor === undefined) return notRun(endedOf(status, urlOf));
    const next = await house.wait(asked.agent, successor, { ms: 0, signal: how.signal });
    // a plain statement may become another one, and what is stored runs (R3); one that was bound is what it is
    if (asked.arguments.values === undefined && next.is !== 'refused')
      return settle(next, asked, how);
    return notRun(endedOf(status, urlOf, 'status' in next ? next.status : undefined));
  };
  return settle;
}

/** R4: what was released for a client that is gone did not run, and says so. */
function released(run: QueryRun, { signal }: Held): Settled {
  if (!signal.aborted) return { is: 'run', run };
  run.report({ outcome: 'failed', summary: 'the client was gone before it ran' });
  return notRun(GONE);
}

const notRun = (why: NotRun): Settled => ({ is: 'not-run', why });
const GONE: NotRun = { is: 'refused', message: 'NOT EXECUTED, cancelled: the client withdrew it' };

const MOST_PROMISED = 10_000;

/**
 * Who waits for what: clients that ask the same wait for one question, and who leaves does not withdraw it from the others,
 * nor from one that was told to come back.
 */
function createWaiting() {
  const counts = new Map<string, number>();
  const promised = new Set<string>();
  return {
    enter: (id: string): Disposable => {
      counts.set(id, (counts.get(id) ?? 0) + 1);
      return {
        [Symbol.dispose]: () => {
          const left = (counts.get(id) ?? 1) - 1;
          if (left > 0) counts.set(id, left);
          else counts.delete(id);
        },
      };
    },
    isLast: (id: string): boolean => (counts.get(id) ?? 0) <= 1 && !promised.has(id),
    promise: (id: string): void => {
      promised.add(id);
      const [oldest] = promised;
      if (promised.size > MOST_PROMISED && oldest !== undefined) promised.delete(oldest);
    },
  };
}
