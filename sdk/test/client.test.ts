import { afterEach, beforeEach, expect, test } from 'vitest';
import * as sdk from '../src/index.ts';
import { createClient, type Client } from '../src/index.ts';
import { openGateway, type TestGateway } from './gateway.ts';

let gateway: TestGateway;
let client: Client;
const ask = { type: 'ask.it', resource: { type: 'Thing', id: 'one' }, arguments: {} };

beforeEach(async () => {
  gateway = await openGateway();
  client = createClient({ url: gateway.url, token: 'csk_test' });
});
afterEach(() => gateway.stop());

const until = async (is: () => boolean): Promise<void> => {
  for (let i = 0; !is(); i++) {
    if (i > 500) throw new Error('it never came about');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

test.each(['cut', 'lose', 503] as const)(
  'a proposal that meets %s is sent again and is one action',
  async (how) => {
    gateway.fail(/POST \/v1\/actions/, how, 2);
    const { id } = await client.propose(ask);
    expect(id).toBe('act_1');
    expect(gateway.actions.size).toBe(1);
    expect(gateway.seen).toHaveLength(3);
  },
);

test('waiting survives a restart of the gateway, and says so', async () => {
  const { id } = await client.propose(ask);
  const lost: string[] = [];
  const waiting = client.wait(id, { onReconnecting: ({ message }) => lost.push(message) });
  await until(() => gateway.seen.some((line) => line.includes('wait=50')));
  await gateway.stop();
  await until(() => lost.length >= 2);
  gateway.decide(id, 'approved');
  await gateway.start();
  expect(await waiting).toMatchObject({ id, state: 'approved' });
});

test('a hundred waiters each get their answer after a restart', async () => {
  const ids = await Promise.all(
    Array.from({ length: 100 }, async () => (await client.propose(ask)).id),
  );
  const waiting = ids.map((id) => client.wait(id));
  await until(() => gateway.seen.filter((line) => line.includes('wait=')).length === 100);
  await gateway.stop();
  ids.forEach((id, i) => gateway.decide(id, i % 2 ? 'approved' : 'denied'));
  await gateway.start();
  const states = (await Promise.all(waiting)).map(({ id, state }) => [id, state]);
  expect(states).toEqual(ids.map((id, i) => [id, i % 2 ? 'approved' : 'denied']));
});

test('a gateway that stays away ends the wait', async () => {
  const { id } = await client.propose(ask);
  await gateway.stop();
  await expect(client.wait(id, { patienceMs: 200 })).rejects.toMatchObject({
    code: 'gateway-unreachable',
    retryable: true,
  });
});

test('a wait that is stopped ends with the reason given', async () => {
  const { id } = await client.propose(ask);
  const stop = new AbortController();
  const waiting = client.wait(id, { signal: stop.signal });
  await until(() => gateway.seen.some((line) => line.includes('wait=')));
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  expect(gateway.actions.get(id)?.status.state).toBe('pending');
});

test('events tell every change until it is settled, over a restart', async () => {
  const { id } = await client.propose(ask);
  const states: string[] = [];
  const reading = (async () => {
    for await (const { state } of client.events(id)) states.push(state);
  })();
  await until(() => states.length === 1);
  await gateway.stop();
  gateway.decide(id, 'executing');
  await gateway.start();
  await until(() => states.length === 2);
  gateway.decide(id, 'executed', { outcome: { outcome: 'executed' } });
  await reading;
  expect(states).toEqual(['pending', 'executing', 'executed']);
});

test.each(['null', 'nonsense', '{}'])(
  'an event %s is not the gateway’s: asked again',
  async (says) => {
    const { id } = await client.propose({ ...ask, type: 'no.way' });
    gateway.fail(/events/, { says: `data: ${says}\n\n` });
    const states: string[] = [];
    for await (const { state } of client.events(id)) states.push(state);
    expect(states).toEqual(['denied']);
  },
);

test('events can be stopped', async () => {
  const { id } = await client.propose(ask);
  const stop = new AbortController();
  const reading = (async () => {
    for await (const _ of client.events(id, { signal: stop.signal })) stop.abort(new Error('seen'));
  })();
  await expect(reading).rejects.toThrow('seen');
});

test('a refusal carries the code of the problem and is not repeated', async () => {
  await expect(client.status('act_none')).rejects.toMatchObject({
    name: 'Refused',
    code: 'not-found',
    status: 404,
    retryable: false,
  });
  expect(gateway.seen).toHaveLength(1);
  const stranger = createClient({ url: gateway.url, token: 'csk_other' });
  await expect(stranger.propose(ask)).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('an address that is not one is refused at once, a token is never sent after a redirect', async () => {
  expect(() => createClient({ url: 'file:///etc', token: 'x' })).toThrow(/http/);
  const moved = createClient({
    url: gateway.url,
    token: 'csk_test',
    fetch: (input, init) => {
      expect(init?.redirect).toBe('error');
      return fetch(input, init);
    },
  });
  await moved.propose(ask);
});

test.each([
  ['Database::crm', { type: 'Database', id: 'crm' }],
  ['Database:crm', { type: 'Database', id: 'crm' }],
  ['Host:db:5432', { type: 'Host', id: 'db:5432' }],
  ['Acme::Database::crm', { type: 'Acme', id: 'Database::crm' }],
  ['Database', undefined],
  ['::crm', undefined],
  ['Database::', undefined],
])('a resource written %s', (text, resource) => {
  expect(sdk.parseResource(text)).toEqual(resource);
});

test('R7 no decision verb exists here', () => {
  const verbs = [...Object.keys(sdk), ...Object.keys(client)].join(' ');
  expect(verbs).not.toMatch(/vote|approve|deny|confirm|decide|edit|revoke|close/i);
});
