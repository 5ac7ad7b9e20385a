import { beforeEach, describe, expect, test } from 'vitest';
import { makeSigningKeyPem, readSigningKey } from '../src/crypto.ts';
import { readCheckpoint, signCheckpoint } from '../src/ledger/checkpoint.ts';
import {
  createCheckpointer,
  type Checkpointer,
  type LastSigned,
} from '../src/ledger/checkpointer.ts';
import { createLogSigner, openNote, parseVkey, type NoteSigner } from '../src/ledger/note.ts';
import type { LedgerStore } from '../src/ports.ts';
import { createMemoryStore } from '../src/testing/index.ts';

const newSigner = (origin = 'example.com/log'): NoteSigner =>
  createLogSigner(origin, readSigningKey(makeSigningKeyPem()));

/** A last-signed place that says what was written, and can be broken. */
function createShelf(kept?: string): LastSigned & { written: string[]; breakWith?: Error } {
  const shelf: LastSigned & { written: string[]; breakWith?: Error } = {
    written: [],
    read: async () => shelf.written.at(-1) ?? kept,
    write: async (checkpoint) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (shelf.breakWith) throw shelf.breakWith;
      shelf.written.push(checkpoint);
    },
  };
  return shelf;
}

const sizeOf = (note: string): number | undefined => readCheckpoint(note)?.size;

describe('checkpointer', () => {
  let store: LedgerStore;
  let later: (() => void)[];
  let failures: unknown[];
  let streams: number;
  beforeEach(() => {
    [store, later, failures, streams] = [createMemoryStore(), [], [], 0];
  });
  const append = async (count = 1): Promise<void> => {
    for (let i = 0; i < count; i++)
      await store.append({ stream: `act_${streams++}`, expectedVersion: 0, entries: ['{}'] });
  };
  const start = (shelf: LastSigned, signer: NoteSigner): Promise<Checkpointer> =>
    createCheckpointer({
      store,
      signer,
      lastSigned: shelf,
      later: (ms, run) => {
        expect(ms).toBe(100);
        later.push(run);
      },
      onFailure: (cause) => failures.push(cause),
    });

  test('L18 signs an empty ledger at once, and everything appended on demand', async () => {
    const [shelf, signer] = [createShelf(), newSigner()];
    const checkpointer = await start(shelf, signer);
    expect(sizeOf(checkpointer.latest())).toBe(0);
    await append(3);
    expect(sizeOf(checkpointer.latest())).toBe(0);
    const note = await checkpointer.current();
    const verifier = parseVkey(signer.vkey);
    expect(verifier && openNote(note, [verifier]).ok).toBe(true);
    expect(readCheckpoint(note)).toEqual({
      origin: 'example.com/log',
      size: 3,
      root: (await store.head()).root,
    });
    expect(checkpointer.latest()).toBe(note);
    expect(await checkpointer.current()).toBe(note);
    expect(shelf.written.map(sizeOf)).toEqual([0, 3]);
  });
  test('R1 L20 a checkpoint is durable before anyone sees it', async () => {
    const shelf = createShelf();
    const checkpointer = await start(shelf, newSigner());
    await append();
    shelf.breakWith = new Error('disk full');
    await expect(checkpointer.current()).rejects.toThrow('disk full');
    expect(sizeOf(checkpointer.latest())).toBe(0);
    delete shelf.breakWith;
    await append();
    expect(sizeOf(await checkpointer.current())).toBe(2);
  });
  test('follows the ledger with one timer at a time, and says when it fails', async () => {
    const shelf = createShelf();
    const checkpointer = await start(shelf, newSigner());
    await append(5);
    expect(later).toHaveLength(1);
    later.shift()?.();
    expect(sizeOf(await checkpointer.current())).toBe(5);
    await append();
    expect(later).toHaveLength(1);
    shelf.breakWith = new Error('disk full');
    later.shift()?.();
    await expect.poll(() => failures).toEqual([shelf.breakWith]);
    delete shelf.breakWith;
    await checkpointer.stop();
    expect(sizeOf(checkpointer.latest())).toBe(6);
    await append();
    expect(later).toHaveLength(0);
  });
  test('L18 callers at once share signatures, and sizes never decrease', async () => {
    const shelf = createShelf();
    const checkpointer = await start(shelf, newSigner());
    const wanted: [number, Promise<string>][] = [];
    for (let i = 0; i < 100; i++) {
      await append();
      wanted.push([i + 1, checkpointer.current()]);
    }
    for (const [size, note] of wanted) expect(sizeOf(await note)).toBeGreaterThanOrEqual(size);
    const sizes = shelf.written.map((note) => sizeOf(note) ?? -1);
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    expect(new Set(sizes).size).toBe(sizes.length);
    expect(sizes.length).toBeLessThan(102);
  });
  test('goes on from what was signed before', async () => {
    const signer = newSigner();
    await append(2);
    const before = signCheckpoint(await store.head(), signer);
    const shelf = createShelf(before);
    expect((await start(shelf, signer)).latest()).toBe(before);
    expect(shelf.written).toEqual([]);
  });
  test('a new key signs the same head anew', async () => {
    await append(2);
    const shelf = createShelf(signCheckpoint(await store.head(), newSigner()));
    const signer = newSigner();
    const verifier = parseVkey(signer.vkey);
    const note = (await start(shelf, signer)).latest();
    expect(verifier && openNote(note, [verifier]).ok).toBe(true);
    expect(sizeOf(note)).toBe(2);
  });
  test.each([
    [
      'a longer ledger was signed',
      'example.com/log',
      9,
      'the ledger has 2 entries, but 9 were signed',
    ],
    ['another log was signed', 'example.com/other', 2, 'is of `example.com/other`'],
  ])('L18 L20 refuses to start where %s', async (_, origin, size, text) => {
    await append(2);
    const { root } = await store.head();
    const shelf = createShelf(signCheckpoint({ size, root }, newSigner(origin)));
    await expect(start(shelf, newSigner())).rejects.toThrow(text);
    expect(shelf.written).toEqual([]);
  });
  test('refuses to start on what it cannot read', async () => {
    await expect(start(createShelf('junk'), newSigner())).rejects.toMatchObject({
      code: 'corrupt',
    });
  });
});
