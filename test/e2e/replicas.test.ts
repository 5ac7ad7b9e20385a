import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { ActionStatus } from '@countersign/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProxy } from '../../stores/postgres/test/proxy.ts';
import { startPostgres, type PostgresServer } from '../postgres.ts';
import { startReplicas, type Replicas } from './replicas.ts';
import { as, exportTo, makeWorld, READ, ROOT, start, stop, vote, type World } from './world.ts';

const SCIM_TOKEN = 'csc_0123456789abcdefghijkl';
/** Dana's identity provider tells of her by SCIM. */
const PROVISIONED = `sign_in: { providers: [{ id: idp, issuer: 'http://127.0.0.1:9', client_id: gateway }] }
scim: [{ id: idp, provider: idp, token: 'exec:echo ${SCIM_TOKEN}' }]
`;

let server: PostgresServer;
let replicas: Replicas;
beforeAll(async () => {
  server = await startPostgres();
  replicas = await startReplicas([server.url, server.url, server.url], {
    limits: 'max_pending_per_agent: 40, attention_per_reviewer: 1000, execution_timeout: 15m',
    more: PROVISIONED,
    dana: ', identities: [{ provider: idp, subject: u-dana }]',
  });
}, 60_000);
afterAll(async () => {
  await replicas.stop();
  await server.remove();
});

const PRELOAD = `--import=${join(ROOT, 'test/e2e/skewed-clock.mjs')}`;

const at = (i: number): World => {
  const world = replicas.at[i];
  if (!world) throw new RangeError(`there is no replica ${i}`);
  return world;
};
const propose = async (i: number, to: string): Promise<ActionStatus> =>
  (await as(at(i), 'bot', '/v1/actions', exportTo(to))).body as ActionStatus;
const stateOf = ({ body }: { readonly body: unknown }): string => (body as ActionStatus).state;

/** Waits as an agent does: at one replica after the other until one says what it wants to know. */
async function waitAnywhere(id: string, order: readonly number[]): Promise<string> {
  for (let tries = 0; tries < 60; tries++)
    for (const i of order) {
      const answer = await as(at(i), 'bot', `/v1/actions/${id}?wait=20`).catch(() => undefined);
      if (answer?.status === 200 && stateOf(answer) !== 'pending') return stateOf(answer);
      await sleep(50);
    }
  throw new Error('nobody answered');
}

test('a waiter on one replica is released by a vote on another, at once', async () => {
  const action = await propose(0, 'released.csv');
  const waiting = as(at(1), 'bot', `/v1/actions/${action.id}?wait=30`);
  await sleep(300);
  const before = performance.now();
  expect((await vote(at(2), 'dana', action)).status).toBe(200);
  expect(stateOf(await waiting)).toBe('approved');
  expect(performance.now() - before).toBeLessThan(5_000); // far from the 30 s it was ready to wait
});

