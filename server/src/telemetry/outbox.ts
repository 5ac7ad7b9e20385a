/** What waits to be sent away. Adding never waits and never throws. */
export type Outbox<T> = {
  readonly add: (items: readonly T[]) => void;
  /** Sends what is left, once, and takes no more. */
  readonly stop: () => Promise<void>;
};

export type OutboxParts<T> = {
  readonly send: (items: readonly T[]) => Promise<void>;
  /** Most items that wait; what comes beyond is dropped. */
  readonly most: number;
  /** Most items of one sending. */
  readonly batch: number;
  readonly everyMs: number;
  readonly onSent: (count: number) => void;
  readonly onDropped: (count: number, reason: 'full' | 'refused') => void;
};

/** A bounded queue, emptied in batches, one at a time; a batch that could not be sent is given up. */
export function createOutbox<T>(parts: OutboxParts<T>): Outbox<T> {
  const { send, most, batch, everyMs, onSent, onDropped } = parts;
  const waiting: T[] = [];
  let sending: Promise<void> | undefined;
  let isStopped = false;

  async function empty(): Promise<void> {
    while (waiting.length > 0) {
      const items = waiting.splice(0, batch);
      try {
        await send(items);
        onSent(items.length);
      } catch {
        // whoever sends has tried again, and says why; the rest waits for the next turn, if there is one
        onDropped(items.length + (isStopped ? waiting.splice(0).length : 0), 'refused');
        return;
      }
    }
  }
  const turn = (): Promise<void> =>
    (sending ??= empty().finally(() => {
      sending = undefined;
    }));
  const timer = setInterval(() => void turn(), everyMs).unref();

  return {
    add: (items) => {
      const room = isStopped ? 0 : Math.max(0, most - waiting.length);
      waiting.push(...items.slice(0, room));
      if (items.length > room) onDropped(items.length - room, 'full');
    },
    stop: async () => {
      isStopped = true;
      clearInterval(timer);
      await sending;
      await turn();
    },
  };
}
