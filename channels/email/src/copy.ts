import { sha256, type Card } from '@countersign/core';

const hexOf = (text: string): string =>
  sha256(text)
    .replace(/^sha256:/, '')
    .slice(0, 32);
/** A key as the id of a mail: the same mail is the same id. */
export const idOf = (key: string): string => hexOf(`mail ${key}`);
/** All mails about one request hang below an id that no mail has. */
export const threadOf = ({ view }: Card): string => hexOf(`thread ${view.approvalId}`);

/** What is needed to write below a mail: its id and for whom it was. No address: that is asked anew. */
export type Copy = { readonly id: string; readonly place: string };

/** A copy as the text that is kept. */
export const copyOf = ({ id, place }: Copy): string => `${id} ${place}`;

/** A copy from what was kept. */
export function readCopy(text: string): Copy | undefined {
  const [, id, place] = /^([0-9a-f]{32}) (person:.{1,800})$/s.exec(text) ?? [];
  return id === undefined || place === undefined ? undefined : { id, place };
}

const MOST_ENDED = 10_000;

/** Threads whose end was told by this process: states that follow the end are not told as another one. */
export function createEnds(): {
  readonly has: (id: string) => boolean;
  readonly add: (id: string) => void;
} {
  const ids = new Set<string>();
  return {
    has: (id) => ids.has(id),
    add: (id) => {
      ids.add(id);
      const [oldest] = ids;
      if (ids.size > MOST_ENDED && oldest !== undefined) ids.delete(oldest);
    },
  };
}
