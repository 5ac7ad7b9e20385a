import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { verifyLedger } from '../src/ledger/verify-ledger.ts';
import { nodePrimitives } from '../src/main.ts';
import { readTrust } from '../src/note/trust.ts';
import { createLedger, createSigner, entriesOf, sourceOf } from './write-ledger.ts';

type Row = { readonly name: string; readonly receipt: string };
const vectors = JSON.parse(
  readFileSync(new URL('../../docs/spec/vectors/receipt.json', import.meta.url), 'utf8'),
) as {
  readonly valid: readonly Row[];
  readonly invalid: readonly (Row & { readonly refusal: string })[];
};
/** A waiver is in another stream, which no receipt has: verify/test/waivers.test.ts. */
const alone = vectors.valid.filter(({ name }) => !name.startsWith('EV-13'));

const log = createSigner('test.example/ledger', Buffer.alloc(32, 1));
const read = await readTrust(`log ${log.vkey}\nquorum none\n`);
if (!read.ok) throw new Error(read.failure.message);
const trust = read.value;

const verify = (entries: readonly string[], depth: 'streams' | 'actions') =>
  verifyLedger(sourceOf(createLedger(entries, [log])), trust, {
    primitives: nodePrimitives,
    depth,
  });

/** Actions of different stories may share an id: their streams are told apart by a letter. */
const apart = (entries: readonly string[], letter: string): readonly string[] =>
  entries.map((entry) => entry.replaceAll(/act_[0-9a-z]{3}/g, `act_${letter.repeat(3)}`));

describe('every action by the rules', () => {
  test('actions that went their ways, one after the other, verify', async () => {
    const all = alone
      .slice(1)
      .flatMap((row, i) =>
        apart(entriesOf(row.receipt), 'abcdefghjkmnpqrstvwxyz0123456789'[i] ?? ''),
      )
      // two stories tell of the same passkeys
      .filter((entry, i, them) => them.indexOf(entry) === i);
    expect(await verify(all, 'actions')).toMatchObject({ ok: true, value: { depth: 'actions' } });
  });

  /** What a receipt discloses beside its entries is no matter of the ledger (EV-22). */
  const broken = vectors.invalid.filter(({ name }) =>
    /^(EV-(?!22\b)[2-9]|R4|R5|DS-[45])/.test(name),
  );
  test.each(broken)('$name: $refusal', async (row) => {
    const result = await verify(entriesOf(row.receipt), 'actions');
    expect(result).toMatchObject({ ok: false, failure: { code: row.refusal } });
    expect(result.ok || result.failure.message).toMatch(/^entry \d+ \(/);
    // the tree alone cannot tell: that is what the rules are for
    expect(await verify(entriesOf(row.receipt), 'streams')).toMatchObject({ ok: true });
  });

  // names that every object of JavaScript answers to
  test.each(['constructor', 'toString', '__proto__', 'action.unheard-of'])(
    'EV-2 an event of unknown type `%s` is refused',
    async (type) => {
      for (const row of alone) {
        const entries = entriesOf(row.receipt).slice(0, -1);
        if (entries.length === 0) continue;
        const last = JSON.parse(entries.at(-1) ?? '') as { readonly stream: string; n: number };
        const { stream, n } = last;
        const odd = `{"at":1700000900000,"n":${n + 1},"stream":"${stream}","type":"${type}","v":1}`;
        expect(await verify([...entries, odd], 'actions')).toMatchObject({
          failure: { code: 'event-out-of-order' },
        });
      }
    },
  );

  test('nothing but an erasure follows a settled action', async () => {
    const [settled = { name: '', receipt: '' }] = vectors.valid.slice(1);
    const entries = entriesOf(settled.receipt);
    const { stream } = JSON.parse(entries[0] ?? '') as { readonly stream: string };
    const next = (type: string): readonly string[] => [
      ...entries,
      `{"at":1700000900000,"by":"mona","n":${entries.length + 1},"stream":"${stream}","type":"${type}","v":1,"why":"asked"}`,
    ];
    expect(await verify(next('action.erased'), 'actions')).toMatchObject({ ok: true });
    expect(await verify(next('grant.redeemed'), 'actions')).toMatchObject({
      failure: { code: 'event-out-of-order' },
    });
  });
});
