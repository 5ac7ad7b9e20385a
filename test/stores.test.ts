// Three stores, one behaviour: whatever is done to all of them, they answer alike.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instant, type LedgerStore, type Unit } from '@countersign/core';
import { createFixedClock, createMemoryStore, type FixedClock } from '@countersign/core/testing';
import * as fc from 'fast-check';
import { createPostgresStore, migrate } from '@countersign/store-postgres';
import { createSqliteStore } from '@countersign/store-sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from './postgres.ts';

const T0 = 1_700_000_000_000;
const stream = fc.integer({ min: 0, max: 4 }).map((n) => `act_${n}`);
const name = fc.constantFrom('a', 'b', 'c');
const moment = fc.integer({ min: T0 - 5, max: T0 + 60 }).map((ms) => instant(ms));
const state = fc.constantFrom('open', 'held', 'done');
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

/** Without the members that are undefined, as exact optional types want it. */
const present = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, it]) => it !== undefined)) as T;

const unit: fc.Arbitrary<Unit> = fc
  .record({
    stream,
    expectedVersion: fc.integer({ min: 0, max: 3 }),
    entries: fc.array(fc.json(), { minLength: 1, maxLength: 3 }),
    standing: optional(
      fc
        .record({
          state,
          agent: name,
          createdAt: moment,
          dueAt: optional(moment),
          owner: optional(name),
          session: optional(name),
          approvalId: optional(fc.integer({ min: 0, max: 3 }).map((n) => `apr_${n}` as const)),
        })
        .map(present),
    ),
    claims: optional(
      fc.array(fc.record({ name, until: optional(moment) }).map(present), { maxLength: 2 }),
    ),
    quotas: optional(
      fc.array(
        fc.record({
          of: fc.oneof(
            fc.record({ agent: name }),
            fc.record({ agent: name, session: name }),
            fc.record({ owner: name }),
          ),
          states: fc.uniqueArray(state, { minLength: 1, maxLength: 2 }),
          most: fc.integer({ min: 1, max: 3 }),
        }),
        { maxLength: 3 },
      ),
    ),
    releases: optional(fc.array(name, { maxLength: 2 })),
    blobs: optional(fc.dictionary(name, fc.uint8Array({ maxLength: 20 }), { maxKeys: 2 })),
  })
  .map((it) => present(it) as Unit);

type Step =
  | { readonly batch: readonly Unit[] }
  | { readonly erase: string }
  | { readonly ms: number };
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ batch: fc.array(unit, { minLength: 1, maxLength: 5 }) }) },
    { weight: 1, arbitrary: fc.record({ erase: stream }) },
    { weight: 2, arbitrary: fc.record({ ms: fc.integer({ min: 1, max: 20 }) }) },
  ),
  { maxLength: 12 },
);

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.remove());

type Stores = Readonly<Record<'memory' | 'sqlite' | 'postgres', LedgerStore>>;

async function withStores(
  clock: FixedClock,
  body: (stores: Stores) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-stores-'));
  const access = { url: database.url, schema: `t${randomBytes(6).toString('hex')}` };
  await migrate(access);
  const stores: Stores = {
    memory: createMemoryStore({ clock }),
    sqlite: await createSqliteStore({ folder, clock }),
    postgres: await createPostgresStore({ ...access, clock }),
  };
  try {
    await body(stores);
  } finally {
    await Promise.all(Object.values(stores).map((it) => it.close()));
    rmSync(folder, { recursive: true });
  }
}

const streams = Array.from({ length: 5 }, (_, n) => `act_${n}`);

/** Everything a store can be asked. */
const all = async (it: LedgerStore, clock: FixedClock): Promise<unknown> => ({
  head: (await it.head()).root,
  all: await it.range(0, 1_000),
  reads: await Promise.all(streams.map((s) => it.read(s))),
  blobs: await Promise.all(streams.flatMap((s) => ['a', 'b', 'c'].map((n) => it.blob(s, n)))),
  holders: await Promise.all(['a', 'b', 'c'].map((n) => it.holder(n, clock()))),
  found: await it.find({ states: ['open', 'held'], limit: 3 }),
  next: await it.find({ states: ['open', 'done'], limit: 2, before: 'act_2' }),
  asked: await it.find({ states: ['open', 'done'], limit: 3, isAsked: true }),
  due: await it.due(clock(), 3),
  earliest: await Promise.all(
    [{ agent: 'a' }, { agent: 'a', session: 'b' }, { owner: 'c' }].map((of) =>
      it.earliestDue(of, ['open', 'held']),
    ),
  ),
  counts: [await it.count('a', ['open', 'done']), await it.count(undefined, ['held'])],
});

test('whatever is done to them, every store answers as the memory store', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const clock = createFixedClock(T0);
      await withStores(clock, async (stores) => {
        const each = async (ask: (it: LedgerStore) => Promise<unknown>): Promise<void> => {
          const memory = await ask(stores.memory);
          expect(await ask(stores.sqlite)).toEqual(memory);
          expect(await ask(stores.postgres)).toEqual(memory);
        };
        for (const step of plan) {
          if ('ms' in step) clock.advance(step.ms);
          else if ('erase' in step) await each((it) => it.erase(step.erase));
          else await each((it) => Promise.all(step.batch.map((one) => it.append(one))));
          await each((it) => all(it, clock));
        }
      });
    }),
    { numRuns: 40 },
  );
}, 120_000);
