import { afterAll, beforeAll, expect, test } from 'vitest';
import pg from 'pg';
import type { Listener } from '../src/wire/listen.ts';
import { AGENT, KEYS, openListener } from './wire.ts';

let listener: Awaited<ReturnType<typeof openListener>>;
beforeAll(async () => void (listener = await openListener()));
afterAll(() => listener.close());

const connect = async (over: pg.ClientConfig = {}, to: Listener = listener): Promise<pg.Client> => {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: to.port,
    user: AGENT,
    password: KEYS[0],
    database: 'sales',
    ...over,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

test.each(KEYS)('node-postgres comes in with any key of its agent: %s', async (password) => {
  const client = await connect({ password, application_name: 'mine' });
  expect((await client.query('hello')).rows).toEqual([{ said: 'hello' }]);
  expect(listener.peers.at(-1)).toMatchObject({
    agent: AGENT,
    database: 'sales',
    parameters: new Map([['application_name', 'mine']]),
  });
  await client.end();
});
