import { EMPTY_ROOT, hashLeaf, toBytes } from '../ledger/hash.ts';
import { createTree } from '../ledger/tree.ts';
import { describeBeside } from './contract-beside.ts';
import {
  chapterOf,
  conflict,
  done,
  standing,
  T0,
  unit,
  type Chapter,
  type MakeStore,
  type Runner,
} from './contract-parts.ts';
import { describeTree } from './contract-tree.ts';

/** Every obligation of the `LedgerStore` port as a test, for any store. */
export function describeStoreContract(name: string, make: MakeStore, runner: Runner): void {
  const chapter = chapterOf(name, make, runner);
  describeAppend(chapter);
  describeBeside(chapter);
  describeFollowers(chapter);
  describeTree(chapter);
}

function describeAppend({ name, describe, test, expect }: Chapter): void {
  describe(`${name}: append`, () => {
    test('R1 what was appended is read back, byte for byte', async (store) => {
      const entries = ['{"v":1,"t":"é\\u0000\u{1F512}"}', '{"v":1,"n":2}'];
      expect(await store.append(unit('act_1', 0, ...entries))).toEqual(done(0, 2));
      expect(await store.append(unit('act_2', 0, '{"v":1}'))).toEqual(done(2, 1));
      expect(await store.append(unit('act_1', 2, '{"v":3}'))).toEqual(done(3, 3));
      expect(await store.read('act_1')).toEqual([
        { seq: 0, stream: 'act_1', version: 1, entry: entries[0] },
        { seq: 1, stream: 'act_1', version: 2, entry: entries[1] },
        { seq: 3, stream: 'act_1', version: 3, entry: '{"v":3}' },
      ]);
      expect(await store.read('act_3')).toEqual([]);
    });
    test('an empty ledger has the empty root', async (store) => {
      const { size, root } = await store.head();
      expect({ size, root }).toEqual({ size: 0, root: toBytes(EMPTY_ROOT) });
      expect(await store.tile(0, 0, 1)).toEqual(undefined);
      expect(await store.range(0, 10)).toEqual([]);
    });
    test('a unit at another version is refused, and nothing of it is left', async (store) => {
      await store.append({
        ...unit('act_1', 0),
        standing: standing('open'),
        claims: [{ name: 'mine' }],
      });
      const before = await store.head();
      for (const version of [0, 2]) {
        const refused = await store.append({
          ...unit('act_1', version, '{"x":1}', '{"x":2}'),
          standing: standing('settled'),
          claims: [{ name: 'other' }],
          releases: ['mine'],
          blobs: { secret: Uint8Array.of(1) },
        });
        expect(refused).toEqual(conflict(1));
      }
      expect(await store.head()).toEqual(before);
      expect((await store.read('act_1')).length).toEqual(1);
      expect(await store.holder('other', T0)).toEqual(undefined);
      expect(await store.holder('mine', T0)).toEqual('act_1');
      expect(await store.blob('act_1', 'secret')).toEqual(undefined);
      expect(await store.count(undefined, ['settled'])).toEqual(0);
    });
    test('R4 of 50 units at one version exactly one is written, whole', async (store) => {
      await store.append(unit('act_1', 0));
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          store.append(unit('act_1', 1, `{"by":${i}}`, `{"2":${i}}`)),
        ),
      );
      expect(results.filter((it) => it.ok).length).toEqual(1);
      expect(results.filter((it) => !it.ok)).toEqual(Array.from({ length: 49 }, () => conflict(3)));
      const winner = results.findIndex((it) => it.ok);
      expect((await store.read('act_1')).slice(1).map((it) => it.entry)).toEqual([
        `{"by":${winner}}`,
        `{"2":${winner}}`,
      ]);
      expect((await store.head()).size).toEqual(3);
    });
    test('R4 identical units are no exception: the second redeem in a millisecond loses', async (store) => {
      const same = unit('act_1', 0, '{"a":1}', '{"a":2}');
      const results = await Promise.all(Array.from({ length: 50 }, () => store.append(same)));
      expect(results.filter((it) => it.ok)).toEqual([done(0, 2)]);
      expect(results.filter((it) => !it.ok)).toEqual(Array.from({ length: 49 }, () => conflict(2)));
      expect(await store.append(same)).toEqual(conflict(2));
      expect((await store.head()).size).toEqual(2);
    });
    test('a unit no ledger can hold is thrown back', async (store) => {
      const long = JSON.stringify('x'.repeat(65_533));
      expect(await store.append(unit('act_1', 0, long))).toEqual(done(0, 1));
      await expect(store.append(unit('act_1', 1, `${long} `))).rejects.toThrow('65536 bytes');
      await expect(store.append(unit('act_1', 1, '{}', '"\ud800"'))).rejects.toThrow('surrogate');
      await expect(store.append({ ...unit('act_1', 1), entries: [] })).rejects.toThrow(
        'at least one',
      );
      expect((await store.head()).size).toEqual(1);
      expect((await store.read('act_1'))[0]?.entry).toEqual(long);
    });
    test('many streams at once stand in one gap-free order', async (store) => {
      const streams = Array.from({ length: 200 }, (_, i) => `act_${i}`);
      await Promise.all(
        streams.map(async (stream) => {
          await store.append(unit(stream, 0));
          await store.append(unit(stream, 1));
        }),
      );
      const all = await store.range(0, 1_000);
      expect(all.map((it) => it.seq)).toEqual(Array.from({ length: 400 }, (_, i) => i));
      const tree = createTree();
      for (const { entry } of all) tree.push(hashLeaf(Buffer.from(entry)));
      expect((await store.head()).root).toEqual(toBytes(tree.root()));
    });
  });
}

function describeFollowers({ name, describe, test, expect }: Chapter): void {
  describe(`${name}: followers`, () => {
    test('each unit is heard once, in ledger order, after it can be read', async (store) => {
      const heard: number[] = [];
      const late: number[] = [];
      const stop = store.onAppended(({ firstSeq, unit: it, version }) => {
        heard.push(firstSeq);
        if (it?.entries.length !== 2 || version !== 2) late.push(firstSeq);
      });
      const sizes: Promise<void>[] = [];
      const stopReading = store.onAppended(({ firstSeq }) => {
        sizes.push(store.head().then(({ size }) => void (size > firstSeq || late.push(firstSeq))));
      });
      const units = Array.from({ length: 100 }, (_, i) =>
        unit(`act_${i % 40}`, 0, `{"i":${i % 40}}`, '{}'),
      );
      const results = await Promise.all(units.map((it) => store.append(it)));
      await Promise.all(sizes);
      const seqs = results.flatMap((it) => (it.ok ? [it.value.firstSeq] : []));
      expect(heard).toEqual([...new Set(seqs)].toSorted((a, b) => a - b));
      expect(heard.length).toEqual(40);
      expect(late).toEqual([]);
      stop();
      stopReading();
      await store.append(unit('act_last', 0));
      expect(heard.length).toEqual(40);
    });
  });
}
