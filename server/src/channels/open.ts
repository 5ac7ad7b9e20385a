import type { Channel, Conversation, Leases, Parts } from '@countersign/core';
import type { Config } from '../config/config.ts';
import type { Figures } from '../figures.ts';
import { faultOf, type Log } from '../log.ts';
import { isLoopbackHost } from '../loopback.ts';
import { alertPlaces, type Place } from '../routing/places.ts';
import type { Routing } from '../routing/routing.ts';
import type { Troubles } from '../troubles.ts';
import { createCards } from './card.ts';
import { createDeliverer, type Deliverer } from './deliverer.ts';
import { createDesk, type DeskParts } from './desk.ts';
import { makeChannels } from './make.ts';
import { createNotices } from './notices.ts';
import { createChannelStates, type ChannelStates } from './states.ts';

/** Channels of a running gateway. */
export type Channels = {
  readonly list: readonly Channel[];
  readonly conversations: readonly Conversation[];
  readonly states: ChannelStates;
  /** What a channel says of itself at this gateway, such as that it cannot listen. */
  readonly troubles: ReadonlyMap<string, string>;
  readonly deliverer: Deliverer;
};

export type OpenChannelsParts = Omit<DeskParts, 'cards'> & {
  readonly config: Config;
  readonly parts: Parts;
  readonly routing: () => Routing;
  /** The mail address of a person. */
  readonly addressOf: (person: string) => Promise<string | undefined>;
  readonly leases: Pick<Leases, 'hold'>;
  readonly figures: Figures;
  readonly troubles: Troubles;
  readonly log: Log;
  readonly opening: AsyncDisposableStack;
};

/** Kinds that people can be written to in, one by one. */
const WITH_PEOPLE: ReadonlySet<Channel['kind']> = new Set(['slack', 'teams', 'email']);

/** Starts what delivers, and what listens. */
export async function openChannels(of: OpenChannelsParts): Promise<Channels> {
  const { config, parts, publicUrl, routing, leases, figures, log, opening } = of;
  const { store, clock } = parts;
  const onFailure = (error: unknown): void => log.error('delivery-failed', faultOf(error));
  const troubles = new Map<string, string>();
  const made = await makeChannels(config.channels, {
    desk: createDesk({ ...of, cards: createCards({ parts, publicUrl }) }),
    clock,
    isHere: isLoopbackHost(new URL(publicUrl).hostname),
    addressOf: of.addressOf,
    tellOf: (id) => (because) => {
      if (because === undefined) troubles.delete(id);
      else if (troubles.get(id) !== because) {
        troubles.set(id, because);
        log.warn('channel-trouble', { channel: id, because });
      }
    },
  });
  opening.defer(made.close);
  const list = [...made.conversations.map(({ channel }) => channel), ...made.oneWay];
  const states = await createChannelStates(store, clock, {
    // one that is not configured any more is no trouble
    onChanged: (down) => {
      if (list.some(({ id }) => down.has(id))) of.troubles.begin('channels', 'channel-down');
      else of.troubles.end('channels');
    },
    onFailure,
  });
  opening.defer(states.close);
  const people = list.filter(({ kind }) => WITH_PEOPLE.has(kind));
  const toPerson = (person: string): readonly Place[] =>
    people.map(({ id }) => ({ channel: id, place: `person:${person}` }));
  const alerts = (): readonly Place[] => alertPlaces(routing(), clock());
  const clean = parts.display.text;
  const deliverer = createDeliverer({
    parts,
    publicUrl,
    routing,
    leases,
    channels: list,
    notices: createNotices({ store, clean, publicUrl, alerts, toPerson }),
    onDelivered: ({ id }, did) =>
      figures.count('countersign_deliveries_total', { channel: id, did }),
    onState: ({ id }, because) => {
      if (because === undefined) log.info('channel-up', { channel: id });
      else log.error('channel-down', { channel: id, because });
      states.tell(id, because).catch(onFailure);
    },
    onFailure,
  });
  opening.defer(deliverer.stop);
  for (const { id } of list) {
    figures.gauge('countersign_channel_up', () => Number(!states.down().has(id)), { channel: id });
    figures.gauge('countersign_channel_waiting', () => deliverer.waiting(id), { channel: id });
  }
  for (const one of made.conversations) {
    opening.defer(one.close);
    // a vendor that cannot be reached is no reason not to start
    one.start().catch(onFailure);
  }
  const { conversations } = made;
  return { list, conversations, states, troubles, deliverer };
}
