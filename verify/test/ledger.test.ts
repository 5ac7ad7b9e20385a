import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { verifyLedger } from '../src/ledger/verify-ledger.ts';
import { nodePrimitives } from '../src/main.ts';
import { readTrust, type Trust } from '../src/note/trust.ts';
import { webPrimitives } from '../src/primitives.ts';
import { createLedger, createSigner, makeEntries, signHead, sourceOf } from './write-ledger.ts';

const log = createSigner('example.com/ledger', Buffer.alloc(32, 1));
const witness = createSigner('witness.example', Buffer.alloc(32, 2), 1_700_000_000);
const other = createSigner('example.com/other', Buffer.alloc(32, 3));

async function trusting(text: string): Promise<Trust> {
  const trust = await readTrust(text);
  if (!trust.ok) throw new Error(trust.failure.message);
  return trust.value;
}
const trust = await trusting(
  `log ${log.vkey}\nwitness W ${witness.vkey}\ngroup G all W\nquorum G\n`,
);

const verify = (files: ReadonlyMap<string, Uint8Array>, by = nodePrimitives) =>
  verifyLedger(sourceOf(files), trust, { primitives: by, depth: 'streams' });

const codeOf = async (files: ReadonlyMap<string, Uint8Array>): Promise<string> => {
  const result = await verify(files);
  return result.ok ? 'ok' : result.failure.code;
};

const honest = (count: number) => createLedger(makeEntries(count), [log, witness]);

const without = (file: string) => {
  const files = honest(300);
  files.delete(file);
  return files;
};
const signed = (...signers: Parameters<typeof createLedger>[1]) =>
  createLedger(makeEntries(3), signers);

describe('a whole ledger', () => {
  test.each([0, 1, 2, 255, 256, 257, 512, 700, 65_536 + 300])(
    'of %i entries verifies',
    async (count) => {
      const result = await verify(honest(count));
      expect(result).toMatchObject({ ok: true, value: { entries: count, depth: 'streams' } });
    },
  );

  test('verifies with Web Crypto alone', async () => {
    expect(await verify(honest(700), webPrimitives)).toMatchObject({ ok: true });
  });

  test('verifies from gzipped bundles, and from full tiles where partial ones are gone', async () => {
    const files = honest(700);
    const longer = honest(768);
    for (const file of ['tile/entries/000', 'tile/entries/001'])
      files.set(file, gzipSync(files.get(file) ?? ''));
    for (const kind of ['entries', '0']) {
      files.delete(`tile/${kind}/002.p/188`);
      files.set(`tile/${kind}/002`, longer.get(`tile/${kind}/002`) ?? new Uint8Array());
    }
    expect(await codeOf(files)).toBe('ok');
  });

  test('any flipped byte of any file fails, and says which file', async () => {
    const files = honest(300);
    const codes = new Set<string>();
    for (const [file, bytes] of files)
      for (let at = 0; at < bytes.length; at += file.startsWith('tile') ? 37 : 1) {
        const flipped = new Uint8Array(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ 1;
        const result = await verify(new Map(files).set(file, flipped));
        expect(result.ok, `${file} at ${at}`).toBe(false);
        if (!result.ok) codes.add(`${file}: ${result.failure.code}`);
      }
    expect([...codes].toSorted()).toEqual([
      'checkpoint: checkpoint-malformed',
      'checkpoint: cosignature-invalid',
      'checkpoint: log-signature-invalid',
      'checkpoint: log-signature-missing',
      'checkpoint: origin-unknown',
      'checkpoint: quorum-not-met',
      'tile/0/000: tile-mismatch',
      'tile/0/001.p/44: tile-mismatch',
      'tile/1/000.p/1: tile-mismatch',
      'tile/entries/000: bundle-malformed',
      'tile/entries/000: tile-mismatch',
      'tile/entries/001.p/44: bundle-malformed',
      'tile/entries/001.p/44: tile-mismatch',
    ]);
  });

  const holding = (...entries: readonly string[]) => createLedger(entries, [log, witness]);
  const [first = '', second = '', third = ''] = makeEntries(3);
  const anotherRoot = () =>
    holding(first, second).set(
      'checkpoint',
      Buffer.from(signHead({ size: 2, root: Buffer.alloc(32) }, [log, witness])),
    );
  test.each([
    ['checkpoint-missing', without('checkpoint')],
    ['bundle-missing', without('tile/entries/000')],
    ['tile-missing', without('tile/1/000.p/1')],
    ['origin-unknown', signed(other, witness)],
    ['quorum-not-met', signed(log)],
    ['root-mismatch', anotherRoot()],
    ['stream-gap', holding(first, third)],
    ['stream-gap', holding(first, second, second)],
    ['entry-malformed', holding('{"v":1}')],
    ['entry-malformed', holding(first.replace(',', ', '))],
    ['entry-malformed', holding(first.replace('"v":1', '"v":2'))],
    ['entry-malformed', holding(`\uFEFF${first}`)],
  ])('%s', async (code, files) => {
    expect(await codeOf(files)).toBe(code);
  });

  test('trailing bytes of a bundle fail', async () => {
    const files = honest(300);
    const file = 'tile/entries/001.p/44';
    files.set(file, Buffer.concat([files.get(file) ?? new Uint8Array(), Buffer.of(0, 0)]));
    expect(await codeOf(files)).toBe('bundle-malformed');
  });

  test('ATTACKER: a bundle that inflates without end is no bundle', async () => {
    const bomb = gzipSync(Buffer.alloc(64_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    expect(await codeOf(honest(300).set('tile/entries/000', bomb))).toBe('bundle-malformed');
  });

  test('a source that fails is not a ledger that is missing', async () => {
    const broken = { read: () => Promise.reject(new Error('disk on fire')) };
    expect(await verifyLedger(broken, trust)).toMatchObject({
      failure: { code: 'source-unreadable', message: expect.stringContaining('disk on fire') },
    });
  });
});
