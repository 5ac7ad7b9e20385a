import type { ChannelItem, DeadLetter } from '@countersign/api';
import {
  COPY_STATES,
  copiesOf,
  isId,
  makeId,
  random,
  toIso,
  type Channel,
  type LedgerStore,
} from '@countersign/core';
import type { Channels } from '../channels/open.ts';
import { replayDropped } from '../channels/replay.ts';
import { json, personOf, type Exchange, type Handlers } from './exchange.ts';
import { refuse } from './refuse.ts';
import type { Sight } from './see.ts';

type ChannelRoutes = Pick<Handlers, 'channels' | 'deadLetters' | 'replayLetters' | 'tryChannel'>;

const MOST = 200;
const PAGE = 500;

/** Channels as they stand, for everybody; what to do about them, for administrators. */
export function channelRoutes({ parts }: Sight, channels: Channels): ChannelRoutes {
  const { store, clock } = parts;
  const { list, states, troubles, deliverer } = channels;
  const find = ({ param }: Pick<Exchange, 'param'>): Channel | undefined =>
    list.find(({ id }) => id === param);

  async function itemOf({ id, kind }: Channel): Promise<ChannelItem> {
    const down = states.down().get(id);
    const because = down?.because ?? troubles.get(id);
    const [open, dead] = await Promise.all([
      store.count(id, [COPY_STATES.open]),
      store.count(id, [COPY_STATES.dead]),
    ]);
    return {
      id,
      kind,
      state: down ? 'down' : 'up',
      ...(down && { since: toIso(down.since) }),
      ...(because !== undefined && { because }),
      waiting: deliverer.waiting(id),
      open,
      dead,
    };
  }

  return {
    channels: async () => json(200, { items: await Promise.all(list.map(itemOf)) }),
    deadLetters: async (exchange) => {
      const channel = find(exchange);
      if (!channel) return refuse(exchange, 'not-found');
      const streams = (await deadIn(store, channel.id)).slice(0, MOST);
      const items = await Promise.all(streams.map((stream) => lettersIn(store, stream)));
      return json(200, { items: items.flat() });
    },
    replayLetters: async (exchange) => {
      const channel = find(exchange);
      if (!channel) return refuse(exchange, 'not-found');
      const streams = await deadIn(store, channel.id);
      const by = personOf(exchange).id;
      let replayed = 0;
      for (const stream of streams.slice(0, MOST)) {
        if (!(await replayDropped(store, stream, { by, at: clock() }))) continue;
        replayed++;
        const { subject } = copiesOf(await store.read(stream));
        const name = isId('apr', subject) ? await store.byApproval(subject) : subject;
        if (name !== undefined) deliverer.look(name);
      }
      return json(200, { replayed, rest: Math.max(0, streams.length - MOST) });
    },
    tryChannel: async (exchange) => {
      const channel = find(exchange);
      if (!channel) return refuse(exchange, 'not-found');
      const notice = {
        type: 'channel.tried',
        headline: 'Countersign reaches this place',
        lines: ['An administrator tried it. Nothing has to be done.'],
      };
      const key = `try.${makeId('act', clock(), random(16))}`;
      const delivered = await channel.alert(exchange.body.place ?? '', notice, key);
      const { did } = delivered;
      return json(200, did === 'done' ? { did } : { did, because: delivered.because });
    },
  };
}

/** Streams of what could not be put in a channel, newest first. */
async function deadIn(store: Pick<LedgerStore, 'find'>, channel: string): Promise<string[]> {
  const found: string[] = [];
  for (let before: string | undefined; ;) {
    const place = before === undefined ? {} : { before };
    const page = await store.find({ states: [COPY_STATES.dead], limit: PAGE, ...place });
    for (const { stream, standing } of page) if (standing.agent === channel) found.push(stream);
    before = page.at(-1)?.stream;
    if (page.length < PAGE) return found;
  }
}

async function lettersIn(
  store: Pick<LedgerStore, 'read'>,
  stream: string,
): Promise<readonly DeadLetter[]> {
  const { subject, list } = copiesOf(await store.read(stream));
  return list.flatMap(({ state, place, because, at }) =>
    state === 'dropped' ? [{ subject, place, because: because ?? '', at: toIso(at) }] : [],
  );
}
