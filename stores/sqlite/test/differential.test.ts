import type { Unit } from '@countersign/core';
import { instant } from '@countersign/core';
import { createFixedClock, createMemoryStore, type FixedClock } from '@countersign/core/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSqliteStore } from '../src/index.ts';
import { inFolder } from './run-child.ts';

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
          approvalId: optional(fc.integer({ min: 0, max: 3 }).map((n) => `apr_${n}` as const)),
        })
        .map(present),
    ),
    claims: optional(
      fc.array(fc.record({ name, until: optional(moment) }).map(present), { maxLength: 2 }),
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

test('whatever is done to both, the sqlite store answers as the memory store', async () => {
  const streams = Array.from({ length: 5 }, (_, n) => `act_${n}`);
  await fc.assert(
    fc.asyncProperty(steps, async (plan) =>
      inFolder(async (folder) => {
        const clock: FixedClock = createFixedClock(T0);
        const stores = [createMemoryStore({ clock }), await createSqliteStore({ folder, clock })];
        const ask = async (it: (typeof stores)[number]): Promise<unknown> => ({
          head: (await it.head()).root,
          all: await it.range(0, 1_000),
          reads: await Promise.all(streams.map((s) => it.read(s))),
          blobs: await Promise.all(
            streams.flatMap((s) => ['a', 'b', 'c'].map((n) => it.blob(s, n))),
          ),
          holders: await Promise.all(['a', 'b', 'c'].map((n) => it.holder(n, clock()))),
          found: await it.find({ states: ['open', 'held'], limit: 3 }),
          next: await it.find({ states: ['open', 'done'], limit: 2, before: 'act_2' }),
          due: await it.due(clock(), 3),
          counts: [await it.count('a', ['open', 'done']), await it.count(undefined, ['held'])],
        });
        try {
          for (const step of plan) {
            if ('ms' in step) clock.advance(step.ms);
            else if ('erase' in step) await Promise.all(stores.map((it) => it.erase(step.erase)));
            else {
              const [first, second] = await Promise.all(
                stores.map((it) => Promise.all(step.batch.map((one) => it.append(one)))),
              );
              expect(second).toEqual(first);
            }
            const [memory, sqlite] = await Promise.all(stores.map(ask));
            expect(sqlite).toEqual(memory);
          }
        } finally {
          await Promise.all(stores.map((it) => it.close()));
        }
      }),
    ),
    { numRuns: 25 },
  );
});
