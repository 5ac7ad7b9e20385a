import { copiesOf, copyStream, type Leases } from '@countersign/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { allow, must, openOffice, review, who, type Office } from '../../core/test/office.ts';
import { createDeliverer, type Deliverer } from '../src/channels/deliverer.ts';
import { createNotices } from '../src/channels/notices.ts';
import { replayDropped } from '../src/channels/replay.ts';
import type { Routing } from '../src/routing/routing.ts';
import { createVendor, type Vendor } from './channel-vendor.ts';

const ROUTING: Routing = {
  calendars: {},
  rotations: {},
  routes: [
    {
      id: 'all',
      groups: ['data-owners'],
      risks: [],
      types: [],
      to: [
        { channel: 'chat', place: 'C1', people: [] },
        { channel: 'chat', direct: 'asked', people: [] },
        { channel: 'hooks', people: [] },
      ],
    },
  ],
  alerts: [{ channel: 'chat', place: 'C9', people: [] }],
};
const alone: Pick<Leases, 'hold'> = { hold: async () => true };

type World = { readonly office: Office; readonly chat: Vendor; readonly hooks: Vendor };
const opened: Deliverer[] = [];
const states: string[] = [];

function openWorld(isCapped = false): World {
  const office = openOffice(review());
  const most = 10_000;
  if (!isCapped)
    Object.assign(office.parts.settings, {
      maxPending: most,
      maxPendingPerSession: most,
      maxPendingPerOwner: most,
      denialsBeforeLock: most,
    });
  return {
    office,
    chat: createVendor('chat'),
    hooks: createVendor('hooks', { kind: 'webhook', update: false, find: false }),
  };
}
function deliver({ office, chat, hooks }: World, leases = alone, store = office.store): Deliverer {
  const deliverer = createDeliverer({
    parts: { ...office.parts, store },
    publicUrl: 'https://gate.example',
    routing: () => ROUTING,
    leases,
    channels: [chat.channel, hooks.channel],
    notices: createNotices({
      store: office.store,
      clean: (text) => text,
      publicUrl: 'https://gate.example',
      alerts: () => [{ channel: 'chat', place: 'C9' }],
      toPerson: (person) => [{ channel: 'chat', place: `person:${person}` }],
    }),
    onDelivered: () => undefined,
    onState: ({ id }, because) => states.push(`${id} ${because ?? 'up'}`),
    onFailure: (error) => {
      throw error;
    },
  });
  opened.push(deliverer);
  return deliverer;
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'performance'] }));
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ stop }) => stop()));
  states.length = 0;
  vi.useRealTimers();
});
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

const four = <T extends object>(one: T): readonly T[] =>
  Array.from({ length: 4 }, () => ({ ...one }));
let count = 0;
const ask = async (office: Office): Promise<string> => {
  const answer = must(await office.propose({ arguments: { table: `t${count++}` } }));
  return answer.status.id;
};
const answer = async (office: Office, id: string, choice: 'approve' | 'deny', by = 'dana') =>
  must(
    await office.gatekeeper.vote(who(office, by), {
      ...(await office.ballotOf(id, { choice, channel: 'console' })),
    }),
  );
const copiesIn = async ({ office }: World, channel: string, id: string) => {
  const { approvalId } = await office.ballotOf(id);
  return copiesOf(await office.store.read(copyStream(channel, approvalId))).list;
};

describe('cards follow the ledger', () => {
  test('asked: posted to the channel and to everybody who may answer; decided: changed everywhere, with a line below', async () => {
    const world = openWorld();
    deliver(world);
    await pass(1);
    const id = await ask(world.office);
    await pass(10);
    expect(world.chat.messages.map(({ place }) => place)).toEqual([
      'C1',
      'person:dana',
      'person:ben',
      'person:carl',
    ]);
    expect(world.chat.messages.every(({ card }) => card?.isOpen)).toBe(true);
    await answer(world.office, id, 'deny');
    await pass(10);
    expect(world.chat.messages.map(({ card }) => card?.state)).toEqual(Array(4).fill('denied'));
    expect(world.chat.messages.map(({ thread }) => thread.length)).toEqual([1, 1, 1, 1]);
    expect(await copiesIn(world, 'chat', id)).toMatchObject(four({ state: 'final', version: 5 }));
    // what cannot be changed is told how it ended by what was sent
    expect(world.hooks.messages).toHaveLength(1);
  });

  test('a webhook that was not told in time is told how it ended; a chat is not asked for what is decided', async () => {
    const world = openWorld();
    const id = await ask(world.office);
    await answer(world.office, id, 'deny');
    deliver(world);
    await pass(10);
    expect(world.chat.messages).toEqual([]);
    expect(world.hooks.messages.map(({ card }) => card?.state)).toEqual(['denied']);
  });

  test('the owner of the agent is asked nowhere (R5)', async () => {
    const world = openWorld();
    deliver(world);
    await pass(1);
    await ask(world.office);
    await pass(10);
    expect(world.chat.messages.map(({ place }) => place)).not.toContain('person:mona');
  });
});

