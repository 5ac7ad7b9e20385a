// A vendor as a channel meets it: messages at places, and every way in which the world goes wrong.
import type { Card, Channel, Delivered, Notice } from '@countersign/core';

type Message = {
  readonly place: string;
  readonly key: string;
  card?: Card;
  notice?: Notice;
  edits: number;
  readonly thread: Notice[];
};

export type Vendor = {
  readonly channel: Channel;
  readonly messages: Message[];
  /** How it answers from now on. `lost`: it does what it was asked, and its answer does not arrive. */
  mood: 'well' | 'down' | 'lost' | 'busy' | 'refusing';
  /** A place that takes nothing now, though all else is well. */
  full?: string;
  /** How often it was spoken to. */
  calls: number;
};

/** Makes a vendor; `has` leaves abilities out. */
export function createVendor(
  id: string,
  has: { kind?: Channel['kind']; update?: false; find?: false; pauseMs?: number } = {},
): Vendor {
  const messages: Message[] = [];
  const copyOf = (message: Message): string => `${message.place}/${messages.indexOf(message)}`;
  async function answer(act: () => Message | undefined, place?: string): Promise<Delivered> {
    vendor.calls++;
    await Promise.resolve();
    if (place !== undefined && place === vendor.full)
      return { did: 'again', because: 'the mailbox is full', isOnlyHere: true };
    if (vendor.mood === 'down') return { did: 'again', because: 'cannot be reached' };
    if (vendor.mood === 'busy')
      return { did: 'again', because: 'too fast', afterMs: has.pauseMs ?? 30_000 };
    if (vendor.mood === 'refusing') return { did: 'refused', because: 'not in the channel' };
    const message = act();
    if (vendor.mood === 'lost') return { did: 'unsure', because: 'no answer in time' };
    return message
      ? { did: 'done', copy: copyOf(message) }
      : { did: 'gone', because: 'not there any more' };
  }
  const at = (copy: string): Message | undefined => messages[Number(copy.split('/').at(-1))];
  const put = (place: string, key: string, what: Partial<Message>): Message => {
    const message: Message = { place, key, edits: 0, thread: [], ...what };
    messages.push(message);
    return message;
  };
  const channel: Channel = {
    id,
    kind: has.kind ?? 'slack',
    together: 4,
    post: (place, card, key) => answer(() => put(place, key, { card }), place),
    alert: (place, notice, key) => answer(() => put(place, key, { notice })),
    tell: (copy, _, notice) =>
      answer(() => {
        at(copy)?.thread.push(notice);
        return at(copy);
      }),
    ...(has.update !== false && {
      update: (copy, card) =>
        answer(() => {
          const message = at(copy);
          if (message) Object.assign(message, { card, edits: message.edits + 1 });
          return message;
        }),
    }),
    ...(has.find !== false && {
      find: (place, key) =>
        answer(() => messages.find((one) => one.place === place && one.key === key)),
    }),
  };
  const vendor: Vendor = { channel, messages, mood: 'well', calls: 0 };
  return vendor;
}
