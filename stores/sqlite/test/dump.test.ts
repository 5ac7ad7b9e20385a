import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { instant, type StoreDump } from '@countersign/core';
import {
  createMemoryStore,
  describeDumpContract,
  type Loaded,
  type Store,
} from '@countersign/core/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSqliteStore, loadSqlite, openSqliteDump } from '../src/index.ts';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'countersign-dump-'));

async function opened(folder: string, clock = () => instant(0)): Promise<Loaded> {
  const store = await createSqliteStore({ folder, clock });
  return {
    store,
    dump: () => openSqliteDump(folder),
    dispose: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const sqlite: Store = {
  name: 'sqlite',
  open: (clock) => opened(newFolder(), clock),
  load: async (dump, clock) => {
    const folder = newFolder();
    try {
      await loadSqlite(folder, dump);
    } catch (cause) {
      expect(readdirSync(folder).filter((name) => name !== 'lock.db')).toEqual([]);
      rmSync(folder, { recursive: true });
      throw cause;
    }
    return opened(folder, clock);
  },
};

const memory: Store = {
  name: 'memory',
  open: async (clock) => {
    const store = createMemoryStore({ clock });
    return { store, dump: store.dump, dispose: store.close };
  },
  load: async (dump, clock) => {
    const store = createMemoryStore({ clock });
    await store.load(dump);
    return { store, dump: store.dump, dispose: store.close };
  },
};

describeDumpContract(sqlite, sqlite, { describe, test, expect });
describeDumpContract(sqlite, memory, { describe, test, expect });
describeDumpContract(memory, sqlite, { describe, test, expect });

function folderForTest(): string {
  const folder = newFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function filled(entries: number): Promise<StoreDump> {
  const store = createMemoryStore();
  for (let i = 0; i < entries; i++)
    await store.append({ stream: `act_${i}`, expectedVersion: 0, entries: [`{"i":${i}}`] });
  return store.dump();
}

describe('a folder to load into', () => {
  test('one that has a ledger is left as it is', async () => {
    const folder = folderForTest();
    await loadSqlite(folder, await filled(3));
    await expect(loadSqlite(folder, await filled(9))).rejects.toThrow('a ledger of 3 entries');
    const dump = await openSqliteDump(folder);
    expect(dump.head.size).toBe(3);
    await dump.close();
  });
  test('one that a gateway serves is refused, even while it has no entry', async () => {
    const folder = folderForTest();
    const store = await createSqliteStore({ folder, clock: () => instant(0) });
    onTestFinished(store.close);
    await expect(loadSqlite(folder, await filled(3))).rejects.toMatchObject({ code: 'locked' });
  });
  test('an empty database, and what a killed load left, make room', async () => {
    const folder = folderForTest();
    await (await createSqliteStore({ folder, clock: () => instant(0) })).close();
    new DatabaseSync(join(folder, 'ledger.db.loading')).close();
    await loadSqlite(folder, await filled(3));
    const store = await createSqliteStore({ folder, clock: () => instant(0) });
    expect((await store.head()).size).toBe(3);
    await store.close();
  });
});

describe('a folder to dump', () => {
  test('one without a ledger is said, and none is made there', async () => {
    const folder = folderForTest();
    await expect(openSqliteDump(folder)).rejects.toThrow('there is no ledger in');
    expect(existsSync(join(folder, 'ledger.db'))).toBe(false);
  });
  test('damage in the database is named: an entry, a leaf, a stream', async () => {
    for (const [sql, message] of [
      [`UPDATE events SET entry = CAST('{"i":8}' AS BLOB) WHERE seq = 1`, 'entry 1 of `act_1`'],
      [`UPDATE events SET leaf = zeroblob(32) WHERE seq = 2`, 'entry 2 of `act_2`'],
      [`UPDATE events SET leaf = zeroblob(3) WHERE seq = 2`, 'entry 2 of `act_2`'],
      [`DELETE FROM events WHERE seq = 1`, 'entry 1 is missing'],
      [`UPDATE events SET stream = 'act_x', ver = 2 WHERE seq = 0`, 'number 2 of `act_x`, not 1'],
      [`DELETE FROM heads`, 'the head says 0'],
    ] as const) {
      const [from, to] = [folderForTest(), folderForTest()];
      await loadSqlite(from, await filled(3));
      const db = new DatabaseSync(join(from, 'ledger.db'));
      db.exec(sql);
      db.close();
      const dump = await openSqliteDump(from);
      await expect(loadSqlite(to, dump)).rejects.toMatchObject({
        code: 'corrupt',
        message: expect.stringContaining(message),
      });
      await dump.close();
      expect(existsSync(join(to, 'ledger.db'))).toBe(false);
    }
  });
  test('reading it keeps nobody from writing, and lets the log be reset afterwards', async () => {
    const folder = folderForTest();
    const { store, dispose } = await opened(folder);
    const dump = await openSqliteDump(folder);
    for (let i = 0; i < 200; i++)
      await store.append({ stream: `act_${i}`, expectedVersion: 0, entries: [`{"i":${i}}`] });
    expect(dump.head.size).toBe(0);
    await dump.close();
    await store.append({
      stream: 'act_x',
      expectedVersion: 0,
      entries: ['{}'],
      blobs: { a: Uint8Array.of(1) },
    });
    await store.erase('act_x'); // truncates the log, which a reader would prevent
    await dispose();
  });
});
