import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '@countersign/core/testing';
import { encodeEntry, instant, makeId, type ActionId, type ApprovalEvent } from '@countersign/core';
import { createFolds } from '../src/http/folds.ts';
import { createFeed } from '../src/http/feed.ts';

const T0 = instant(1_700_000_000_000);
const DIGEST = `sha256:${'a'.repeat(64)}` as const;
let made = 0;
const bytes = (): Uint8Array =>
  Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? made % 256 : i === 14 ? made >> 8 : 0));

/** A request somebody is asked about, as its three entries. */
function request(): { readonly id: ActionId; readonly events: readonly ApprovalEvent[] } {
  made += 1;
  const id = makeId('act', T0, bytes());
  return {
    id,
    events: [
      {
        type: 'action.proposed',
        at: T0,
        actionId: id,
        actionType: 'x',
        schemaVersion: 1,
        resource: { type: 'R', id: 'r' },
        lineage: { agent: 'bot', owner: 'olga', editors: [], delegators: [] },
        gate: 'api',
        digest: DIGEST,
        fingerprint: 'f',
        factsDigest: DIGEST,
      },
      {
        type: 'action.judged',
        at: T0,
        judgement: { verdict: 'review' } as never,
        execution: { audience: 'bot', deadlineMs: 1 },
      },
      {
        type: 'approval.requested',
        at: T0,
        approvalId: makeId('apr', T0, bytes()),
        version: 1,
        requirements: [],
        excluded: [],
        expiresAt: T0,
        seenDigest: DIGEST,
      },
    ],
  };
}

function open() {
  const store = createMemoryStore();
  let reads = 0;
  const folds = createFolds({
    ...store,
    read: (stream) => {
      reads += 1;
      return store.read(stream);
    },
  });
  const feed = createFeed(store, folds);
  const append = async (id: ActionId, from: number, events: readonly ApprovalEvent[]) => {
    const entries = events.map((event, i) => encodeEntry(id, from + i + 1, event));
    await store.append({ stream: id, expectedVersion: from, entries });
  };
  const listen = (by: string, maySee = true) => {
    const response = Object.assign(new EventEmitter(), { destroyed: false });
    return feed.open(by, response as unknown as ServerResponse, () => maySee);
  };
  return { feed, folds, store, append, listen, reads: () => reads };
}

describe('what everybody who listens costs', () => {
  test('a change is read once, whoever many hear of it', async () => {
    const { append, listen, reads, feed } = open();
    const readers = Array.from({ length: 50 }, (_, i) => listen(`p${i}`, i % 2 === 0));
    for (const reader of readers) expect(reader?.take().isStale).toBe(true);
    const { id, events } = request();
    await append(id, 0, events);
    expect(await readers[0]?.next(2_000)).toBe('told');
    expect(reads()).toBe(1);
    expect(readers.map((one) => one?.take().messages.length)).toEqual(
      readers.map((_, i) => (i % 2 === 0 ? 1 : 0)),
    );
    feed.close();
  });
  test('nothing is read while nobody listens', async () => {
    const { append, reads, feed } = open();
    const { id, events } = request();
    await append(id, 0, events);
    await new Promise((resolve) => void setTimeout(resolve, 80));
    expect(reads()).toBe(0);
    feed.close();
  });
  test('one who reads nothing has a bounded number waiting, then lists again', async () => {
    const { append, listen, feed } = open();
    const reader = listen('slow');
    const other = listen('other');
    reader?.take();
    other?.take();
    const all = Array.from({ length: 501 }, request);
    for (const { id, events } of all) await append(id, 0, events);
    for (let heard = 0; heard < 501;) {
      await other?.next(2_000);
      const { isStale, messages } = other?.take() ?? { isStale: true, messages: [] };
      heard = isStale ? 501 : heard + messages.length;
    }
    expect(reader?.take()).toEqual({ isStale: true, messages: [] });
    feed.close();
  });
});

describe('what is kept of the ledger for showing it', () => {
  test('is forgotten when it changes, also while it is being read', async () => {
    const { folds, append, reads, feed } = open();
    const { id, events } = request();
    await append(id, 0, events);
    const [first, second] = await Promise.all([folds.of(id), folds.of(id)]);
    expect([first?.state, second?.state, reads()]).toEqual(['pending', 'pending', 1]);
    const expired = { type: 'approval.expired', at: T0 } as const;
    const before = folds.of(id);
    await append(id, 3, [expired]);
    await before;
    expect((await folds.of(id))?.state).toBe('expired');
    const readTwice = reads();
    await folds.of(id);
    expect(reads()).toBe(readTwice);
    feed.close();
  });
  test('is not believed where the store knows better', async () => {
    const { folds, append, reads, feed } = open();
    const { id, events } = request();
    await append(id, 0, events);
    await folds.of(id, 'pending');
    await folds.of(id, 'denied');
    expect(reads()).toBe(2);
    feed.close();
  });
});
