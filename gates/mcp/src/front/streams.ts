import { CODES, refusal, type Refusal } from './refusal.ts';

/** Streams without an end of their own: what servers say unasked. */
export type Streams = {
  /** Enters one of an agent; refused beyond what one agent may have open. Its signal aborts when the gateway stops, too. */
  readonly open: (
    agent: string,
    gone: AbortSignal,
  ) => { readonly signal: AbortSignal; readonly close: () => void } | Refusal;
  readonly stop: () => void;
  readonly isStopping: () => boolean;
};

const MOST = 256;

/** Counts streams by agent, so that none of them takes the connections of the others. */
export function createStreams(most: number = MOST): Streams {
  const stopping = new AbortController();
  const counts = new Map<string, number>();
  const add = (agent: string, by: 1 | -1): void => {
    const count = (counts.get(agent) ?? 0) + by;
    if (count > 0) counts.set(agent, count);
    else counts.delete(agent);
  };
  return {
    open: (agent, gone) => {
      if ((counts.get(agent) ?? 0) >= most)
        return refusal(429, CODES.transport, `an agent has at most ${most} streams open`, {
          headers: ['retry-after', '30'],
        });
      add(agent, 1);
      return {
        signal: AbortSignal.any([gone, stopping.signal]),
        close: () => add(agent, -1),
      };
    },
    stop: () => stopping.abort('stopping'),
    isStopping: () => stopping.signal.aborted,
  };
}
