import { describe, expect, test } from 'vitest';
import { verifyLedger } from '../src/ledger/verify-ledger.ts';
import { nodePrimitives } from '../src/main.ts';
import { isUpTo } from '../src/note/epoch.ts';
import { readTrust } from '../src/note/trust.ts';
import { createLedger, createSigner, makeEntries, signHead, type Signer } from './write-ledger.ts';
import { sourceOf } from './write-ledger.ts';

const LOG = 'example.com/ledger';
const [one, two, three] = [1, 2, 3].map((epoch) =>
  createSigner(epoch === 1 ? LOG : `${LOG}/${epoch}`, Buffer.alloc(32, epoch)),
) as [Signer, Signer, Signer];
const foreign = createSigner('example.com/other', Buffer.alloc(32, 9));
const text = `log ${one.vkey}\nlog ${two.vkey}\nlog ${three.vkey}\nquorum none\n`;

async function codeOf(entries: readonly string[], signer: Signer): Promise<string> {
  const trust = await readTrust(text);
  if (!trust.ok) throw new Error(trust.failure.message);
  const options = { primitives: nodePrimitives, depth: 'streams' } as const;
  const source = sourceOf(createLedger(entries, [signer]));
  const result = await verifyLedger(source, trust.value, options);
  return result.ok ? 'ok' : result.failure.code;
}

type Begun = { readonly epoch?: unknown; readonly size?: unknown; readonly previous?: unknown };

/** The entry that begins an epoch, canonical. */
const begun = (n: number, { epoch, size, previous }: Begun, type = 'ledger.epoch-begun'): string =>
  `{"at":1,"epoch":${JSON.stringify(epoch)},"n":${n},${previous === undefined ? '' : `"previous":${JSON.stringify(previous)},`}"size":${JSON.stringify(size)},"stream":"epochs","type":"${type}","v":1}`;

const before = (signer: Signer, size = 9): string =>
  signHead({ size, root: Buffer.alloc(32, 7) }, [signer]);
const kept = makeEntries(3);
const good = begun(1, { epoch: 2, size: 3, previous: before(one) });

describe('L26 L27 epochs', () => {
  test('the checkpoint is of the last epoch; the old origin signs nothing beyond its beginning', async () => {
    expect(await codeOf(kept, one)).toBe('ok');
    expect(await codeOf([...kept, good], two)).toBe('ok');
    expect(await codeOf([...kept, good], one)).toBe('epoch-mismatch');
    expect(await codeOf(kept, two)).toBe('epoch-mismatch');
    const next = begun(2, { epoch: 3, size: 4, previous: before(two) });
    expect(await codeOf([...kept, good, next], three)).toBe('ok');
    expect(await codeOf([...kept, good, next], two)).toBe('epoch-mismatch');
  });
  test('a number may be skipped, and nothing may be known of what was signed', async () => {
    expect(await codeOf([...kept, begun(1, { epoch: 3, size: 3 })], three)).toBe('ok');
  });
  test.each([
    ['the first again', begun(1, { epoch: 1, size: 3 }), one],
    ['no number', begun(1, { epoch: '2', size: 3 }), two],
    ['another size', begun(1, { epoch: 2, size: 4 }), two],
    ['a checkpoint of itself', begun(1, { epoch: 2, size: 3, previous: before(two) }), two],
    [
      'a checkpoint of another log',
      begun(1, { epoch: 2, size: 3, previous: before(foreign) }),
      two,
    ],
    ['no checkpoint', begun(1, { epoch: 2, size: 3, previous: 'x' }), two],
    ['another event', begun(1, { epoch: 2, size: 3 }, 'ledger.other'), two],
  ])('an entry that begins one with %s is refused', async (_, entry, signer) => {
    expect(await codeOf([...kept, entry], signer)).toBe('epoch-mismatch');
  });
  test('an epoch begun twice is refused', async () => {
    const again = begun(2, { epoch: 2, size: 4 });
    expect(await codeOf([...kept, good, again], two)).toBe('epoch-mismatch');
  });
});

test('DS-4 an answer names the origin of its time: of this epoch or an earlier one, of this log', () => {
  expect(isUpTo(LOG, `${LOG}/2`)).toBe(true);
  expect(isUpTo(`${LOG}/2`, `${LOG}/2`)).toBe(true);
  expect(isUpTo(`${LOG}/3`, `${LOG}/2`)).toBe(false);
  expect(isUpTo(`${LOG}/2`, LOG)).toBe(false);
  for (const other of ['example.com/other', 'example.com', `${LOG}/1`, `${LOG}/x`, ''])
    expect(isUpTo(other, `${LOG}/2`), other).toBe(false);
});
