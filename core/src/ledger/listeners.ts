import type { Appended, Unit } from '../ports.ts';

type Listener = (unit: Unit, appended: Appended) => void;

/** Those who hear of every unit, for a store to tell. */
export type Listeners = {
  readonly add: (listener: Listener) => () => void;
  readonly tell: (unit: Unit, appended: Appended) => void;
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
    tell: (unit, appended) => {
      for (const listener of listeners) {
        try {
          listener(unit, appended);
        } catch (cause) {
          rethrow(cause);
        }
      }
    },
  };
}
