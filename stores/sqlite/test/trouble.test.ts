import { hash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { instant, type Clock, type Unit } from '@countersign/core';
import { createFixedClock } from '@countersign/core/testing';
import { describe, expect, test } from 'vitest';
import { databasePath, openWriter } from '../src/database.ts';
import { createLastSignedFile, createSqliteStore } from '../src/index.ts';
import { createWriter } from '../src/writer.ts';
import { findDamage, toldBy } from './ledger-check.ts';
import { inFolder, runChild } from './run-child.ts';

const clock: Clock = () => instant(1_700_000_000_000);
const unit = (stream: string, ...entries: string[]): Unit => ({
  stream,
  expectedVersion: 0,
  entries,
});

/** Root ignores permission bits until the capability to do so is dropped. */
const mortal = ((): readonly string[] => {
  if (process.getuid?.() !== 0) return [];
  const flag = '--bounding-set=-dac_override,-dac_read_search';
  return ['setpriv', flag];
})();

/** A ledger with three entries, closed again. */
async function smallLedger(folder: string): Promise<void> {
  const store = await createSqliteStore({ folder, clock });
  await store.append(unit('act_1', '1', '2', '3'));
  await store.close();
}

describe('a store that cannot be trusted does not open', () => {
  test('R2 one process at a time; closing frees the folder', async () => {
    await inFolder(async (root) => {
      const folder = join(root, 'data');
      const store = await createSqliteStore({ folder, clock });
      await expect(createSqliteStore({ folder, clock })).rejects.toMatchObject({
        code: 'locked',
        retryable: true,
        message: expect.stringContaining('open in another process'),
      });
      const { output } = await runChild('./open-child.ts', [folder]);
      expect(output).toMatch(/^failed locked /);
      expect((await store.append(unit('act_1', '1'))).ok).toBe(true);
      await store.close();
      expect((await runChild('./open-child.ts', [folder])).output).toBe('ack 1 act_0 1\n');
    });
  });
  test('a ledger of schema 1 is brought up to date, nothing of it lost', async () => {
    await inFolder(async (root) => {
      const old = await createSqliteStore({ folder: root, clock });
      await old.append({ ...unit('act_1', '1', '2'), blobs: { payload: Buffer.from('old') } });
      const waiting = (n: number, entry: string, state = 'pending'): Unit => ({
        ...unit(`act_w${n}`, entry),
        standing: { state, agent: 'bot', createdAt: instant(n) },
      });
      await old.append(waiting(1, '{"lineage":{"owner":"mona","session":"s"}}'));
      await old.append(waiting(2, '{"lineage":{"owner":"mona"}}'));
      await old.append(waiting(3, '{"lineage":{"owner":"mona"}}', 'denied'));
      await old.append(waiting(4, 'no JSON'));
      const head = await old.head();
      await old.close();
      change(
        databasePath(root),
        `DROP INDEX standings_by_owner; DROP INDEX standings_by_session;
         ALTER TABLE standings DROP COLUMN owner; ALTER TABLE standings DROP COLUMN session;
         DROP INDEX standings_asked; ALTER TABLE blobs DROP COLUMN erased;
         DELETE FROM schema_version WHERE version > 1`,
      );
      const store = await createSqliteStore({ folder: root, clock });
      expect(await store.head()).toEqual(head);
      expect(await store.blob('act_1', 'payload')).toEqual(new Uint8Array(Buffer.from('old')));
      await store.erase('act_1');
      expect(await store.blob('act_1', 'payload')).toBeUndefined();
      expect((await store.append({ ...unit('act_1', '3'), expectedVersion: 2 })).ok).toBe(true);
      expect(await store.find({ states: ['x'], limit: 1, isAsked: true })).toEqual([]);
      const found = await store.find({ states: ['pending', 'denied'], limit: 9 });
      expect(found.map(({ standing: { owner, session } }) => [owner, session])).toEqual([
        [undefined, undefined],
        [undefined, undefined],
        ['mona', undefined],
        ['mona', 's'],
      ]);
      const quotas = [{ of: { owner: 'mona' }, states: ['pending'], most: 2 }];
      expect(await store.append({ ...waiting(5, '{}'), quotas })).toMatchObject({
        error: { code: 'over-quota', of: { owner: 'mona' } },
      });
      await store.close();
      expect(await findDamage(root, join(root, 'none'), { acks: [], heads: [] })).toEqual([]);
    });
  });
  test('a newer schema is refused', async () => {
    await inFolder(async (root) => {
      await smallLedger(root);
      const db = new DatabaseSync(databasePath(root));
      db.exec('INSERT INTO schema_version (version) VALUES (1000)');
      db.close();
      await expect(createSqliteStore({ folder: root, clock })).rejects.toMatchObject({
        code: 'too-new',
        message: expect.stringContaining('schema 1000'),
      });
    });
  });
  test.each([
    [
      'no database',
      (path: string) =>
        writeFileSync(path, 'not a database, but long enough to be read as one'.repeat(99)),
    ],
    [
      'a damaged page',
      (path: string) => {
        const bytes = readFileSync(path);
        writeFileSync(path, bytes.fill(0xff, 4_096, 8_192));
      },
    ],
    [
      'half a database',
      (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 6_000)),
    ],
    ['a changed head', (path: string) => change(path, 'UPDATE heads SET root = zeroblob(32)')],
    [
      'a changed leaf',
      (path: string) => change(path, 'UPDATE events SET leaf = zeroblob(32) WHERE seq = 2'),
    ],
    ['a removed entry', (path: string) => change(path, 'DELETE FROM events WHERE seq = 2')],
    [
      'a hash of another length',
      (path: string) => change(path, "UPDATE heads SET root = x'00' WHERE size > 0"),
    ],
  ])('%s is refused as corrupt', async (_, damage) => {
    await inFolder(async (root) => {
      await smallLedger(root);
      damage(databasePath(root));
      await expect(createSqliteStore({ folder: root, clock })).rejects.toMatchObject({
        name: 'StoreFailure',
        code: 'corrupt',
      });
    });
  });
  test('a last-signed file that cannot be read is refused', async () => {
    await inFolder(async (root) => {
      await smallLedger(root);
      const path = join(root, 'last-signed');
      writeFileSync(path, 'example.com\n3\n');
      const lastSigned = createLastSignedFile(path);
      await expect(createSqliteStore({ folder: root, clock, lastSigned })).rejects.toMatchObject({
        code: 'corrupt',
      });
    });
  });
});

