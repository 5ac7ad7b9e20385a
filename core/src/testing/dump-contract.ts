import type { DumpedEntry, StoreDump } from '../dump.ts';
import type { LedgerStore } from '../ports.ts';
import { after, instant } from '../time.ts';
import { standing, T0, unit, type Runner } from './contract-parts.ts';
import { createFixedClock, type FixedClock } from './fixed-clock.ts';

/** A store that was opened, with the way to take a dump of it. */
export type Loaded = {
  readonly store: LedgerStore;
  readonly dump: () => Promise<StoreDump>;
  /** Closes it and removes what it left. */
  readonly dispose: () => Promise<void>;
};

/** A kind of store: opens an empty one, or one that was filled from a dump. */
export type Store = {
  readonly name: string;
  readonly open: (clock: FixedClock) => Promise<Loaded>;
  readonly load: (dump: StoreDump, clock: FixedClock) => Promise<Loaded>;
};

/** Every obligation of a dump as a test, from one kind of store into another. */
export function describeDumpContract(from: Store, to: Store, runner: Runner): void {
  const { describe, test, expect } = runner;
  const during = async (body: (parts: Parts) => Promise<void>): Promise<void> => {
    const opened: Loaded[] = [];
    const clock = createFixedClock(T0);
    const keep = (it: Loaded): Loaded => {
      opened.push(it);
      return it;
    };
    try {
      const source = keep(await from.open(clock));
      await body({ source, load: async (dump) => keep(await to.load(dump, clock)) });
    } finally {
      for (const { dispose } of opened) await dispose();
    }
  };

  describe(`${from.name} → ${to.name}: dump and load`, () => {
    test('everything arrives: entries, root, standings, claims, blobs, and what was erased', () =>
      during(async ({ source, load }) => {
        await fill(source.store);
        const dump = await source.dump();
        const target = await load(dump);
        await dump.close();
        const copy = await target.dump();
        const again = await source.dump();
        expect(await tellOf(copy)).toEqual(await tellOf(again));
        await copy.close();
        await again.close();
        expect((await target.store.head()).root).toEqual((await source.store.head()).root);
        for (const [level, index, width] of [
          [0, 0, 256],
          [0, 1, 44],
          [1, 0, 1],
        ] as const)
          expect(await target.store.tile(level, index, width)).toEqual(
            await source.store.tile(level, index, width),
          );
        expect(await target.store.holder('kept', T0)).toEqual('act_1');
        expect(await target.store.holder('timed', after(T0, 5_000))).toEqual(undefined);
        expect(await target.store.blob('act_1', 'payload')).toEqual(undefined);
        expect(await target.store.blob('act_2', 'payload')).toEqual(Uint8Array.of(0, 255, 10));
      }));
    test('the copy goes on as the original would: versions, claims, erased names, the tree', () =>
      during(async ({ source, load }) => {
        await fill(source.store);
        const dump = await source.dump();
        const target = await load(dump);
        await dump.close();
        for (const { store } of [source, target]) {
          const conflict = { ok: false, error: { code: 'conflict', version: 2 } };
          expect(await store.append(unit('act_1', 1))).toEqual(conflict);
          const claims = [{ name: 'kept' }];
          expect((await store.append({ ...unit('act_9', 0), claims })).ok).toEqual(false);
          const blobs = { payload: Uint8Array.of(7) };
          expect((await store.append({ ...unit('act_1', 2), blobs })).ok).toEqual(true);
          expect(await store.blob('act_1', 'payload')).toEqual(undefined);
          for (let i = 0; i < 300; i++) await store.append(unit(`late_${i}`, 0));
        }
        expect((await target.store.head()).root).toEqual((await source.store.head()).root);
        expect(await target.store.tile(0, 1, 256)).toEqual(await source.store.tile(0, 1, 256));
      }));
    test('a dump is one moment, and does not stop who writes', () =>
      during(async ({ source, load }) => {
        await fill(source.store);
        const dump = await source.dump();
        const before = await tellOf(dump);
        await source.store.append({
          ...unit('act_1', 2),
          standing: standing('settled'),
          releases: ['kept'],
          blobs: { late: Uint8Array.of(1) },
        });
        await source.store.append(unit('act_new', 0));
        expect(await tellOf(dump)).toEqual(before);
        const target = await load(dump);
        await dump.close();
        expect((await target.store.head()).size).toEqual(dump.head.size);
        expect(await target.store.read('act_new')).toEqual([]);
      }));
    test('an empty ledger is one too', () =>
      during(async ({ source, load }) => {
        const dump = await source.dump();
        const target = await load(dump);
        await dump.close();
        expect((await target.store.head()).size).toEqual(0);
        expect((await target.store.append(unit('act_1', 0))).ok).toEqual(true);
      }));
    for (const [title, spoil, message] of SPOILED)
      test(`${title}: nothing is loaded`, () =>
        during(async ({ source, load }) => {
          await fill(source.store);
          const dump = await source.dump();
          await expect(load(spoil(dump))).rejects.toThrow(message);
          expect((await (await load(dump)).store.head()).size).toEqual(dump.head.size);
          await dump.close();
        }));
  });
}

