import type { Delivery, Nudge, Send, Subscription, Subscriptions } from '@countersign/channel-push';
import { isId, type Leases, type Parts, type Person } from '@countersign/core';
import { isAsked, isSpared, type Asked } from '../http/asked.ts';
import { foldOf } from '../http/folds.ts';
import { mayOfCaller } from '../http/rights.ts';

const PERIOD_MS = 500;
const LEASE_MS = 15_000;
/** Whoever takes over tells again of requests this young: the one before may have died before it could. */
const RECENT_MS = 5 * 60_000;
const MOST_RECENT = 200;
const MOST_WAITING = 5_000;
const MOST_PEOPLE = 500;
const TOGETHER = 8;
const RETRIES_MS = [2_000, 10_000, 60_000];
const MOST_RETRIES = 1_000;

type PushFollowerParts = {
  readonly parts: Parts;
  readonly leases: Pick<Leases, 'hold'>;
  readonly subscriptions: Pick<Subscriptions, 'of' | 'remove'>;
  readonly send: Send;
  readonly onDelivered: (delivery: Delivery) => void;
  readonly onFailure: (error: unknown) => void;
};

// within canonical JSON only a member of ours reads like this
const ASKED = '"type":"approval.requested"';

/**
 * Follows the ledger: wakes the devices of everybody who may answer a new request, at least once, behind the path of the
 * request itself. Of several gateways the one that holds `push` does it. Returns the way to stop.
 */
export function followPush(of: PushFollowerParts): () => Promise<void> {
  const { parts, leases, onFailure } = of;
  const { store, clock } = parts;
  const retries = new Set<NodeJS.Timeout>();
  let waiting = new Set<string>();
  let isHolder = false;
  let running: Promise<void> | undefined;
  let checkedAt = 0;

  const unfollow = store.onAppended(({ stream, unit }) => {
    if (!isId('act', stream) || waiting.size >= MOST_WAITING) return;
    if (!unit || unit.entries.some((entry) => entry.includes(ASKED))) waiting.add(stream);
  });

  async function turn(): Promise<void> {
    const streams = [...waiting];
    const now = performance.now();
    if (streams.length === 0 && now - checkedAt < LEASE_MS / 3) return;
    checkedAt = now;
    const wasHolder = isHolder;
    isHolder = await leases.hold('push', LEASE_MS);
    waiting = new Set([...waiting].slice(streams.length));
    if (!isHolder) return; // the other one heard of them too
    if (!wasHolder) streams.push(...(await recent()));
    for (const stream of new Set(streams)) await tell(stream);
  }

  async function recent(): Promise<readonly string[]> {
    const found = await store.find({ states: ['pending'], limit: MOST_RECENT, isAsked: true });
    const since = clock() - RECENT_MS;
    return found.filter(({ standing }) => standing.createdAt >= since).map(({ stream }) => stream);
  }

  async function tell(stream: string): Promise<void> {
    const approval = foldOf(await store.read(stream));
    if (!isAsked(approval) || approval.state !== 'pending') return;
    // what another gateway wrote may be a vote on a request that was told of
    if (approval.votes.length > 0 || approval.confirmed) return;
    const { approvalId, expiresAt } = approval.asked;
    const people = mayAnswer(parts, approval).slice(0, MOST_PEOPLE);
    for (let at = 0; at < people.length; at += TOGETHER)
      await Promise.all(
        people.slice(at, at + TOGETHER).map(async ({ id }) => {
          for (const one of await of.subscriptions.of(id))
            await deliver(id, one, { approvalId, expiresAt });
        }),
      );
  }

  async function deliver(
    person: string,
    device: Subscription,
    nudge: Nudge,
    tries = 0,
  ): Promise<void> {
    const delivery = await of.send(device, nudge);
    of.onDelivered(delivery);
    if (delivery === 'gone') await of.subscriptions.remove(person, device.endpoint);
    const pause = RETRIES_MS[tries];
    if (delivery !== 'again' || pause === undefined || retries.size >= MOST_RETRIES) return;
    const timer = setTimeout(() => {
      retries.delete(timer);
      deliver(person, device, nudge, tries + 1).catch(onFailure);
    }, pause).unref();
    retries.add(timer);
  }

  const timer = setInterval(() => {
    running ??= turn()
      .catch(onFailure)
      .finally(() => {
        running = undefined;
      });
  }, PERIOD_MS).unref();
  return async () => {
    unfollow();
    clearInterval(timer);
    for (const one of retries) clearTimeout(one);
    await running;
  };
}

/** Everybody whose answer would count now, at the best they can reach. */
function mayAnswer(parts: Parts, approval: Asked): readonly Person[] {
  const directory = parts.directory();
  const { owner, onBehalfOf } = approval.proposed.lineage;
  const actsFor = directory.person(onBehalfOf ?? owner);
  const groups = approval.asked.requirements.flatMap((one) => one.groups);
  const asked = new Set([...directory.members(groups), ...(actsFor ? [actsFor] : [])]);
  return [...asked].filter((person) => {
    if (!person.active || isSpared(approval, person)) return false;
    const may = mayOfCaller(parts, approval, { kind: 'person', id: person.id, person });
    return may.vote || may.confirm;
  });
}
