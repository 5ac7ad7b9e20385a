import type { Shown } from '../approval/shown.ts';
import type { Card } from './card.ts';

export type ChannelKind = 'slack' | 'teams' | 'email' | 'webhook' | 'pagerduty';

/** Something to tell people that is no request: a flood, a broken glass, a passkey that was enrolled. */
export type Notice = {
  /** Type of the event it is about, such as `alert.raised`. */
  readonly type: string;
  /** One line, masked and made visible. */
  readonly headline: string;
  /** More lines, likewise. */
  readonly lines: readonly string[];
  readonly link?: string;
};

/**
 * How a delivery ended. `again`: it did not arrive and may later (`afterMs`: not before, when the vendor said so;
 * `isOnlyHere`: the vendor is well, it is this place that does not take it now).
 * `unsure`: the answer was lost, it may be there. `refused`: it will not, until somebody changes something.
 * `gone`: the copy or the place is not there any more.
 */
export type Delivered =
  | { readonly did: 'done'; readonly copy: string; readonly shown?: Shown }
  | {
      readonly did: 'again';
      readonly because: string;
      readonly afterMs?: number;
      readonly isOnlyHere?: true;
    }
  | { readonly did: 'unsure'; readonly because: string }
  | { readonly did: 'refused'; readonly because: string }
  | { readonly did: 'gone'; readonly because: string };

/**
 * One channel, as the deliverer works it. Obligations, each tested by the channel contract:
 * - nothing here throws or waits longer than the vendor's timeout; whatever goes wrong is a `Delivered`;
 * - `because` is in our words and holds no secret, no address of a person and no text of an agent;
 * - a `copy` is all that is needed to change what was posted, after a restart too; at most 1,000 characters;
 * - agent-controlled text is inert: no markup, no mention, no link, no unfurling (R8, A6);
 * - a card that is not shown whole offers no approval at a click.
 */
export type Channel = {
  /** From the configuration; in the ledger, never changed. */
  readonly id: string;
  readonly kind: ChannelKind;
  /** Most deliveries that may be under way at once. */
  readonly together: number;
  /**
   * Puts a card at a place (`C…`, `person:ana`, whatever the channel understands). `key` tells this message from every other:
   * the vendor is given it where it can tell doubles apart.
   */
  readonly post: (place: string, card: Card, key: string) => Promise<Delivered>;
  /** Brings a copy to what the card says now. Absent: what was sent cannot be changed. */
  readonly update?: (copy: string, card: Card) => Promise<Delivered>;
  /** The copy that was posted under a key, if the vendor can be asked and it is there. */
  readonly find?: (place: string, key: string) => Promise<Delivered>;
  /** One more line below a copy: a thread, a reply. */
  readonly tell?: (copy: string, card: Card, notice: Notice, key: string) => Promise<Delivered>;
  /** A notice on its own. */
  readonly alert: (place: string, notice: Notice, key: string) => Promise<Delivered>;
};

/** A request that reached us from a vendor, as it came: the body is what was signed. */
export type Incoming = {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
};

/** What is answered to a vendor. */
export type Outgoing = {
  readonly status: number;
  readonly type?: string;
  readonly body?: string;
};

/** A channel with its way back: people answer in it. Started once, closed once. */
export type Conversation = {
  readonly channel: Channel;
  /** Takes what a vendor sends over HTTP; absent where it is fetched (Socket Mode). */
  readonly receive?: (incoming: Incoming) => Promise<Outgoing>;
  /** Begins to listen; resolves when it does, or when it is trying. */
  readonly start: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** How a channel stands, for the console and the metrics. */
export type ChannelTrouble = (because: string | undefined) => void;