describe('nothing lost, nothing doubled', () => {
  test('down for an hour with 500 requests pending: decisions go on, everything is told once afterwards', async () => {
    const world = openWorld();
    const { office, chat } = world;
    deliver(world);
    await pass(1);
    chat.mood = 'down';
    const ids: string[] = [];
    for (let i = 0; i < 500; i++) ids.push(await ask(office));
    await pass(60 * 60_000);
    expect(states).toEqual(['chat cannot be reached']);
    // a vendor that is down is asked seldom
    expect(chat.calls).toBeLessThan(250);
    for (const id of ids.slice(0, 100)) expect(await answer(office, id, 'approve')).toBeTruthy();
    chat.mood = 'well';
    await pass(5 * 60_000);
    expect(states).toEqual(['chat cannot be reached', 'chat up']);
    const keys = chat.messages.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    const told = new Set(chat.messages.map(({ card }) => card?.view.action.id));
    expect(ids.slice(100).filter((id) => !told.has(id as never))).toEqual([]);
    // what was decided meanwhile is not asked any more
    expect(ids.slice(0, 100).filter((id) => told.has(id as never))).toEqual([]);
    expect(chat.messages).toHaveLength(400 * 4);
    expect(world.hooks.messages).toHaveLength(500);
  });

  test('an answer that was lost is looked for: no second message', async () => {
    const world = openWorld();
    deliver(world);
    await pass(1);
    world.chat.mood = 'lost';
    const id = await ask(world.office);
    await pass(50);
    world.chat.mood = 'well';
    await pass(60_000);
    expect(world.chat.messages.map(({ place }) => place)).toEqual([
      'C1',
      'person:dana',
      'person:ben',
      'person:carl',
    ]);
    expect(await copiesIn(world, 'chat', id)).toMatchObject(four({ state: 'posted' }));
  });

  test('a gateway that dies between sending and telling: the next one finds what was sent', async () => {
    const world = openWorld();
    const { office, chat } = world;
    const { append } = office.store;
    deliver(world);
    await pass(1);
    // it dies with the first thing it would tell after sending
    vi.spyOn(office.store, 'append').mockImplementation((unit) =>
      unit.entries.some((entry) => entry.includes('"card.posted"'))
        ? new Promise(() => undefined)
        : append(unit),
    );
    const id = await ask(office);
    await pass(10);
    opened.length = 0; // nobody waits for the dead
    vi.restoreAllMocks();
    expect(chat.messages).toHaveLength(4);
    deliver(world);
    await pass(60_000);
    expect(chat.messages).toHaveLength(4);
    expect(await copiesIn(world, 'chat', id)).toMatchObject(four({ state: 'posted' }));
    await answer(office, id, 'deny');
    await pass(60_000);
    expect(chat.messages.map(({ card }) => card?.state)).toEqual(Array(4).fill('denied'));
  });

  test('of two gateways one delivers; when it stops, the other goes on', async () => {
    const world = openWorld();
    let holder = 'a';
    const lease = (name: string) => ({ hold: async () => holder === name });
    const first = deliver(world, lease('a'));
    deliver(world, lease('b'));
    await pass(1);
    const one = await ask(world.office);
    await pass(10);
    expect(world.chat.messages).toHaveLength(4);
    await first.stop();
    const two = await ask(world.office); // while nobody delivers
    holder = 'b';
    await pass(2_000);
    expect(world.chat.messages).toHaveLength(8);
    await answer(world.office, one, 'deny');
    await answer(world.office, two, 'deny');
    await pass(10);
    expect(world.chat.messages.map(({ card }) => card?.state)).toEqual(Array(8).fill('denied'));
  });

  test('what another gateway wrote is read in pages: asked, answered, alerts, and nothing of what was allowed', async () => {
    const world = openWorld();
    const { office, chat } = world;
    const { store } = office;
    const read: string[] = [];
    const foreign = {
      ...store,
      onAppended: (listener: Parameters<typeof store.onAppended>[0]) =>
        store.onAppended(({ stream, firstSeq, version }) =>
          listener({ stream, firstSeq, version }),
        ),
      read: (stream: string) => {
        read.push(stream);
        return store.read(stream);
      },
    };
    deliver(world, alone, foreign);
    await pass(1);
    const id = await ask(office);
    office.says = allow;
    const allowed = must(await office.propose({ arguments: { table: 'harmless' } })).status.id;
    await pass(1_000);
    expect(chat.messages).toHaveLength(4);
    expect(read).not.toContain(allowed);
    await answer(office, id, 'deny');
    await pass(1_000);
    expect(chat.messages.map(({ card }) => card?.state)).toEqual(
      Array.from({ length: 4 }, () => 'denied'),
    );
  });

  test('a vendor that asks for a pause gets it', async () => {
    const world = openWorld();
    deliver(world);
    await pass(1);
    world.chat.mood = 'busy';
    for (let i = 0; i < 20; i++) await ask(world.office);
    await pass(29_000);
    const { calls } = world.chat;
    expect(calls).toBeLessThanOrEqual(4);
    world.chat.mood = 'well';
    await pass(500);
    expect(world.chat.calls).toBe(calls);
    await pass(5_000);
    expect(world.chat.messages).toHaveLength(80);
    expect(states).toEqual([]);
  });

  test('one place that takes nothing keeps no other from being told', async () => {
    const world = openWorld();
    deliver(world);
    await pass(1);
    world.chat.full = 'C1';
    for (let i = 0; i < 5; i++) await ask(world.office);
    await pass(30_000);
    expect(world.chat.messages).toHaveLength(5 * 3);
    expect(states).toEqual([]);
    delete world.chat.full;
    await pass(120_000);
    expect(world.chat.messages.filter(({ place }) => place === 'C1')).toHaveLength(5);
    expect(world.chat.messages).toHaveLength(5 * 4);
  });

  test('what is refused is a dead letter, told why, and tried again when a person says so', async () => {
    const world = openWorld();
    const { office, chat } = world;
    const deliverer = deliver(world);
    await pass(1);
    chat.mood = 'refusing';
    const id = await ask(office);
    await pass(10);
    expect(await copiesIn(world, 'chat', id)).toMatchObject(
      four({ state: 'dropped', because: 'not in the channel' }),
    );
    expect(await office.store.count('chat', ['card:dead'])).toBe(1);
    chat.mood = 'well';
    await pass(120_000);
    expect(chat.messages).toEqual([]);
    const { approvalId } = await office.ballotOf(id);
    const at = office.clock();
    await replayDropped(office.store, copyStream('chat', approvalId), { by: 'ada', at });
    deliverer.look(id);
    await pass(10);
    expect(chat.messages).toHaveLength(4);
    expect(await office.store.count('chat', ['card:dead'])).toBe(0);
  });
});

