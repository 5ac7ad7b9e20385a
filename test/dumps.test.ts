// A ledger moves between every pair of stores, and is the same ledger afterwards.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryStore, describeDumpContract, type Store } from '@countersign/core/testing';
import {
  createPostgresStore,
  holdPostgres,
  loadPostgres,
  migrate,
  openPostgresDump,
  requireIdle,
} from '@countersign/store-postgres';
import { createSqliteStore, loadSqlite, openSqliteDump } from '@countersign/store-sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from './postgres.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.remove());

const newSchema = async (): Promise<{ readonly url: string; readonly schema: string }> => {
  const access = { url: database.url, schema: `d${randomBytes(6).toString('hex')}` };
  await migrate(access);
  return access;
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

const openSqlite = async (folder: string, clock: Parameters<Store['open']>[0]) => {
  const store = await createSqliteStore({ folder, clock });
  return {
    store,
    dump: () => openSqliteDump(folder),
    dispose: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
};
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'countersign-dumps-'));
const sqlite: Store = {
  name: 'sqlite',
  open: (clock) => openSqlite(newFolder(), clock),
  load: async (dump, clock) => {
    const folder = newFolder();
    await loadSqlite(folder, dump);
    return openSqlite(folder, clock);
  },
};

type Access = Awaited<ReturnType<typeof newSchema>>;
const openPostgres = async (access: Access, clock: Parameters<Store['open']>[0]) => {
  const store = await createPostgresStore({ ...access, clock });
  return { store, dump: () => openPostgresDump(access), dispose: store.close };
};
const postgres: Store = {
  name: 'postgres',
  open: async (clock) => openPostgres(await newSchema(), clock),
  load: async (dump, clock) => {
    const access = await newSchema();
    await loadPostgres(access, dump);
    return openPostgres(access, clock);
  },
};

describeDumpContract(sqlite, postgres, { describe, test, expect });
describeDumpContract(postgres, sqlite, { describe, test, expect });
describeDumpContract(postgres, postgres, { describe, test, expect });
describeDumpContract(memory, postgres, { describe, test, expect });
describeDumpContract(postgres, memory, { describe, test, expect });

const filled = async () => {
  const store = createMemoryStore();
  await store.append({ stream: 'act_1', expectedVersion: 0, entries: ['{}'] });
  return store.dump();
};

describe('a schema to load into', () => {
  test('one that has a ledger is left as it is', async () => {
    const access = await newSchema();
    await loadPostgres(access, await filled());
    await expect(loadPostgres(access, await filled())).rejects.toThrow('a ledger of 1 entries');
  });
  test('one that was never made is said', async () => {
    const access = { url: database.url, schema: 'never_made' };
    await expect(loadPostgres(access, await filled())).rejects.toMatchObject({
      code: 'needs-migration',
    });
    await expect(openPostgresDump(access)).rejects.toMatchObject({ code: 'needs-migration' });
  });
  test('one that a gateway serves is not held; one that is held is not written to', async () => {
    const access = await newSchema();
    const store = await createPostgresStore(access);
    expect(await store.leases.hold('expiry', 3_000)).toBe(true);
    await expect(requireIdle(access)).rejects.toMatchObject({ code: 'locked' });
    await expect(holdPostgres(access)).rejects.toMatchObject({ code: 'locked' });
    await store.leases.release();
    await requireIdle(access);
    const release = await holdPostgres(access);
    let isWritten = false;
    const written = store
      .append({ stream: 'act_1', expectedVersion: 0, entries: ['{}'] })
      .then(() => (isWritten = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isWritten).toBe(false);
    await release();
    await written;
    await store.close();
  });
});
