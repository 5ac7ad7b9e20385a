import type { Delivered } from '@countersign/core';
import type { Sent } from './send.ts';

const WHAT = {
  connect: 'the mail server could not be reached',
  login: 'the mail server did not let us in',
  recipient: 'the mail server does not take mail for this person',
  message: 'the mail server did not take the message',
} as const;

/** What became of a mail. Replies of servers name mailboxes, so only their number is told. */
export function deliveredOf(sent: Sent, copy: string): Delivered {
  if (sent.ok) return { did: 'done', copy };
  const { code, at, isTaken, isUnencrypted } = sent;
  if (isUnencrypted)
    return { did: 'again', because: 'the mail server could not be spoken to encrypted' };
  // it had the message, and then nothing was heard
  if (code === undefined && isTaken)
    return { did: 'unsure', because: 'the answer of the mail server was lost' };
  const because = code === undefined ? WHAT[at] : `${WHAT[at]} (${code})`;
  if (code === undefined) return { did: at === 'login' ? 'refused' : 'again', because };
  if (code >= 500) return { did: 'refused', because };
  // one full mailbox is not the server's fault, and keeps nobody else from being told
  return { did: 'again', because, ...(at === 'recipient' && { isOnlyHere: true }) };
}
