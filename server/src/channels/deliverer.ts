import {
  COPY_STATES,
  copiesOf,
  isId,
  STATES,
  type Channel,
  type Delivered,
  type Leases,
  StoreFailure,
  type News,
  type StoredEntry,
} from '@countersign/core';
import { bring } from './bring.ts';
import { noticeMatter, requestMatter, type MattersParts, type Told } from './matters.ts';
import type { Notices } from './notices.ts';
import { createQueue, type Queue } from './queue.ts';

const PERIOD_MS = 1_000;
/** How often one looks at what other gateways wrote. */
const FOREIGN_MS = 200;
const RANGE = 2_000;
const LEASE_MS = 10_000;
/** Whoever takes over looks at what is this young again: the one before may have died before it could tell. */
const RECENT_MS = 5 * 60_000;
const MOST_RECENT = 500;
const PAGE = 500;

export type DelivererParts = MattersParts & {
  readonly leases: Pick<Leases, 'hold'>;
  readonly channels: readonly Channel[];
  readonly notices: Notices;
  readonly onDelivered: (channel: Channel, did: Delivered['did']) => void;
  /** Nothing goes through a channel; undefined once something does again. */
  readonly onState: (channel: Channel, because: string | undefined) => void;
  readonly onFailure: (error: unknown) => void;
};

/** Follows the ledger after the commit and brings every copy of every card to the truth. */
export type Deliverer = {
  /** Looks at something again, such as what was dropped and shall be tried anew. */
  readonly look: (name: string) => void;
  /** How much is not delivered yet, as far as this gateway delivers. */
  readonly waiting: (channel: string) => number;
  readonly stop: () => Promise<void>;
};

/**
 * Level-triggered: entries only say what to look at; what is to be done follows from what the ledger says of the request and
 * of its copies, so that nothing is lost when gateways die or vendors are down, and what came to pass meanwhile is told once.
 * Of several gateways the one that holds `deliver` does it. A decision never waits for any of this.
 */