const change = (path: string, sql: string): void => {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
};

describe('the disk says no', () => {
  test('R2 a folder that may not be written: a clear failure, nothing acknowledged', async () => {
    await inFolder(async (root) => {
      chmodSync(root, 0o755);
      const [fresh, used] = [join(root, 'fresh'), join(root, 'used')];
      mkdirSync(fresh);
      await smallLedger(used);
      chmodSync(databasePath(used), 0o444);
      for (const folder of [fresh, used]) {
        chmodSync(folder, 0o555);
        const { output } = await runChild('./open-child.ts', [folder], { under: mortal });
        expect(output).toMatch(/^failed read-only .*write permission/);
        chmodSync(folder, 0o755);
      }
      expect(existsSync(databasePath(fresh))).toBe(false);
    });
  });
  test('R2 a database that may not be written: a clear failure, nothing acknowledged', async () => {
    await inFolder(async (root) => {
      chmodSync(root, 0o755);
      await smallLedger(root);
      chmodSync(databasePath(root), 0o444);
      const { output } = await runChild('./open-child.ts', [root], { under: mortal });
      expect(output).toMatch(/^failed read-only .*write permission/);
    });
  });
  test.each([0, 64, 300, 2_000])(
    'R2 files may not grow beyond %i blocks: a clear failure, and nothing told is lost',
    async (blocks) => {
      await inFolder(async (root) => {
        const folder = join(root, 'data');
        const under = ['sh', '-c', `ulimit -f ${blocks}; exec "$@"`, 'sh'];
        const { output, code } = await runChild('./open-child.ts', [folder, '100000'], { under });
        expect(code).toBe(0);
        expect(output).toMatch(/(^|\n)failed store-failed .*check the disk.*\n$/);
        if (blocks >= 300) expect(toldBy(output).acks.length).toBeGreaterThan(0);
        expect(await findDamage(folder, join(root, 'none'), toldBy(output))).toEqual([]);
      });
    },
  );
  test.each([60, 400])(
    'R2 disk full at %i pages: a clear failure, and nothing told is lost',
    async (pages) => {
      await inFolder(async (root) => {
        const [folder, lastSigned] = [join(root, 'data'), join(root, 'last-signed')];
        const env = { TEST_PRAGMAS: `PRAGMA max_page_count = ${pages}` };
        const { output, code } = await runChild('./crash-child.ts', [folder, lastSigned, '9999'], {
          env,
        });
        expect([code, output.includes('late')]).toEqual([7, false]);
        expect(output).toMatch(/\nfailed disk-full\n$/);
        expect(await findDamage(folder, lastSigned, toldBy(output))).toEqual([]);
      });
    },
  );
  test('the last signed checkpoint cannot be written: signing fails, the old one stays', async () => {
    await inFolder(async (root) => {
      const lastSigned = createLastSignedFile(join(root, 'missing', 'last-signed'));
      expect(await lastSigned.read()).toBeUndefined();
      await expect(lastSigned.write('x')).rejects.toMatchObject({ code: 'store-failed' });
    });
  });
});

