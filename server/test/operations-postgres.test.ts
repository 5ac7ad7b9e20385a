// The same operations where the ledger is in PostgreSQL: by configuration alone.
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instant } from '@countersign/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serve, type Config } from '../src/index.ts';
import {
  backUp,
  beginEpoch,
  checkStore,
  copyStore,
  loadConfig,
  migrateLedger,
  restore,
} from '../src/operations.ts';
import { testDatabase } from '../../test/postgres.ts';
import { held, READ, startGateway, tokens, type Fixture } from './gateway-fixture.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let fixture: Fixture;
const made: string[] = [];
beforeAll(async () => {
  database = await testDatabase();
  fixture = await startGateway();
  await fixture.call('etl', 'POST', '/v1/actions', READ);
  await held(fixture, 'one.csv');
  await fixture.gateway().stop();
});
afterAll(async () => {
  await fixture.stop();
  for (const folder of made) rmSync(folder, { recursive: true });
  await database.remove();
});

const now = instant(Date.now());
const confirm = async (): Promise<boolean> => true;
const env = () => ({ ...tokens(), T_database: database.url });

/** The same installation, its ledger to be in a schema of its own. */
async function replica(schema: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-operations-'));
  made.push(folder);
  for (const name of ['countersign.yaml', 'policies', 'data/keys'])
    cpSync(join(fixture.folder, name), join(folder, name), { recursive: true });
  const path = join(folder, 'countersign.yaml');
  appendFileSync(path, `database: { url: 'env:T_database', schema: ${schema} }\n`);
  await migrateLedger(await configOf(folder), { isDryRun: false });
  return folder;
}

async function configOf(folder: string): Promise<Config> {
  const loaded = await loadConfig({ path: join(folder, 'countersign.yaml'), env: env() });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.config;
}
const start = (folder: string) =>
  serve({ configPath: join(folder, 'countersign.yaml'), env: env(), write: () => undefined });
const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );

test('a ledger moves into a database, is saved there while it serves, and goes on in a new epoch', async () => {
  const schema = `o${Date.now()}`;
  const [moved, other] = [await replica(`${schema}a`), await replica(`${schema}b`)];
  const [from, to] = [await configOf(fixture.folder), await configOf(moved)];
  const copied = await copyStore(from, to, { now, isLive: false });
  expect((await checkStore(to)).problems).toEqual([]);
  expect((await checkStore(to)).root).toBe((await checkStore(from)).root);
  expect(await codeOf(copyStore(from, to, { now, isLive: false }))).toBe('not-empty');

  const gateway = await start(moved);
  const saved = join(moved, 'saved');
  const { head } = await backUp(to, saved, { now });
  expect(head.size).toBeGreaterThan(copied.entries);
  expect(await codeOf(beginEpoch(to, { now, confirm })), 'while it serves').toBe('locked');
  await gateway.stop();
  await (await start(moved)).stop(); // it signs more than was saved

  cpSync(join(moved, 'data', 'last-signed'), join(other, 'data', 'last-signed'));
  const restoring = await configOf(other);
  expect(await codeOf(restore(restoring, saved, {}))).toBe('rolled-back');
  const { epoch } = await restore(restoring, saved, { newEpoch: { now, confirm } });
  expect(epoch).toMatchObject({ epoch: 2, size: head.size });
  expect((await checkStore(restoring)).problems).toEqual([]);
  await (await start(other)).stop();
  expect(await codeOf(beginEpoch(restoring, { now, confirm }))).toBe('not-rolled-back');
});