export function createDeliverer(of: DelivererParts): Deliverer {
  const { parts, leases, channels, notices, onFailure } = of;
  if (channels.length === 0) return NOBODY;
  const { store, clock } = parts;
  const queues = new Map(
    channels.map((channel) => [
      channel.id,
      queueOf(of, channel, (name, isOpen) => {
        if (isOpen) open.add(name);
        else open.delete(name);
      }),
    ]),
  );
  /** Actions that may still change a card. */
  const open = new Set<string>();
  let isHolder = false;
  let running: Promise<void> | undefined;
  /** Index of the first entry that another gateway wrote and nobody here looked at. */
  let foreign: number | undefined;
  let reading: Promise<void> | undefined;

  const look = (name: string): void => {
    if (isHolder) for (const queue of queues.values()) queue.add(name);
  };
  function hear({ stream, unit, firstSeq, version }: News): void {
    if (!isHolder) return;
    if (!unit) return void (foreign ??= firstSeq);
    if (isId('act', stream)) {
      // what policy allowed outright concerns nobody
      if (!unit.standing || unit.standing.approvalId) look(stream);
      return;
    }
    const first = version - unit.entries.length + 1;
    const entries = unit.entries.map((entry, i) => ({ stream, version: first + i, entry }));
    for (const name of notices.in(entries)) look(name);
  }
  /** Reads what others wrote in pages: one stream after the other would cost a read for every action there is. */
  async function readForeign(): Promise<void> {
    for (let from = foreign; from !== undefined;) {
      foreign = undefined; // what is heard of while this is read begins anew
      const begin = from;
      const [size, entries] = await pageAt(begin).catch((error: unknown) => {
        foreign = begin;
        throw error;
      });
      for (const { stream, entry } of entries)
        if (isId('act', stream) && (ASKING.test(entry) || open.has(stream))) look(stream);
      for (const name of notices.in(entries)) look(name);
      const next = begin + entries.length;
      from = next < size ? next : foreign;
    }
  }
  async function pageAt(from: number): Promise<readonly [number, readonly StoredEntry[]]> {
    const { size } = await store.head();
    const entries = await store.range(from, Math.min(size, from + RANGE));
    if (entries.length > 0) return [size, entries];
    throw new StoreFailure('unreachable', 'the ledger is behind its head', { retryable: true });
  }
  const unfollow = store.onAppended(hear);

  /** Everything that may not be as it should be. */
  async function lookAtAll(): Promise<void> {
    foreign = undefined; // all of it is among what is looked at
    for await (const stream of streamsIn([COPY_STATES.open])) {
      const { channel, subject } = copiesOf(await store.read(stream));
      const name = isId('apr', subject) ? await store.byApproval(subject) : subject;
      if (name !== undefined) queues.get(channel)?.add(name);
    }
    for await (const stream of streamsIn(['pending'], true)) look(stream);
    const since = clock() - RECENT_MS;
    const recent = await store.find({ states: DECIDED, limit: MOST_RECENT, isAsked: true });
    for (const { stream, standing } of recent) if (standing.createdAt >= since) look(stream);
    for (const name of await notices.recent(since)) look(name);
  }
  async function* streamsIn(states: readonly string[], isAsked = false): AsyncGenerator<string> {
    for (let before: string | undefined; ;) {
      const place = before === undefined ? {} : { before };
      const page = await store.find({ states, limit: PAGE, ...(isAsked && { isAsked }), ...place });
      for (const { stream } of page) yield stream;
      before = page.at(-1)?.stream;
      if (page.length < PAGE) return;
    }
  }

  async function turn(): Promise<void> {
    const wasHolder = isHolder;
    isHolder = await leases.hold('deliver', LEASE_MS);
    if (isHolder && !wasHolder) await lookAtAll();
    if (wasHolder && !isHolder) await Promise.all([...queues.values()].map(({ clear }) => clear()));
  }
  const step = (): void => {
    running ??= turn()
      .catch((error: unknown) => {
        isHolder = false; // what was not looked at is looked at again
        onFailure(error);
      })
      .finally(() => (running = undefined));
  };
  const timer = setInterval(step, PERIOD_MS).unref();
  const foreignTimer = setInterval(() => {
    if (foreign !== undefined)
      reading ??= readForeign()
        .catch(onFailure)
        .finally(() => (reading = undefined));
  }, FOREIGN_MS).unref();
  step();
  return {
    look,
    waiting: (channel) => queues.get(channel)?.waiting() ?? 0,
    stop: async () => {
      unfollow();
      clearInterval(timer);
      clearInterval(foreignTimer);
      await Promise.all([running, reading]);
      isHolder = false;
      await Promise.all([...queues.values()].map(({ clear }) => clear()));
    },
  };
}

/** Where there is no channel nothing is followed, and no lease is held. */
const NOBODY: Deliverer = {
  look: () => undefined,
  waiting: () => 0,
  stop: () => Promise.resolve(),
};

// within canonical JSON only a member of ours reads like this
const ASKING = /"type":"approval\./;
const DECIDED = STATES.filter((state) => state !== 'pending' && state !== 'allowed');

function queueOf(
  of: DelivererParts,
  channel: Channel,
  onSeen: (name: string, isOpen: boolean) => void,
): Queue {
  const { store, clock } = of.parts;
  const toldOf = async (name: string): Promise<Told | undefined> => {
    if (isId('act', name)) return requestMatter(of, channel, name);
    const noticed = await of.notices.of(name);
    return noticed && noticeMatter(store, channel, noticed);
  };
  return createQueue({
    together: channel.together,
    bring: async (name) => {
      const told = await toldOf(name);
      if (!told) return { did: 'done' };
      onSeen(name, !told.matter.isFinal);
      const onDelivered = (did: Delivered['did']): void => of.onDelivered(channel, did);
      return bring({ channel, log: told.log, clock, onDelivered }, told.matter);
    },
    onState: (because) => of.onState(channel, because),
    onFailure: of.onFailure,
  });
}