type Parts = {
  readonly source: Loaded;
  readonly load: (dump: StoreDump) => Promise<Loaded>;
};

/** 300 entries: a full tile and a part of one, two versions of a stream, and one of everything beside the log. */
async function fill(store: LedgerStore): Promise<void> {
  await store.append({
    ...unit('act_1', 0, '{"v":1,"t":"é\\n\\u0000\u{1F512}"}', '{"v":1,"t":"\\t\\""}'),
    standing: standing('pending', {
      approvalId: 'apr_1',
      dueAt: after(T0, 60_000),
      owner: 'mona',
      session: 'é 1',
    }),
    claims: [{ name: 'kept' }, { name: 'timed', until: after(T0, 5_000) }],
    blobs: { payload: Uint8Array.of(1, 2, 3), key: Uint8Array.of(4) },
  });
  await store.append({
    ...unit('act_2', 0),
    standing: standing('allowed', { agent: 'agent "b"', createdAt: instant(T0 + 1) }),
    blobs: { payload: Uint8Array.of(0, 255, 10) },
  });
  await Promise.all(
    Array.from({ length: 297 }, (_, i) =>
      store.append({ ...unit(`act_0${i}`, 0), standing: standing('executed') }),
    ),
  );
  await store.erase('act_1');
}

/** A dump with one thing wrong, and what is said of it. */
const SPOILED: readonly (readonly [string, (dump: StoreDump) => StoreDump, string])[] = [
  [
    'a changed byte in an entry',
    (dump) => spoilt(dump, 150, (it) => ({ ...it, entry: it.entry.replace('0', '1') })),
    'entry 150 of',
  ],
  ['a missing entry', (dump) => spoilt(dump, 150, () => undefined), 'entry 150 is missing'],
  [
    'an entry under another stream',
    (dump) => spoilt(dump, 150, (it) => ({ ...it, stream: 'act_1' })),
    'entry 150 is number 1 of `act_1`, not 3',
  ],
  ['a last entry that is missing', (dump) => spoilt(dump, 299, () => undefined), 'head says 300'],
  [
    'the root of another ledger',
    (dump) => ({ ...dump, head: { ...dump.head, root: new Uint8Array(32) } }),
    'the root of 300 entries',
  ],
];

const spoilt = (
  dump: StoreDump,
  seq: number,
  change: (entry: DumpedEntry) => DumpedEntry | undefined,
): StoreDump => ({
  ...dump,
  async *entries() {
    for await (const page of dump.entries())
      yield page.flatMap((entry) => (entry.seq === seq ? (change(entry) ?? []) : entry));
  },
});

const key = (it: object): string => JSON.stringify(it);

/** All of a dump, the parts without an order of their own by name. */
async function tellOf(dump: StoreDump): Promise<unknown> {
  return {
    size: dump.head.size,
    root: dump.head.root,
    entries: await allOf(dump.entries()),
    standings: (await allOf(dump.standings()))
      .map(({ stream, standing: it }) =>
        key([
          stream,
          it.state,
          it.agent,
          it.createdAt,
          it.approvalId,
          it.dueAt,
          it.owner,
          it.session,
        ]),
      )
      .toSorted(),
    claims: (await allOf(dump.claims()))
      .map(({ name, stream, until }) => key([name, stream, until]))
      .toSorted(),
    blobs: (await allOf(dump.blobs()))
      .map(({ stream, name, data }) => key({ stream, name, data: data && [...data] }))
      .toSorted(),
  };
}

async function allOf<T>(pages: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}