describe('R4 R5 what holds on one gateway holds on three', () => {
  test('one key, three replicas, one action', async () => {
    const key = { ...exportTo('keyed.csv') };
    const answers = await Promise.all(
      [0, 1, 2, 0, 1, 2].map(async (i) => {
        const response = await fetch(`${at(i).url}/v1/actions`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${at(i).tokens.bot}`,
            'content-type': 'application/json',
            'idempotency-key': 'one',
          },
          body: JSON.stringify(key),
        });
        return (await response.json()) as ActionStatus;
      }),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  });

  test('identical proposals join, wherever they arrive', async () => {
    const answers = await Promise.all([0, 1, 2].map((i) => propose(i, 'joined.csv')));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  });

  test('a denial on one is remembered by all', async () => {
    const action = await propose(0, 'denied.csv');
    const page = await as(at(1), 'dana', `/v1/approvals/${action.approvalId}`);
    const { version, seenDigest } = page.body as { version: number; seenDigest: string };
    await as(at(1), 'dana', `/v1/approvals/${action.approvalId}/votes`, {
      choice: 'deny',
      version,
      seenDigest,
    });
    for (const i of [0, 1, 2]) expect((await propose(i, 'denied.csv')).state).toBe('denied');
  });

  test('the owner is refused by every replica', async () => {
    const action = await propose(0, 'owned.csv');
    for (const i of [0, 1, 2])
      expect(await vote(at(i), 'mona', action)).toMatchObject({
        status: 403,
        body: { code: 'excluded' },
      });
  });

  test('whoever one replica is told is out is out at all of them, at click time', async () => {
    const action = await propose(0, 'leaver.csv');
    const scim = async (method: string, path: string, body: object): Promise<{ id: string }> => {
      const response = await fetch(`${at(1).url}/scim/v2${path}`, {
        method,
        headers: {
          authorization: `Bearer ${SCIM_TOKEN}`,
          'content-type': 'application/scim+json',
        },
        body: JSON.stringify(body),
      });
      expect(response.ok).toBe(true);
      return (await response.json()) as { id: string };
    };
    const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
    const dana = { schemas, userName: 'dana@example.com', externalId: 'u-dana' };
    expect(await scim('POST', '/Users', dana)).toMatchObject({ id: 'dana' });
    const active = (value: boolean): Promise<unknown> =>
      scim('PATCH', '/Users/dana', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', value: { active: value } }],
      });
    await active(false);
    expect(await vote(at(2), 'dana', action)).toMatchObject({
      status: 403,
      body: { code: 'inactive-person' },
    });
    // nobody else of the group may: the owner of the agent is not asked
    for (const i of [0, 1, 2])
      await expect
        .poll(async () => stateOf(await as(at(i), 'bot', `/v1/actions/${action.id}`)))
        .toBe('unsatisfiable');
    await active(true);
    const again = await propose(2, 'back.csv');
    expect(await vote(at(0), 'dana', again)).toMatchObject({ status: 200 });
  });

  test('of fifty redeems at three replicas one is released', async () => {
    const { body } = await as(at(0), 'bot', '/v1/actions', READ);
    const { grant } = body as { grant: string };
    const redeemed = await Promise.all(
      Array.from({ length: 50 }, (_, i) => as(at(i % 3), 'bot', '/v1/grants/redeem', { grant })),
    );
    expect(redeemed.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = redeemed.filter(({ status }) => status !== 200);
    expect(refused.every(({ status }) => status === 409 || status === 503)).toBe(true);
  });

  test('A11 the cap of an agent is one for all replicas', async () => {
    const told = await Promise.all(
      Array.from({ length: 60 }, (_, i) => propose(i % 3, `many-${i}.csv`)),
    );
    const states = told.map(({ state }) => state);
    expect(states.filter((state) => state === 'budget-exhausted').length).toBeGreaterThan(0);
    const list = await as(at(0), 'dana', '/v1/approvals?limit=100');
    expect((list.body as { items: readonly unknown[] }).items).toHaveLength(40);
    for (const { id, state } of told)
      if (state === 'pending') await as(at(0), 'bot', `/v1/actions/${id}/cancel`, {});
  });
});

describe('a replica dies', () => {
  test.each([
    ['that holds the waiter', [0]],
    ['that takes the vote', [1]],
    ['that holds the waiter, and the one that takes the vote', [0, 1]],
  ] as const)(
    'the one %s: the agent is answered by another',
    async (_, dying) => {
      const action = await propose(2, `dies-${dying.join('-')}.csv`);
      const answer = waitAnywhere(action.id, [0, 1, 2]); // waits at 0 first
      await sleep(300);
      const voting = vote(at(1), 'dana', action).catch(() => undefined); // its answer may be lost with it
      await sleep(5);
      await Promise.all(dying.map((i) => replicas.end(i, 'SIGKILL')));
      const voted = await voting;
      // a vote that was not acknowledged may not have been cast: then it is cast at the third
      if (voted?.status !== 200) await vote(at(2), 'dana', action);
      expect(await answer).toBe('approved');
      await Promise.all(dying.map((i) => replicas.start(i)));
    },
    60_000,
  );

  test('whoever settled what is due is gone: another does within seconds', async () => {
    const others = await startReplicas([server.url, server.url], {
      limits: 'grant_ttl: 2s',
      schema: 'handover',
    });
    const { at: worlds } = others;
    const [first, second] = worlds;
    if (!first || !second) throw new RangeError('two replicas');
    const { body } = await as(first, 'bot', '/v1/actions', READ);
    await others.end(0, 'SIGKILL');
    await expect
      .poll(
        async () => stateOf(await as(second, 'bot', `/v1/actions/${(body as ActionStatus).id}`)),
        {
          timeout: 15_000,
        },
      )
      .toBe('lapsed');
    await others.stop();
  }, 60_000);
});

test('clocks that are five minutes wrong do no harm: the time is that of the database', async () => {
  const skewed = await startReplicas([server.url, server.url], { schema: 'skewed' });
  const { at: worlds } = skewed;
  await Promise.all([0, 1].map((i) => skewed.end(i, 'SIGTERM')));
  await skewed.start(0, { NODE_OPTIONS: PRELOAD, SKEW_MS: '300000' });
  await skewed.start(1, { NODE_OPTIONS: PRELOAD, SKEW_MS: '-300000' });
  const [fast, slow] = worlds;
  if (!fast || !slow) throw new RangeError('two replicas');
  const now = Date.now();
  const { body } = await as(fast, 'bot', '/v1/actions', READ);
  const { grant, createdAt } = body as { grant: string; createdAt: string };
  expect(Math.abs(Date.parse(createdAt) - now)).toBeLessThan(30_000);
  // five minutes fast it would have made a grant that the slow one thinks is not valid yet, or the other way round
  expect((await as(slow, 'bot', '/v1/grants/redeem', { grant })).status).toBe(200);
  const back = await as(slow, 'bot', '/v1/actions', {
    ...READ,
    arguments: { ...READ.arguments, limit: 4 },
  });
  expect(
    (await as(fast, 'bot', '/v1/grants/redeem', { grant: (back.body as { grant: string }).grant }))
      .status,
  ).toBe(200);
  await skewed.stop();
}, 60_000);

test('control: a gateway with a wrong clock and a ledger of its own is wrong', async () => {
  const world = await makeWorld();
  const env = { NODE_OPTIONS: PRELOAD, SKEW_MS: '300000' };
  const running = await start(world, { env });
  const { body } = await as(world, 'bot', '/v1/actions', READ);
  const { createdAt } = body as { createdAt: string };
  expect(Date.parse(createdAt) - Date.now()).toBeGreaterThan(240_000);
  await stop(running);
});

test('R2 cut off from the database a replica denies, says why, and comes back by itself', async () => {
  const proxy = await createProxy(server.port);
  const url = new URL(server.url);
  url.port = String(proxy.port);
  const two = await startReplicas([server.url, url.href], { schema: 'cut_off' });
  const [near, far] = two.at;
  if (!near || !far) throw new RangeError('two replicas');
  const held = (await as(near, 'bot', '/v1/actions', exportTo('cut.csv'))).body as ActionStatus;
  const waiting = as(far, 'bot', `/v1/actions/${held.id}?wait=50`);
  await sleep(200);
  proxy.blackHole(true);
  const denied = await fetch(`${far.url}/v1/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${far.tokens.bot}`, 'content-type': 'application/json' },
    body: JSON.stringify(READ),
  });
  expect(denied.status).toBe(503);
  expect(denied.headers.get('retry-after')).toBe('1');
  expect(await denied.json()).toMatchObject({ code: 'unreachable' });
  const ready = await fetch(`${far.url}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.text()).toContain('"unreachable"');
  expect((await as(near, 'bot', '/v1/actions', READ)).status).toBe(201);
  expect((await vote(near, 'dana', held)).status).toBe(200); // while the other hears nothing
  proxy.blackHole(false);
  await expect
    .poll(async () => (await fetch(`${far.url}/readyz`)).status, { timeout: 15_000 })
    .toBe(200);
  expect(stateOf(await waiting)).toBe('approved'); // it heard of it all the same
  expect((await as(far, 'bot', '/v1/actions', READ)).status).toBe(201);
  await two.stop();
  await proxy.close();
}, 90_000);

test('keys that are not those of the ledger are refused', async () => {
  const two = await startReplicas([server.url], { schema: 'other_keys' });
  await two.end(0, 'SIGTERM');
  const { folder } = at(0);
  const started = await two.start(0, { COUNTERSIGN_KEYS_DIR: join(folder, 'keys') });
  expect(await started.gone).toBe(1);
  expect(started.said()).toContain('keys-differ');
});
