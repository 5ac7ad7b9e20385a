import { base64url, decrypt, fromUtf8, utf8 } from '../crypto.ts';
import { after } from '../time.ts';
import type { Quota, Unit } from '../ports.ts';
import { done, standing, T0, unit, type Chapter } from './contract-parts.ts';

const claiming = (stream: string, at: number, more: Partial<Unit>): Unit => ({
  ...unit(stream, at),
  ...more,
});
const claimed = (by: string): unknown => ({
  ok: false,
  error: { code: 'claimed', name: 'key', stream: by },
});

const caps = (agent: string, session: string, owner: string): readonly Quota[] => [
  { of: { agent, session }, states: ['open'], most: 2 },
  { of: { agent }, states: ['open'], most: 3 },
  { of: { owner }, states: ['open'], most: 4 },
];

/** What stands beside the log: claims, blobs, the index of standings. */
export function describeBeside({ name, describe, test, expect }: Chapter): void {
  describe(`${name}: beside the log`, () => {
    test('a claim held by another stream refuses the unit', async (store) => {
      const claims = [{ name: 'free' }, { name: 'key' }];
      await store.append(claiming('act_1', 0, { claims }));
      expect(await store.append(claiming('act_2', 0, { claims }))).toEqual({
        ok: false,
        error: { code: 'claimed', name: 'free', stream: 'act_1' },
      });
      expect(await store.read('act_2')).toEqual([]);
      expect(await store.append(claiming('act_1', 1, { claims }))).toEqual(done(1, 2));
      expect(await store.holder('key', T0)).toEqual('act_1');
      expect(await store.holder('nobody', T0)).toEqual(undefined);
    });
    test('a claim ends at its time, not before', async (store, clock) => {
      const claims = [{ name: 'key', until: after(T0, 1_000) }];
      await store.append(claiming('act_1', 0, { claims }));
      clock.advance(999);
      expect(await store.append(claiming('act_2', 0, { claims }))).toEqual(claimed('act_1'));
      expect(await store.holder('key', after(T0, 999))).toEqual('act_1');
      expect(await store.holder('key', after(T0, 1_000))).toEqual(undefined);
      clock.advance(1);
      const next = [{ name: 'key', until: after(T0, 5_000) }];
      expect(await store.append(claiming('act_2', 0, { claims: next }))).toEqual(done(1, 1));
      expect(await store.holder('key', after(T0, 4_999))).toEqual('act_2');
    });
    test('a release frees a claim of its own stream only, with its unit', async (store) => {
      const claims = [{ name: 'key' }];
      await store.append(claiming('act_1', 0, { claims }));
      await store.append(claiming('act_2', 0, { releases: ['key'] }));
      expect(await store.append(claiming('act_3', 0, { claims }))).toEqual(claimed('act_1'));
      await store.append(claiming('act_1', 1, { releases: ['key'] }));
      expect(await store.holder('key', T0)).toEqual(undefined);
      expect(await store.append(claiming('act_3', 0, { claims }))).toEqual(done(3, 1));
    });
    test('a unit that releases and claims one name holds it', async (store) => {
      await store.append(claiming('act_1', 0, { claims: [{ name: 'key' }] }));
      await store.append(claiming('act_1', 1, { claims: [{ name: 'key' }], releases: ['key'] }));
      expect(await store.holder('key', T0)).toEqual('act_1');
    });
    test('of units that claim one name at once, one is written', async (store) => {
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          store.append(claiming(`act_${i}`, 0, { claims: [{ name: 'key' }] })),
        ),
      );
      expect(results.filter((it) => it.ok).length).toEqual(1);
      const holder = `act_${results.findIndex((it) => it.ok)}`;
      expect(results.filter((it) => !it.ok)).toEqual(
        Array.from({ length: 19 }, () => claimed(holder)),
      );
      expect(await store.holder('key', T0)).toEqual(holder);
    });
    test('A11 a quota is counted in the append: units sent at once never pass it together', async (store) => {
      const of = { agent: 'agent-a' };
      const quota = { of, states: ['open', 'held'], most: 3 };
      const asking = (i: number, more: Partial<Unit> = {}): Unit => ({
        ...unit(`act_${i}`, 0),
        standing: standing(i % 2 === 0 ? 'open' : 'held'),
        claims: [{ name: `key-${i}` }],
        quotas: [quota],
        ...more,
      });
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, i) => store.append(asking(i))),
      );
      const over = { ok: false, error: { code: 'over-quota', of } };
      expect(results.filter((it) => it.ok).length).toEqual(3);
      expect(results.filter((it) => !it.ok)).toEqual(Array.from({ length: 17 }, () => over));
      expect(await store.count('agent-a', ['open', 'held'])).toEqual(3);
      const written = results.findIndex((it) => it.ok);
      expect(await store.append(asking(50, { claims: [{ name: `key-${written}` }] }))).toEqual({
        ok: false,
        error: { code: 'claimed', name: `key-${written}`, stream: `act_${written}` },
      });
      const other = [{ ...quota, of: { agent: 'agent-b' } }];
      const others = asking(51, {
        quotas: other,
        standing: standing('open', { agent: 'agent-b' }),
      });
      expect(await store.append(others)).toEqual(done(3, 1));
      const own = { ...unit(`act_${written}`, 1), standing: standing('open'), quotas: [quota] };
      expect(await store.append(own)).toEqual(done(4, 2));
      const settled = { ...unit(`act_${written}`, 2), standing: standing('settled') };
      expect(await store.append(settled)).toEqual(done(5, 3));
      expect(await store.append(asking(52))).toEqual(done(6, 1));
      expect(await store.append(asking(53))).toEqual(over);
      expect(await store.read('act_53')).toEqual([]);
      expect(await store.holder('key-53', T0)).toEqual(undefined);
    });
    test('A11 sessions and owners have caps of their own, and whichever is reached first is told', async (store) => {
      let made = 0;
      const ask = (agent: string, session: string, owner = 'mona') =>
        store.append({
          ...unit(`act_${++made}`, 0),
          standing: standing('open', { agent, session, owner, dueAt: after(T0, 100 - made) }),
          quotas: caps(agent, session, owner),
        });
      const asked = await Promise.all([ask('a', 's'), ask('a', 's'), ask('a', 's'), ask('b', 's')]);
      expect(asked.map(({ ok }) => ok)).toEqual([true, true, false, true]);
      expect(asked[2]).toEqual({
        ok: false,
        error: { code: 'over-quota', of: { agent: 'a', session: 's' } },
      });
      expect((await ask('a', 't')).ok).toEqual(true);
      expect(await ask('a', 'u')).toEqual({
        ok: false,
        error: { code: 'over-quota', of: { agent: 'a' } },
      });
      expect(await ask('c', 's')).toEqual({
        ok: false,
        error: { code: 'over-quota', of: { owner: 'mona' } },
      });
      expect((await ask('c', 's', 'nils')).ok).toEqual(true);
      expect(await store.earliestDue({ agent: 'a', session: 's' }, ['open'])).toEqual(
        after(T0, 98),
      );
      expect(await store.earliestDue({ agent: 'a' }, ['open', 'held'])).toEqual(after(T0, 95));
      expect(await store.earliestDue({ owner: 'mona' }, ['open'])).toEqual(after(T0, 95));
      expect(await store.earliestDue({ owner: 'mona' }, ['held'])).toEqual(undefined);
      await store.append({ ...unit('act_1', 1), standing: standing('settled', { agent: 'a' }) });
      expect((await ask('a', 's')).ok).toEqual(true);
      const [placed] = await store.find({ states: ['open'], limit: 1 });
      expect([placed?.standing.owner, placed?.standing.session]).toEqual(['mona', 's']);
    });
    test('R9 blobs are written once, and erased without touching the tree', async (store) => {
      const pooled = Buffer.from('sealed').subarray(1, 4);
      await store.append({
        ...unit('act_1', 0),
        blobs: {
          payload: pooled,
          result: new Uint8Array(100_000).fill(7),
          empty: new Uint8Array(0),
        },
      });
      await store.append({ ...unit('act_2', 0), blobs: { payload: Uint8Array.of(2) } });
      await store.append({ ...unit('act_1', 1), blobs: { payload: Uint8Array.of(9) } });
      expect(await store.blob('act_1', 'payload')).toEqual(Uint8Array.from(Buffer.from('eal')));
      expect((await store.blob('act_1', 'result'))?.length).toEqual(100_000);
      expect(await store.blob('act_1', 'empty')).toEqual(new Uint8Array(0));
      const before = await store.head();
      await store.erase('act_1');
      expect(await store.blob('act_1', 'payload')).toEqual(undefined);
      expect(await store.blob('act_1', 'result')).toEqual(undefined);
      expect(await store.blob('act_2', 'payload')).toEqual(Uint8Array.of(2));
      expect(await store.head()).toEqual(before);
      expect((await store.read('act_1')).length).toEqual(2);
      expect(await store.append(unit('act_1', 2))).toEqual(done(3, 3));
      await store.append({ ...unit('act_1', 3), blobs: { payload: Uint8Array.of(9) } });
      expect(await store.blob('act_1', 'payload')).toEqual(undefined);
      await store.erase('act_1');
    });
    test('R9 what comes unsealed is sealed before it is written, under its own key and name', async (store) => {
      const [key, bound] = [new Uint8Array(32).fill(3), 'payload:act_1'];
      const text = 'Größe, “quoted” \u{1f512}';
      const unsealed = { text, key, bound };
      await store.append({
        ...unit('act_1', 0),
        blobs: {
          first: Uint8Array.of(1),
          payload: unsealed,
          empty: { ...unsealed, text: '' },
          last: Uint8Array.of(2),
        },
      });
      await store.append({ ...unit('act_2', 0), blobs: { payload: unsealed } });
      const blob = async (stream: string, of: string) =>
        (await store.blob(stream, of)) ?? new Uint8Array(0);
      const sealed = await blob('act_1', 'payload');
      expect(fromUtf8(decrypt(key, sealed, bound))).toEqual(text);
      expect(sealed.length).toEqual(28 + utf8(text).length);
      expect(fromUtf8(decrypt(key, await blob('act_1', 'empty'), bound))).toEqual('');
      expect([await blob('act_1', 'first'), await blob('act_1', 'last')]).toEqual([
        Uint8Array.of(1),
        Uint8Array.of(2),
      ]);
      // a nonce of its own each time: two sealings of one text have nothing in common
      const other = await blob('act_2', 'payload');
      expect(base64url(other.subarray(0, 12)) === base64url(sealed.subarray(0, 12))).toEqual(false);
    });
    test('standing is replaced whole by every unit that carries one', async (store) => {
      const full = standing('open', { approvalId: 'apr_1', dueAt: after(T0, 10) });
      await store.append({ ...unit('act_1', 0), standing: full });
      await store.append(unit('act_1', 1));
      expect(await store.find({ states: ['open'], limit: 9 })).toEqual([
        { stream: 'act_1', standing: full },
      ]);
      expect(await store.byApproval('apr_1')).toEqual('act_1');
      expect(await store.due(after(T0, 10), 9)).toEqual(['act_1']);
      await store.append({ ...unit('act_1', 2), standing: standing('settled') });
      expect(await store.find({ states: ['open'], limit: 9 })).toEqual([]);
      expect(await store.find({ states: ['settled'], limit: 9 })).toEqual([
        { stream: 'act_1', standing: standing('settled') },
      ]);
      expect(await store.byApproval('apr_1')).toEqual(undefined);
      expect(await store.due(after(T0, 10), 9)).toEqual([]);
    });
    test('listings are newest first and go on where they stopped', async (store) => {
      const ages = [5, 1, 3, 3, 2];
      for (const [i, age] of ages.entries())
        await store.append({
          ...unit(`act_${i}`, 0),
          standing: standing(i === 1 ? 'b' : 'a', { createdAt: after(T0, age) }),
        });
      const page = async (states: string[], limit: number, before?: string): Promise<string[]> => {
        const found = await store.find({ states, limit, ...(before !== undefined && { before }) });
        return found.map(({ stream }) => stream);
      };
      expect(await page(['a', 'b'], 9)).toEqual(['act_0', 'act_3', 'act_2', 'act_4', 'act_1']);
      expect(await page(['a', 'b', 'a'], 2)).toEqual(['act_0', 'act_3']);
      expect(await page(['a', 'b'], 2, 'act_3')).toEqual(['act_2', 'act_4']);
      expect(await page(['a', 'b'], 2, 'act_4')).toEqual(['act_1']);
      expect(await page(['b'], 9, 'act_2')).toEqual(['act_1']);
      expect(await page(['a'], 9, 'act_unknown')).toEqual([]);
      expect(await page([], 9)).toEqual([]);
    });
    test('a listing of what people were asked about leaves the rest out', async (store) => {
      for (const i of [0, 1, 2, 3, 4, 5]) {
        const more = i % 2 === 0 ? {} : { approvalId: `apr_${i}` as const };
        const state = i < 4 ? 'a' : 'b';
        const at = { createdAt: after(T0, i === 3 ? 1 : i), ...more };
        await store.append({ ...unit(`act_${i}`, 0), standing: standing(state, at) });
      }
      const page = async (states: string[], limit: number, before?: string): Promise<string[]> => {
        const more = before === undefined ? {} : { before };
        const found = await store.find({ states, limit, isAsked: true, ...more });
        return found.map(({ stream }) => stream);
      };
      expect(await page(['a', 'b'], 9)).toEqual(['act_5', 'act_3', 'act_1']);
      expect(await page(['a', 'b'], 2)).toEqual(['act_5', 'act_3']);
      expect(await page(['a', 'b'], 2, 'act_3')).toEqual(['act_1']);
      expect(await page(['a', 'b'], 9, 'act_4')).toEqual(['act_3', 'act_1']);
      expect(await page(['a'], 9)).toEqual(['act_3', 'act_1']);
      expect(await page(['a'], 9, 'act_unknown')).toEqual([]);
      const all = await store.find({ states: ['a'], limit: 9, isAsked: false });
      expect(all.length).toEqual(4);
    });
    test('what is due comes oldest first, what an agent has is counted', async (store) => {
      const due = [30, 10, 20];
      for (const [i, ms] of due.entries())
        await store.append({
          ...unit(`act_${i}`, 0),
          standing: standing(i === 0 ? 'a' : 'b', {
            agent: i === 1 ? 'agent-b' : 'agent-a',
            dueAt: after(T0, ms),
          }),
        });
      await store.append({ ...unit('act_never', 0), standing: standing('a') });
      expect(await store.due(after(T0, 9), 9)).toEqual([]);
      expect(await store.due(after(T0, 20), 9)).toEqual(['act_1', 'act_2']);
      expect(await store.due(after(T0, 99), 2)).toEqual(['act_1', 'act_2']);
      expect(await store.count('agent-a', ['a', 'b'])).toEqual(3);
      expect(await store.count('agent-a', ['a', 'a'])).toEqual(2);
      expect(await store.count('agent-b', ['a'])).toEqual(0);
      expect(await store.count(undefined, ['b'])).toEqual(2);
      expect(await store.count(undefined, [])).toEqual(0);
    });
  });
}
