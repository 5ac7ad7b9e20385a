import type { ServerResponse } from 'node:http';
import { isId, type LedgerStore, type News } from '@countersign/core';
import { isAsked, type Asked } from './asked.ts';
import type { Folds } from './folds.ts';

/** What a reader is told: that a request changed, or that they should list again. */
type Reader = {
  /** Resolves with why there is something to do: at once if there was meanwhile. */
  readonly next: (ms: number) => Promise<'told' | 'timeout' | 'gone' | 'draining'>;
  /** What there is to tell since the last call, newest state only; `isStale`: something may be missing. */
  readonly take: () => { readonly isStale: boolean; readonly messages: readonly string[] };
  readonly close: () => void;
};

export type Feed = {
  /** Starts to listen; undefined where this person listens too often already. */
  readonly open: (
    by: string,
    response: ServerResponse,
    maySee: (approval: Asked) => boolean,
  ) => Reader | undefined;
  readonly drain: () => void;
  readonly count: () => number;
  readonly close: () => void;
};

type Told = {
  readonly maySee: (approval: Asked) => boolean;
  readonly tell: (id: string, message: string) => void;
  readonly confuse: () => void;
  readonly drain: () => void;
};

// ATTACKER: each reader holds a socket and what they were not told yet
const MOST_READERS = 2_000;
const MOST_PER_PERSON = 16;
const MOST_UNTOLD = 500;
/** Changes heard of and not looked at yet; beyond it everybody lists again. */
const MOST_CHANGED = 2_000;
const GATHER_MS = 50;
const SLICE = 50;

/**
 * Follows the ledger for everybody who looks at the inbox. A change is read once, whoever many listen, and changes of one
 * request that come together are one; a reader who is slow has the newest state of each request waiting, and no queue.
 */
export function createFeed(store: Pick<LedgerStore, 'onAppended'>, folds: Pick<Folds, 'of'>): Feed {
  const readers = new Set<Told>();
  const perPerson = new Map<string, number>();
  let changed = new Set<string>();
  let isTooMuch = false;
  let isDraining = false;
  let timer: NodeJS.Timeout | undefined;

  function hear({ stream, unit }: News): void {
    if (readers.size === 0 || !isId('act', stream)) return;
    // nobody was asked about most actions, and what was written here says so
    if (unit?.standing && unit.standing.approvalId === undefined) return;
    if (changed.size < MOST_CHANGED) changed.add(stream);
    else isTooMuch = true;
    timer ??= setTimeout(() => void look(), GATHER_MS).unref();
  }

  async function look(): Promise<void> {
    const streams = [...changed];
    let isMissing = isTooMuch;
    changed = new Set();
    isTooMuch = false;
    if (isMissing) streams.length = 0;
    for (let at = 0; at < streams.length && readers.size > 0; at += SLICE) {
      const read = await Promise.allSettled(
        streams.slice(at, at + SLICE).map((one) => folds.of(one)),
      );
      for (const one of read)
        if (one.status === 'rejected') isMissing = true;
        else if (isAsked(one.value)) tellAll(one.value);
    }
    if (isMissing) for (const reader of readers) reader.confuse();
    timer = changed.size > 0 ? setTimeout(() => void look(), GATHER_MS).unref() : undefined;
  }

  function tellAll(approval: Asked): void {
    const { state, asked } = approval;
    const { approvalId, version } = asked;
    const message = JSON.stringify({ approvalId, state, version });
    for (const { maySee, tell } of readers) if (maySee(approval)) tell(approvalId, message);
  }

  function open(
    by: string,
    response: ServerResponse,
    maySee: (approval: Asked) => boolean,
  ): Reader | undefined {
    const others = perPerson.get(by) ?? 0;
    if (others >= MOST_PER_PERSON || readers.size >= MOST_READERS) return undefined;
    perPerson.set(by, others + 1);
    const untold = new Map<string, string>();
    let isStale = true; // whoever begins to listen lists first
    let isGone = response.destroyed;
    let wake: ((why: 'told' | 'timeout' | 'gone' | 'draining') => void) | undefined;
    const confuse = (): void => {
      isStale = true;
      untold.clear();
      wake?.('told');
    };
    const told: Told = {
      maySee,
      tell: (id, message) => {
        if (isStale) return;
        untold.delete(id); // the newest goes last
        if (untold.size >= MOST_UNTOLD) return confuse();
        untold.set(id, message);
        wake?.('told');
      },
      confuse,
      drain: () => wake?.('draining'),
    };
    const gone = (): void => {
      isGone = true;
      wake?.('gone');
    };
    readers.add(told);
    response.on('close', gone);
    return {
      next: (ms) =>
        new Promise((resolve) => {
          if (isGone) return resolve('gone');
          if (isDraining) return resolve('draining');
          if (isStale || untold.size > 0) return resolve('told');
          const timeout = setTimeout(() => wake?.('timeout'), ms);
          wake = (why) => {
            wake = undefined;
            clearTimeout(timeout);
            resolve(why);
          };
        }),
      take: () => {
        const taken = { isStale, messages: [...untold.values()] };
        isStale = false;
        untold.clear();
        return taken;
      },
      close: () => {
        response.off('close', gone);
        if (!readers.delete(told)) return;
        const left = (perPerson.get(by) ?? 1) - 1;
        if (left > 0) perPerson.set(by, left);
        else perPerson.delete(by);
      },
    };
  }

  const stop = store.onAppended(hear);
  return {
    open,
    count: () => readers.size,
    drain: () => {
      isDraining = true;
      for (const { drain } of readers) drain();
    },
    close: () => {
      stop();
      clearTimeout(timer);
    },
  };
}
