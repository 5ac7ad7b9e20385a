import type { News } from '../ports.ts';

type Listener = (news: News) => void;

/** Those who hear of every entry, for a store to tell. */
export type Listeners = {
  readonly add: (listener: Listener) => () => void;
  readonly tell: (news: News) => void;
};

const rethrow = (cause: unknown): void =>
  queueMicrotask(() => {
    throw cause;
  });

/** A list of listeners. One that throws fails by itself: the unit is durable and its writer must hear so. */
export function createListeners(): Listeners {
  const listeners = new Set<Listener>();
  return {
    add: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tell: (news) => {
      for (const listener of listeners) {
        try {
          listener(news);
        } catch (cause) {
          rethrow(cause);
        }
      }
    },
  };
}
