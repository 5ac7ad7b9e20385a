import { afterAll, beforeAll, expect, test } from 'vitest';
import { createUpstream, type UpstreamParts } from '../src/wire/upstream.ts';
import type { Upstream } from '../src/upstream.ts';
import { openDatabase, READ, WRITE, type SampleDatabase } from './database.ts';

let database: SampleDatabase;
beforeAll(async () => void (database = await openDatabase()));
afterAll(() => database.remove());

const upstream = (over: Partial<UpstreamParts> = {}): Upstream =>
  createUpstream({
    name: 'sample',
    host: '127.0.0.1',
    port: database.port,
    tls: 'disable',
    database: 'postgres',
    lanes: {
      read: { user: READ.user, password: () => READ.password },
      write: { user: WRITE.user, password: () => WRITE.password },
    },
    settings: { searchPath: ['public'], statementMs: 5_000, idleTransactionMs: 60_000 },
    ...over,
  });

test('a lane logs in by SCRAM, its settings are pinned, and questions are answered', async () => {
  const made = upstream();
  const connection = await made.connect('read', {
    parameters: new Map([
      ['application_name', 'mine'],
      ['search_path', 'evil'],
    ]),
  });
  expect(connection.parameters.get('application_name')).toBe('mine');
  expect(await made.ask(connection, 'select current_user, null, 1; select 2')).toEqual([
    ['cs_read', null, '1'],
    ['2'],
  ]);
  expect(await made.ask(connection, 'show search_path')).toEqual([['"public", pg_temp']]);
  await expect(made.ask(connection, 'select 1/0')).rejects.toMatchObject({
    code: 'failed',
    sqlState: '22012',
  });
  const ended = new Promise((resolve) => connection.socket.once('close', resolve));
  connection.close();
  await ended;
});
