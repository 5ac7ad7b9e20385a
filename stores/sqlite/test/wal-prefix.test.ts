import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { instant, type Clock, type StoreFailure } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { databasePath } from '../src/database.ts';
import { createLastSignedFile, createSqliteStore } from '../src/index.ts';
import { createWriter } from '../src/writer.ts';
import { toldBy, type Told } from './ledger-check.ts';
import { inFolder, runChild } from './run-child.ts';

const HEADER = 32;
const FRAME_HEADER = 24;
const CUTS = 40 * Number(process.env['COUNTERSIGN_CRASH_ROUNDS'] ?? 1);
const FLIPS = 60 * Number(process.env['COUNTERSIGN_CRASH_ROUNDS'] ?? 1);

const clock: Clock = () => instant(0);

type Killed = {
  readonly db: Buffer;
  readonly wal: Buffer;
  readonly signed: string;
  readonly told: Told;
};

/** What a writer killed in full run left: database, write-ahead log, last signed checkpoint. */
async function killWriter(root: string): Promise<Killed> {
  const [folder, lastSigned] = [join(root, 'killed'), join(root, 'last-signed')];
  const { output } = await runChild('./crash-child.ts', [folder, lastSigned, '9999'], {
    env: { TEST_PRAGMAS: 'PRAGMA wal_autocheckpoint = 100000' },
    killWhen: (text) => text.split('\nack').length > 4_000,
  });
  return {
    db: readFileSync(databasePath(folder)),
    wal: readFileSync(`${databasePath(folder)}-wal`),
    signed: readFileSync(lastSigned, 'utf8'),
    told: toldBy(output),
  };
}

/** Offsets to cut at: frames spread over the log, each also one byte beside, in its header, and half way. */
function cutsOf(wal: Buffer): readonly number[] {
  const frame = FRAME_HEADER + wal.readUInt32BE(8);
  const frames = Math.floor((wal.length - HEADER) / frame);
  const step = Math.max(1, Math.floor((frames * 5) / CUTS));
  const cuts = [0, 1, HEADER - 1, HEADER];
  for (let i = 0; i <= frames; i += step) {
    const at = HEADER + i * frame;
    cuts.push(at - 1, at, at + 1, at + FRAME_HEADER, at + Math.floor(frame / 2));
  }
  return cuts.filter((cut) => cut >= 0 && cut <= wal.length);
}

/** Opens a copy by the normal start of the writer, and says what it holds; throws what the start throws. */
function opens(
  root: string,
  db: Buffer,
  wal: Buffer,
): { size: number; root: string; whole: string } {
  const folder = join(root, 'copy');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(databasePath(folder), db);
  writeFileSync(`${databasePath(folder)}-wal`, wal);
  const writer = createWriter(folder, 0);
  const { size, root: hash } = writer.head();
  writer.close();
  const check = new DatabaseSync(databasePath(folder));
  const whole = String(check.prepare('PRAGMA integrity_check').get()?.['integrity_check']);
  const count = check.prepare('SELECT count(*) AS n, max(seq) + 1 AS next FROM events').get();
  check.close();
  if (Number(count?.['n']) !== size || Number(count?.['next'] ?? 0) !== size)
    throw new Error(`${String(count?.['n'])} entries under a head of ${size}`);
  return { size, root: Buffer.from(hash, 'latin1').toString('base64'), whole };
}

/** Every head the whole log has: a prefix must end at one of them. */
function headsOf(root: string, { db, wal }: Killed): ReadonlySet<string> {
  opens(root, db, wal);
  const all = new DatabaseSync(databasePath(join(root, 'copy')));
  const rows = all.prepare('SELECT size, hex(root) AS root FROM heads').all();
  all.close();
  const empty = '0 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
  return new Set([
    empty,
    ...rows.map(
      ({ size, root: hash }) =>
        `${Number(size)} ${Buffer.from(String(hash), 'hex').toString('base64')}`,
    ),
  ]);
}

describe('write-ahead log cut short or damaged', () => {
  test('R1 every prefix opens as the ledger was after some batch', async () => {
    await inFolder(async (root) => {
      const killed = await killWriter(root);
      const heads = headsOf(root, killed);
      expect(heads.size).toBeGreaterThan(20);
      const sizes = new Set<number>();
      for (const cut of cutsOf(killed.wal)) {
        const found = opens(root, killed.db, killed.wal.subarray(0, cut));
        expect(found.whole, `cut at ${cut}`).toBe('ok');
        expect([...heads], `cut at ${cut}`).toContain(`${found.size} ${found.root}`);
        sizes.add(found.size);
      }
      expect(sizes.size).toBeGreaterThan(5);
    });
  });
  test('R1 a flipped byte never yields a ledger that was not', async () => {
    await inFolder(async (root) => {
      const killed = await killWriter(root);
      const heads = headsOf(root, killed);
      let shortened = 0;
      for (let i = 0; i < FLIPS; i++) {
        const at = Math.floor(((i + 0.5) / FLIPS) * killed.wal.length);
        const wal = Buffer.from(killed.wal);
        wal[at] = (wal[at] ?? 0) ^ (1 << (i % 8));
        const found = opens(root, killed.db, wal);
        expect(found.whole, `flip at ${at}`).toBe('ok');
        expect([...heads], `flip at ${at}`).toContain(`${found.size} ${found.root}`);
        if (found.size < killed.told.acks.length) shortened++;
      }
      expect(shortened).toBeGreaterThan(FLIPS / 2); // control: the flips did reach the log
    });
  });
  test('L20 a ledger shorter than what was signed is refused, and both sizes are named', async () => {
    await inFolder(async (root) => {
      const { db, wal, signed } = await killWriter(root);
      const lastSigned = join(root, 'copied-last-signed');
      writeFileSync(lastSigned, signed);
      const signedSize = Number(signed.split('\n')[1]);
      const folder = join(root, 'copy');
      const refusals = new Set<string>();
      for (const part of [0, 0.3, 0.6, 1]) {
        const { size } = opens(root, db, wal.subarray(0, Math.floor(wal.length * part)));
        const opened = createSqliteStore({
          folder,
          clock,
          lastSigned: createLastSignedFile(lastSigned),
        });
        const outcome = await opened.then(
          async (store) => {
            await store.close();
            return 'opened';
          },
          (cause: StoreFailure) => `${cause.code}: ${cause.message}`,
        );
        refusals.add(outcome.slice(0, 11));
        if (size >= signedSize) expect(outcome).toBe('opened');
        else
          expect(outcome).toBe(
            `rolled-back: the ledger has ${size} entries, but ${signedSize} were signed; an old copy was restored`,
          );
      }
      expect(refusals).toEqual(new Set(['opened', 'rolled-back']));
    });
  });
  test('L20 a longer ledger with another beginning is refused', async () => {
    await inFolder(async (root) => {
      const lastSigned = join(root, 'last-signed');
      await runChild('./crash-child.ts', [join(root, 'signed'), lastSigned, '3']);
      const folder = join(root, 'other');
      const other = await createSqliteStore({ folder, clock });
      const entries = Array.from({ length: 2_000 }, (_, i) => String(i));
      await other.append({ stream: 'act_1', expectedVersion: 0, entries });
      await other.close();
      const signed = createLastSignedFile(lastSigned);
      await expect(createSqliteStore({ folder, clock, lastSigned: signed })).rejects.toMatchObject({
        code: 'rolled-back',
        message: expect.stringMatching(
          /^the ledger has 2000 entries, and its first \d+ are not those/,
        ),
      });
    });
  });
});
