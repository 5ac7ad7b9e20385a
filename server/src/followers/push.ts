import type { Delivery, Nudge, Send, Subscription, Subscriptions } from '@countersign/channel-push';
import { isId, type Leases, type Parts } from '@countersign/core';
import { mayAnswer } from '../channels/wanted.ts';
import { isAsked } from '../http/asked.ts';
import { foldOf } from '../http/folds.ts';

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
const AGAIN = ['"type":"approval.escalated"', '"type":"approval.reminded"'];
const ASKED = ['"type":"approval.requested"', ...AGAIN];
const says = (words: readonly string[], entry: string | undefined): boolean =>
  words.some((word) => entry?.includes(word));

/**
 * Follows the ledger: wakes the devices of everybody who may answer a new request, or one that is escalated or reminded of, at
 * least once, behind the path of the request itself. Of several gateways the one that holds `push` does it. Returns the way to stop.
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
    if (!unit || unit.entries.some((entry) => says(ASKED, entry))) waiting.add(stream);
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
    const entries = await store.read(stream);
    const approval = foldOf(entries);
    if (!isAsked(approval) || approval.state !== 'pending') return;
    // what another gateway wrote may be a vote on a request that was told of
    const isAnswered = approval.votes.length > 0 || approval.confirmed !== undefined;
    if (isAnswered && !says(AGAIN, entries.at(-1)?.entry)) return;
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