describe('beyond what it holds', () => {
  test('R2 a full queue refuses as overloaded, and takes units again', async () => {
    await inFolder(async (root) => {
      const limits = { queuedEvents: 5, queuedBytes: 100 };
      const store = await createSqliteStore({ folder: root, clock, limits });
      const results = await Promise.all([
        store.append(unit('act_1', '1', '2', '3')),
        store.append(unit('act_2', '1', '2', '3')),
        store.append(unit('act_3', 'x'.repeat(200))),
        store.append(unit('act_4', '1', '2')),
      ]);
      expect(results.map((it) => (it.ok ? 'ok' : it.error.code))).toEqual([
        'ok',
        'overloaded',
        'overloaded',
        'ok',
      ]);
      expect((await store.head()).size).toBe(5);
      expect((await store.append(unit('act_2', '1', '2', '3'))).ok).toBe(true);
      await store.close();
    });
  });
  test('close answers what waits, and takes nothing more', async () => {
    await inFolder(async (root) => {
      const store = await createSqliteStore({ folder: root, clock });
      const waiting = Promise.all(
        Array.from({ length: 50 }, (_, i) => store.append(unit(`act_${i}`, '1'))),
      );
      await store.close();
      expect((await waiting).every((it) => it.ok)).toBe(true);
      await expect(store.append(unit('act_late', '1'))).rejects.toMatchObject({
        name: 'StoreFailure',
        message: 'the ledger is closed',
      });
      await store.close();
    });
  });
  test('claims past their time are swept away, the others stay', async () => {
    await inFolder(async (root) => {
      const moving = createFixedClock();
      const store = await createSqliteStore({ folder: root, clock: moving });
      const until = instant(moving() + 1_000);
      const claims = [{ name: 'past', until }, { name: 'open' }];
      await store.append({ ...unit('act_0', '0'), claims });
      const named = (): unknown[] => {
        const db = new DatabaseSync(databasePath(root), { readOnly: true });
        const names = db.prepare('SELECT name FROM claims ORDER BY name').all();
        db.close();
        return names.map((row) => row['name']);
      };
      const batches = async (from: number, to: number): Promise<void> => {
        for (let i = from; i < to; i++) await store.append(unit(`act_${i}`, String(i)));
      };
      await batches(1, 70);
      expect(named()).toEqual(['open', 'past']);
      moving.advance(1_000);
      await batches(70, 140);
      expect(named()).toEqual(['open']);
      await store.close();
    });
  });
  test('a listener that throws costs its unit nothing', async () => {
    await inFolder(async (root) => {
      const store = await createSqliteStore({ folder: root, clock });
      const uncaught: unknown[] = [];
      const before = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.once('uncaughtException', (cause) => uncaught.push(cause));
      store.onAppended(() => {
        throw new Error('a follower fell over');
      });
      expect((await store.append(unit('act_1', '1'))).ok).toBe(true);
      await new Promise((resolve) => setImmediate(resolve));
      for (const listener of before) process.on('uncaughtException', listener);
      expect(uncaught).toMatchObject([{ message: 'a follower fell over' }]);
      await store.close();
    });
  });
});

