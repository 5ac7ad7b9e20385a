import { sha256, type Card } from '@countersign/core';

const hexOf = (text: string): string =>
  sha256(text)
    .replace(/^sha256:/, '')
    .slice(0, 32);
/** A key as the id of a mail: the same mail is the same id. */
export const idOf = (key: string): string => hexOf(`mail ${key}`);
/** All mails about one request hang below an id that no mail has. */
export const threadOf = ({ view }: Card): string => hexOf(`thread ${view.approvalId}`);

/** What is needed to write below a mail: its id, for whom it was, and whether its thread has ended. No address: that is asked anew. */
export type Copy = { readonly id: string; readonly place: string; readonly isEnded: boolean };

/** A copy as the text that is kept. */
export const copyOf = ({ id, place, isEnded }: Copy): string =>
  `${id} ${isEnded ? 'ended' : 'open'} ${place}`;

/** A copy from what was kept. */
export function readCopy(text: string): Copy | undefined {
  const [, id = '', state, place = ''] =
    /^([0-9a-f]{32}) (open|ended) (person:.{1,800})$/s.exec(text) ?? [];
  return state === undefined ? undefined : { id, place, isEnded: state === 'ended' };
}