describe('notices', () => {
  test('A11 T14: 1,000 distinct requests of one agent: as many cards as its cap, one alert, and it is told', async () => {
    const world = openWorld(true);
    const { office, chat } = world;
    deliver(world);
    await pass(1);
    const told: string[] = [];
    for (let i = 0; i < 1_000; i++) {
      const { status } = must(await office.propose({ arguments: { table: `flood-${i}` } }));
      told.push(status.state === 'pending' ? 'pending' : status.code);
    }
    await pass(1_000);
    const { maxPending } = office.parts.settings;
    expect(told.filter((state) => state === 'pending')).toHaveLength(maxPending);
    expect(told.filter((state) => state === 'budget-exhausted')).toHaveLength(1_000 - maxPending);
    const cards = chat.messages.filter(({ card }) => card);
    expect(cards).toHaveLength(maxPending * 4);
    const alerts = chat.messages.filter(({ notice }) => notice);
    expect(alerts.map(({ place }) => place)).toEqual(['C9', 'person:mona']);
  });

  test('one alert, to where alerts go and to the owner', async () => {
    const world = openWorld();
    deliver(world);
    await pass(1);
    const alert = {
      v: 1,
      stream: 'alerts',
      n: 1,
      type: 'alert.raised',
      at: 1,
      kind: 'flood',
      agent: 'data-bot',
      owner: 'mona',
      because: 'agent',
      count: 100,
      until: 2,
    };
    const entries = [JSON.stringify(alert)];
    await world.office.store.append({ stream: 'alerts', expectedVersion: 0, entries });
    await pass(10);
    expect(world.chat.messages.map(({ place, notice }) => [place, notice?.headline])).toEqual([
      ['C9', expect.stringContaining('data-bot')],
      ['person:mona', expect.stringContaining('data-bot')],
    ]);
  });
});
