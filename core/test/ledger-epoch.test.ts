import { describe, expect, test } from 'vitest';
import { deriveSigningKey, makeSigningKeyPem, readSigningKey } from '../src/crypto.ts';
import { openGrant } from '../src/grant/grant.ts';
import { jwkOf, signJws } from '../src/grant/jws.ts';
import { readCheckpoint, signCheckpoint } from '../src/ledger/checkpoint.ts';
import { createCheckpointer, type LastSigned } from '../src/ledger/checkpointer.ts';
import { encodeEpoch, EPOCHS, originInEpoch, splitOrigin } from '../src/ledger/epoch.ts';
import { createLogSigner } from '../src/ledger/note.ts';
import { refuseRollback } from '../src/ledger/rollback.ts';
import type { LedgerStore } from '../src/ports.ts';
import { createMemoryStore } from '../src/testing/index.ts';
import { instant } from '../src/time.ts';

const LOG = 'localhost/0123456789012345';
const pem = makeSigningKeyPem();
const signerIn = (epoch: number) =>
  createLogSigner(
    originInEpoch(LOG, epoch),
    epoch === 1 ? readSigningKey(pem) : deriveSigningKey(pem, `ledger-epoch-${epoch}`),
  );

/** A store with so many entries; `lost` makes them others than those of a store without. */
async function ledgerOf(size: number, lost = ''): Promise<LedgerStore> {
  const store = createMemoryStore();
  for (let i = 0; i < size; i++)
    await store.append({ stream: `act_${i}`, expectedVersion: 0, entries: [`{"i":${i}${lost}}`] });
  return store;
}
const noteOf = async (store: LedgerStore, epoch: number): Promise<string> =>
  signCheckpoint(await store.head(), signerIn(epoch));

async function begin(store: LedgerStore, epoch: number, previous?: string): Promise<void> {
  const n = (await store.read(EPOCHS)).length;
  const { size } = await store.head();
  const begun = { type: 'ledger.epoch-begun', at: instant(0), epoch, size } as const;
  const entry = encodeEpoch(n + 1, { ...begun, ...(previous !== undefined && { previous }) });
  await store.append({ stream: EPOCHS, expectedVersion: n, entries: [entry] });
}

const shelf = (note?: string): LastSigned & { note: () => string | undefined } => {
  let kept = note;
  return {
    note: () => kept,
    read: async () => kept,
    write: async (next) => {
      kept = next;
    },
  };
};

