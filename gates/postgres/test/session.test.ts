import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type pg from 'pg';
import { openDatabase, type SampleDatabase } from './database.ts';
import { openGate, type TestGate } from './session.ts';

let database: SampleDatabase;
let gate: TestGate;
let client: pg.Client;
beforeAll(async () => {
  database = await openDatabase();
  gate = await openGate(database);
});
afterAll(async () => {
  await gate?.close();
  await database.remove();
});
beforeEach(async () => void (client = await gate.connect()));
afterEach(async () => {
  await client.end();
  gate.judge.say = () => 'permit';
  gate.judge.asked.length = gate.judge.reports.length = gate.judge.ran.length = 0;
});

test('a permitted query runs, simple and extended, and is counted', async () => {
  expect((await client.query('select 1 + 1 as two')).rows).toEqual([{ two: 2 }]);
  expect((await client.query('select $1::int + 1 as two', [1])).rows).toEqual([{ two: 2 }]);
  expect((await client.query('select code from countries order by 1')).rows).toHaveLength(3);
  expect(gate.judge.ran).toHaveLength(3);
});
