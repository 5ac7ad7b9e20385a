import type { Channel, Conversation, Delivered, Desk, Leases, Parts } from '@countersign/core';
import type { Config } from '../config/config.ts';
import type { Figures } from '../figures.ts';
import { faultOf, type Log } from '../log.ts';
import { alertPlaces, type Place } from '../routing/places.ts';
import type { Routing } from '../routing/routing.ts';
import type { Troubles } from '../troubles.ts';
import { createDeliverer, type Deliverer } from './deliverer.ts';
import { createNotices } from './notices.ts';
import { createChannelStates, type ChannelStates } from './states.ts';

/** Channels of a running gateway. */
export type Channels = {
  readonly list: readonly Channel[];
  readonly states: ChannelStates;
  readonly deliverer: Deliverer;
  /** Those that take requests of their vendor, by `<kind>/<id>`. */
  readonly conversations: ReadonlyMap<string, Conversation>;
};

export type OpenChannelsParts = {
  readonly config: Config;
  readonly conversations: readonly Conversation[];
  /** Channels without a way back. */
  readonly oneWay: readonly Channel[];
  readonly desk: Desk;
  readonly parts: Parts;
  readonly publicUrl: string;
  readonly routing: () => Routing;
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
  const { parts, publicUrl, routing, leases, figures, troubles, log, opening } = of;
  const { store, clock } = parts;
  const list = [...of.conversations.map(({ channel }) => channel), ...of.oneWay];
  const onFailure = (error: unknown): void => log.error('delivery-failed', faultOf(error));
  const states = await createChannelStates(store, clock, {
    onChanged: (down) => {
      if (down.size > 0) troubles.begin('channels', 'channel-down');
      else troubles.end('channels');
    },
    onFailure,
  });
  opening.defer(states.close);
  const people = list.filter(({ kind }) => WITH_PEOPLE.has(kind));
  const toPerson = (person: string): readonly Place[] =>
    people.map(({ id }) => ({ channel: id, place: `person:${person}` }));
  const deliverer = createDeliverer({
    parts,
    publicUrl,
    routing,
    leases,
    channels: list,
    notices: createNotices({
      store,
      clean: parts.display.text,
      publicUrl,
      alerts: () => alertPlaces(routing(), clock()),
      toPerson,
    }),
    onDelivered: ({ id }, did: Delivered['did']) =>
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
  for (const one of of.conversations) {
    opening.defer(one.close);
    // a vendor that cannot be reached is no reason not to start
    one.start().catch(onFailure);
  }
  return {
    list,
    states,
    deliverer,
    conversations: new Map(
      of.conversations.map((one) => [`${one.channel.kind}/${one.channel.id}`, one]),
    ),
  };
}