/** By formula, so that every run lays out the same pages: deleting rows would leave six of them readable. */
const digest = (text: string): Buffer => hash('sha256', `2 ${text}`, 'buffer');

const blobsOf = (i: number): readonly (readonly [string, Buffer])[] => [
  ['key', digest(`key ${i}`)],
  [
    'payload',
    Buffer.alloc(100 + (digest(`size ${i}`).readUInt32BE() % 1_500), digest(`payload ${i}`)),
  ],
  ['view', Buffer.alloc(60, digest(`view ${i}`))],
];

test('R9 L4 what is erased among many is nowhere in the files, small values included', async () => {
  await inFolder(async (root) => {
    const db = openWriter(root);
    const insert = db.prepare('INSERT INTO blobs (stream, name, data) VALUES (?, ?, ?)');
    const streams = Array.from({ length: 600 }, (_, i) => i);
    db.exec('BEGIN');
    for (const i of streams)
      for (const [name, data] of blobsOf(i)) insert.run(`act_${i}`, name, data);
    db.exec('COMMIT');
    db.close();
    const writer = createWriter(root, 0);
    const erased = streams
      .toSorted((a, b) => Buffer.compare(digest(`order ${a}`), digest(`order ${b}`)))
      .slice(0, 360);
    for (const i of erased) writer.erase(`act_${i}`);
    const file = readFileSync(databasePath(root)).toString('latin1');
    const left = erased.filter((i) =>
      blobsOf(i).some(([, data]) => file.includes(data.subarray(0, 32).toString('latin1'))),
    );
    expect(left).toEqual([]);
    for (const i of streams.filter((it) => !erased.includes(it)))
      expect(file.includes(digest(`key ${i}`).toString('latin1'))).toBe(true);
    writer.close();
  });
});

test('R9 L4 erased bytes are nowhere in the files, and the tree is as before', async () => {
  await inFolder(async (root) => {
    const secret = Buffer.from('a sealed payload that must not be found again'.repeat(300));
    const store = await createSqliteStore({ folder: root, clock });
    await store.append({ ...unit('act_1', '1'), blobs: { payload: secret } });
    await store.append({ ...unit('act_2', '2'), blobs: { payload: Buffer.from('stays') } });
    const isOnDisk = (): boolean =>
      ['', '-wal'].some((end) =>
        readFileSync(databasePath(root) + end).includes('must not be found'),
      );
    expect(isOnDisk()).toBe(true);
    const before = await store.head();
    await store.erase('act_1');
    expect(isOnDisk()).toBe(false);
    expect(await store.head()).toEqual(before);
    expect(await store.blob('act_2', 'payload')).toEqual(new Uint8Array(Buffer.from('stays')));
    await store.close();
    expect(await findDamage(root, join(root, 'none'), { acks: [], heads: [] })).toEqual([]);
  });
});