/** Whether a gateway with this last-signed file may open this ledger; what it then signs first. */
async function start(store: LedgerStore, lastSigned: LastSigned, epoch: number): Promise<string> {
  try {
    await refuseRollback(store, await store.head(), lastSigned);
    const checkpointer = await createCheckpointer({
      store,
      signer: signerIn(epoch),
      lastSigned,
      later: () => undefined,
      onFailure: () => undefined,
    });
    const signed = readCheckpoint(checkpointer.latest());
    return `signs ${signed?.size} as ${splitOrigin(signed?.origin ?? '').epoch}`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

describe('L26 origins', () => {
  test('the first epoch has the log’s own, later ones their number; a random name is no number', () => {
    expect([1, 2, 10].map((epoch) => originInEpoch(LOG, epoch))).toEqual([
      LOG,
      `${LOG}/2`,
      `${LOG}/10`,
    ]);
    expect(splitOrigin(`${LOG}/10`)).toEqual({ log: LOG, epoch: 10 });
    for (const origin of [LOG, `${LOG}/1`, `${LOG}/02`, `${LOG}/1000000`, `${LOG}/x`])
      expect(splitOrigin(origin)).toEqual({ log: origin, epoch: 1 });
  });
  test('each epoch has a key of its own, the same on every replica', () => {
    const keys = [1, 2, 3].map((epoch) => signerIn(epoch).vkey.split('+')[2]);
    expect(new Set(keys).size).toBe(3);
    expect(signerIn(2).vkey).toBe(signerIn(2).vkey);
  });
});

// 9 entries were signed, 5 are left
const lost = async () => {
  const whole = await ledgerOf(9);
  return { signed: await noteOf(whole, 1), store: await ledgerOf(5) };
};

describe('L26 every crash of beginning an epoch, and every order of what is found then', () => {
  test('died before the append: still refused', async () => {
    const { signed, store } = await lost();
    expect(await start(store, shelf(signed), 1)).toBe('rolled-back');
  });
  test('died after the append, before last-signed was written: goes on, signs no old size', async () => {
    const { signed, store } = await lost();
    await begin(store, 2, signed);
    const last = shelf(signed);
    expect(await start(store, last, 2)).toBe('signs 6 as 2');
    expect(readCheckpoint(last.note() ?? '')?.origin).toBe(`${LOG}/2`);
  });
  test('died after last-signed was written: goes on', async () => {
    const { signed, store } = await lost();
    await begin(store, 2, signed);
    expect(await start(store, shelf(await noteOf(store, 2)), 2)).toBe('signs 6 as 2');
  });
  test('an older last-signed of the earlier epoch, as another replica has it: goes on', async () => {
    const { signed, store } = await lost();
    await begin(store, 2, signed);
    for (const size of [0, 3, 5, 7]) {
      const older = await noteOf(await ledgerOf(size), 1);
      expect(await start(store, shelf(older), 2), String(size)).toBe('signs 6 as 2');
    }
  });
  test('more was signed than the epoch knew of, or other things at that size: refused', async () => {
    const { signed, store } = await lost();
    await begin(store, 2, signed);
    for (const other of [await ledgerOf(12), await ledgerOf(9, ',"x":1')])
      expect(await start(store, shelf(await noteOf(other, 1)), 2)).toBe('rolled-back');
  });
  test('nothing was known of what was signed: only what is there is believed', async () => {
    const { signed, store } = await lost();
    await begin(store, 2);
    expect(await start(store, shelf(), 2)).toBe('signs 6 as 2');
    expect(await start(store, shelf(await noteOf(await ledgerOf(5), 1)), 2)).toBe('signs 6 as 2');
    expect(await start(store, shelf(signed), 2)).toBe('rolled-back');
  });
  test('a copy from before the epoch: refused, and the next epoch is not the same again', async () => {
    const { signed, store } = await lost();
    await begin(store, 2, signed);
    const second = await noteOf(store, 2);
    const older = await ledgerOf(4);
    expect(await start(older, shelf(second), 1)).toBe('rolled-back');
    await begin(older, 3, second);
    expect(await start(older, shelf(second), 3)).toBe('signs 5 as 3');
    expect(await start(older, shelf(signed), 3), 'of the first, never known').toBe('rolled-back');
  });
  test('a copy from within the second epoch: refused, then the third', async () => {
    const { signed, store } = await lost();
    await begin(store, 2, signed);
    await store.append({ stream: 'act_x', expectedVersion: 0, entries: ['{}'] });
    const second = await noteOf(store, 2);
    const copy = await ledgerOf(5);
    await begin(copy, 2, signed);
    expect(await start(copy, shelf(second), 2)).toBe('rolled-back');
    await begin(copy, 3, second);
    expect(await start(copy, shelf(second), 3)).toBe('signs 7 as 3');
    expect(await start(copy, shelf(signed), 3), 'known to the second').toBe('signs 7 as 3');
  });
  test('another log’s checkpoint is never taken for an earlier epoch', async () => {
    const { store } = await lost();
    await begin(store, 2);
    const foreign = signCheckpoint(
      await (await ledgerOf(5)).head(),
      createLogSigner('example.com/ledger', readSigningKey(pem)),
    );
    expect(await start(store, shelf(foreign), 2)).toBe('store-failed');
  });
});

test('R4 GR-9 a grant of before the epoch is not believed: it may have been used in what was lost', () => {
  const key = readSigningKey(pem);
  const token = signJws(
    { iss: LOG, aud: 'x', nbf: 1_000, exp: 2_000, act: 'act_1' },
    'countersign-grant+jwt',
    key,
  );
  const expected = { issuer: LOG, audience: 'x', keys: [jwkOf(key.publicKey)] };
  const now = instant(1_500_000);
  expect(openGrant(token, expected, now)).toMatchObject({ act: 'act_1' });
  expect(openGrant(token, { ...expected, since: instant(1_000_000) }, now)).toMatchObject({
    act: 'act_1',
  });
  expect(openGrant(token, { ...expected, since: instant(1_000_001) }, now)).toBe('grant-expired');
});
