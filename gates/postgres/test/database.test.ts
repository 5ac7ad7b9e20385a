import { afterAll, beforeAll, expect, test } from 'vitest';
import pg from 'pg';
import { openDatabase, READ, SAMPLE_CLASSES, type SampleDatabase } from './database.ts';

let database: SampleDatabase;
beforeAll(async () => void (database = await openDatabase()));
afterAll(() => database.remove());

test('the read lane may select, and the server itself refuses whatever else', async () => {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: database.port,
    ...READ,
    database: 'postgres',
  });
  await client.connect();
  expect((await client.query('select count(*)::int as n from customers')).rows).toEqual([
    { n: 1000 },
  ]);
  for (const text of [
    "update customers set plan = 'x'",
    'select promote(1)',
    'create temp table t (i int)',
  ])
    await expect(client.query(text)).rejects.toMatchObject({ code: '42501' });
  await client.end();
  expect(Object.keys(SAMPLE_CLASSES)).toHaveLength(2);
});
