import type { Channel, ChannelTrouble, Delivered } from '@countersign/core';
import { compose } from './compose.ts';
import { copyOf, idOf, readCopy, threadOf } from './copy.ts';
import { deliveredOf } from './delivered.ts';
import { sendLetter } from './send.ts';
import { isAddress, mailbox, mailServer, type EmailSettings, type Mailbox } from './settings.ts';
import {
  askingWords,
  lateWords,
  noticeWords,
  settledWords,
  tellingWords,
  type Wording,
} from './wording.ts';

export type EmailParts = {
  /** The mailbox of a person, from the directory; asked anew for every mail. */
  readonly addressOf: (person: string) => Promise<string | undefined>;
  readonly tell: ChannelTrouble;
  readonly timeoutMs?: number;
};

const TOGETHER = 3;
const TIMEOUT_MS = 10_000;

/** Which mail of which thread. */
type Place = { readonly key: string; readonly below: readonly string[] };

/** What is wrong with settings, before anything is sent with them. */
export function emailTrouble({ url, from }: EmailSettings): 'url' | 'from' | undefined {
  if (!mailServer(url)) return 'url';
  return mailbox(from) ? undefined : 'from';
}

/**
 * Writes to people. Mails notify: no link in them carries a secret and no answer to them is read, so neither a forwarded mail
 * nor a scanner that opens links decides anything (A22). One mail asks, one tells how it ended.
 */
export function createEmail(
  settings: EmailSettings,
  { addressOf, tell, timeoutMs = TIMEOUT_MS }: EmailParts,
): Channel & { readonly close: () => void } {
  const server = mailServer(settings.url);
  const sender = mailbox(settings.from);
  const domain = sender?.address.split('@').at(-1) ?? '';
  const messageId = (id: string): string => `<${id}@${domain}>`;
  let isClosed = false;

  async function write(place: string, wording: Wording, { key, below }: Place): Promise<Delivered> {
    if (!server || !sender)
      return { did: 'refused', because: 'the settings of the mail server are not in order' };
    if (isClosed) return { did: 'again', because: 'the gateway is stopping' };
    const to = await findMailbox(place, addressOf);
    if ('did' in to) return to;
    const id = idOf(key);
    const message = await compose({
      from: sender,
      to,
      wording,
      messageId: messageId(id),
      references: below.map(messageId),
    });
    const sent = await sendLetter(
      server,
      { from: sender.address, to: to.address, message },
      timeoutMs,
    );
    const delivered = deliveredOf(sent, copyOf({ id, place, isEnded: false }));
    const isAboutOne = !sent.ok && sent.at === 'recipient';
    if (!isAboutOne) tell(delivered.did === 'done' ? undefined : delivered.because);
    return delivered;
  }

  return {
    id: settings.id,
    kind: 'email',
    together: TOGETHER,
    close: () => (isClosed = true),
    post: async (place, card, key) => {
      const words = card.isOpen ? askingWords(card) : lateWords(card);
      const delivered = await write(place, words, { key, below: [threadOf(card)] });
      if (delivered.did !== 'done' || card.isOpen) return delivered;
      return { did: 'done', copy: copyOf({ id: idOf(key), place, isEnded: true }) };
    },
    update: async (text, card) => {
      const copy = readCopy(text);
      if (!copy) return NO_COPY;
      // what was sent stays as it is; only the end is told, once
      if (card.isOpen || copy.isEnded) return { did: 'done', copy: text };
      const below = [threadOf(card), copy.id];
      const key = `${copy.id} ended`;
      const delivered = await write(copy.place, settledWords(card), { key, below });
      if (delivered.did !== 'done') return delivered;
      return { did: 'done', copy: copyOf({ ...copy, isEnded: true }) };
    },
    tell: async (text, card, notice, key) => {
      const copy = readCopy(text);
      if (!copy) return NO_COPY;
      // the mail that tells the end says all of it, and comes next
      if (!card.isOpen && !copy.isEnded) return { did: 'done', copy: text };
      const below = [threadOf(card), copy.id];
      return write(copy.place, tellingWords(card, notice), { key, below });
    },
    alert: (place, notice, key) => write(place, noticeWords(notice), { key, below: [] }),
  };
}

const NO_COPY: Delivered = { did: 'refused', because: 'no mail was sent that this would be about' };

async function findMailbox(
  place: string,
  addressOf: EmailParts['addressOf'],
): Promise<Mailbox | Delivered> {
  const [, person] = /^person:(.+)$/s.exec(place) ?? [];
  if (person === undefined) return { did: 'refused', because: 'a mail goes to a person' };
  try {
    const address = await addressOf(person);
    return address !== undefined && isAddress(address)
      ? { name: '', address }
      : { did: 'refused', because: 'no mailbox of this person is known' };
  } catch {
    return { did: 'again', because: 'the directory could not be asked' };
  }
}
