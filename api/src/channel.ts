import type { ChannelKind } from '@countersign/core';
import { z } from 'zod';
import { moment } from './field.ts';

/** A channel as it stands. */
export type ChannelItem = {
  /** As in `countersign.yaml`. */
  readonly id: string;
  readonly kind: ChannelKind;
  readonly state: 'up' | 'down';
  /** Since when it is down. */
  readonly since?: string;
  /** Why nothing goes through, or what else is wrong with it at this gateway. */
  readonly because?: string;
  /** Requests and notices this gateway has not delivered there yet. */
  readonly waiting: number;
  /** Requests that are there, or are to be, and not over. */
  readonly open: number;
  /** Requests and notices that could not be put there: see its letters. */
  readonly dead: number;
};
const channelItem: z.ZodType<ChannelItem> = z.strictObject({
  id: z.string(),
  kind: z.enum(['slack', 'teams', 'email', 'webhook', 'pagerduty']),
  state: z.enum(['up', 'down']),
  since: moment.exactOptional(),
  because: z.string().exactOptional(),
  waiting: z.int(),
  open: z.int(),
  dead: z.int(),
});

/** Every configured channel. */
export type ChannelList = { readonly items: readonly ChannelItem[] };
export const channelList: z.ZodType<ChannelList> = z.strictObject({ items: z.array(channelItem) });

/** Something that could not be put somewhere, and why. */
export type DeadLetter = {
  /** `apr_…`, or what the notice is about. */
  readonly subject: string;
  readonly place: string;
  readonly because: string;
  readonly at: string;
};

/** Dead letters of one channel, newest requests first, at most 200 requests. */
export type DeadLetters = { readonly items: readonly DeadLetter[] };
export const deadLetters: z.ZodType<DeadLetters> = z.strictObject({
  items: z.array(
    z.strictObject({
      subject: z.string(),
      place: z.string(),
      because: z.string(),
      at: moment,
    }),
  ),
});

/** Nothing has to be said. */
export type Replaying = Readonly<Record<string, never>>;
export const replaying: z.ZodType<Replaying> = z.strictObject({});

/** How many requests and notices are tried again; `rest` waits for another call. */
export type Replayed = { readonly replayed: number; readonly rest: number };
export const replayed: z.ZodType<Replayed> = z.strictObject({ replayed: z.int(), rest: z.int() });

/** Where a message is tried. */
export type TryingChannel = { readonly place?: string };
export const tryingChannel: z.ZodType<TryingChannel> = z.strictObject({
  place: z.string().max(256).exactOptional(),
});

/** What became of it. */
export type TriedChannel = {
  readonly did: 'done' | 'again' | 'unsure' | 'refused' | 'gone';
  readonly because?: string;
};
export const triedChannel: z.ZodType<TriedChannel> = z.strictObject({
  did: z.enum(['done', 'again', 'unsure', 'refused', 'gone']),
  because: z.string().exactOptional(),
});

/** One example of each named schema of channels. */
export const CHANNEL_EXAMPLES: {
  readonly ChannelList: ChannelList;
  readonly DeadLetters: DeadLetters;
  readonly ReplayLetters: Replaying;
  readonly ReplayedLetters: Replayed;
  readonly TryChannel: TryingChannel;
  readonly TriedChannel: TriedChannel;
} = {
  ChannelList: {
    items: [
      { id: 'slack', kind: 'slack', state: 'up', waiting: 0, open: 3, dead: 1 },
      {
        id: 'siem',
        kind: 'webhook',
        state: 'down',
        since: '2026-11-20T03:12:00.000Z',
        because: 'the receiver could not be reached',
        waiting: 12,
        open: 12,
        dead: 0,
      },
    ],
  },
  DeadLetters: {
    items: [
      {
        subject: 'apr_0tjq6p3n5x8r4w1z2y7v9k6m4h3g2f1d0cba',
        place: 'C0SEC',
        because: 'the app is not in this channel',
        at: '2026-11-20T03:12:00.000Z',
      },
    ],
  },
  ReplayLetters: {},
  ReplayedLetters: { replayed: 1, rest: 0 },
  TryChannel: { place: 'C0SEC' },
  TriedChannel: { did: 'refused', because: 'the app is not in this channel' },
};
