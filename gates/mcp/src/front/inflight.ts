import type { Id } from '../message.ts';

/** Requests of sessions that are under way here, so that a client can cancel one by its id. */
export type InFlight = {
  /** Enters a request with what cancels it, and gives the way out; undefined where one of this id is under way. */
  readonly enter: (
    session: string,
    id: Id,
    cancelling: AbortController,
  ) => (() => void) | undefined;
  /** Cancels a request; false where there is none of this id here. */
  readonly cancel: (session: string, id: Id) => boolean;
};

/** Makes an empty register. */
export function createInFlight(): InFlight {
  const open = new Map<string, AbortController>();
  return {
    enter: (session, id, cancelling) => {
      const key = keyOf(session, id);
      if (open.has(key)) return undefined;
      open.set(key, cancelling);
      return () => void open.delete(key);
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
