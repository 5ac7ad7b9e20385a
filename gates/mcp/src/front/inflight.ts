import type { Id } from '../message.ts';

/** Requests of sessions that are under way here, so that a client can cancel one by its id. */
export type InFlight = {
  /** Enters a request; undefined where one of this id is under way. `signal` aborts with `gone` as well. */
  readonly enter: (
    session: string,
    id: Id,
    gone: AbortSignal,
  ) => { readonly signal: AbortSignal; readonly leave: () => void } | undefined;
  /** Cancels a request; false where there is none of this id here. */
  readonly cancel: (session: string, id: Id) => boolean;
};

/** Makes an empty register. */
export function createInFlight(): InFlight {
  const open = new Map<string, AbortController>();
  return {
    enter: (session, id, gone) => {
      const key = keyOf(session, id);
      if (open.has(key)) return undefined;
      const cancelling = new AbortController();
      open.set(key, cancelling);
      return {
        signal: AbortSignal.any([cancelling.signal, gone]),
        leave: () => void open.delete(key),
      };
    },
    cancel: (session, id) => {
      const found = open.get(keyOf(session, id));
      found?.abort('cancelled');
      return found !== undefined;
    },
  };
}

/** An id of text and one of digits are two ids. */
const keyOf = (session: string, id: Id): string => `${session} ${JSON.stringify(id)}`;
