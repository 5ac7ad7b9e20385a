import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, type SampleDatabase } from './database.ts';
import { openSoak } from './soaking.ts';

let database: SampleDatabase;
beforeAll(async () => void (database = await openDatabase()));
afterAll(() => database.remove());

test('of connections that were dropped in any way, nothing is left', async () => {
  const soak = await openSoak(database);
  const before = await soak.left();
  await soak.run(520);
  await expect.poll(soak.left, { timeout: 10_000 }).toEqual(before);
  const client = await soak.gate.connect();
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await client.end();
  await soak.close();
});
