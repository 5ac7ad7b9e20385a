import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionStatus, AgentItem, AgentList, IssuedKey, Problem } from '@countersign/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  exportTo,
  held,
  READ,
  startGateway,
  vote,
  type Answered,
  type Fixture,
  type Name,
} from './gateway-fixture.ts';

let gateway: Fixture;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

type Told<T> = T & Problem;
let serial = 0;
const post = <T>(name: Name, path: string, body: object = {}): Promise<Answered<Told<T>>> =>
  gateway.call<Told<T>>(name, 'POST', path, body);
/** A call with a key in place of a name. */
const withKey = <T>(key: string, method: string, path: string, body?: unknown) =>
  gateway.call<Told<T>>(undefined, method, path, body, { authorization: `Bearer ${key}` });

/** An agent of its own for a test, with a key. */
async function agent(more: object = {}, by: Name = 'ada') {
  const id = `bot-${++serial}`;
  const made = await post<AgentItem>('ada', '/v1/agents', {
    id,
    owner: 'olga',
    teams: ['data-agents'],
    ...more,
  });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const { body } = await post<IssuedKey>(by, `/v1/agents/${id}/keys`, { name: 'nightly' });
  return { id, key: body.key, keyId: body.id, path: `/v1/agents/${id}` };
}
const items = async (name: Name): Promise<readonly AgentItem[]> =>
  (await gateway.call<AgentList>(name, 'GET', '/v1/agents')).body.items;
const itemOf = async (id: string) => (await items('ada')).find((one) => one.id === id);
const propose = (key: string, what: object = READ) =>
  withKey<ActionStatus>(key, 'POST', '/v1/actions', what);

describe('an agent of the registry', () => {
  test('proposes and runs with the key it was issued, which is shown once', async () => {
    const { id, key, keyId } = await agent();
    const me = await withKey(key, 'GET', '/v1/me');
    expect(me.body).toMatchObject({ kind: 'agent', id });
    const proposed = await propose(key);
    expect(proposed.body.state).toBe('allowed');
    const redeemed = await withKey(key, 'POST', '/v1/grants/redeem', {
      grant: proposed.body.grant,
    });
    expect(redeemed.status).toBe(200);
    const item = await itemOf(id);
    expect(item).toMatchObject({ source: 'registry', owner: 'olga', stopped: false, pending: 0 });
    expect(item?.keys).toMatchObject([{ id: keyId, name: 'nightly', createdBy: 'ada' }]);
    expect(item?.keys[0]?.lastUsedAt).toBeDefined();
    expect(JSON.stringify(item)).not.toContain(key);
  });
  test('R9: the ledger and the log tell of it without the key', async () => {
    const { key } = await agent();
    await propose(key);
    const textOf = async (path: string) => (await fetch(`${gateway.url()}/ledger/${path}`)).text();
    // signed a moment after it was written
    const entries = async () => {
      const [, size] = (await textOf('checkpoint')).split('\n');
      return textOf(`tile/entries/000.p/${size}`);
    };
    await expect.poll(entries).toContain('agent.key-issued');
    const ledger = await entries();
    expect(ledger + gateway.logs()).not.toContain(key.slice(21));
  });
  test('is there again after a restart, with its keys and its stop', async () => {
    const { id, key, path } = await agent();
    await post('ada', `${path}/stop`, { reason: 'odd' });
    await gateway.restart();
    expect((await propose(key)).body).toMatchObject({ state: 'denied', code: 'kill-switch' });
    expect(await itemOf(id)).toMatchObject({ stopped: true, stop: { by: 'ada', reason: 'odd' } });
  });
  test('may be said otherwise, and retired for good', async () => {
    const { id, key, path } = await agent({ spiffe: 'spiffe://example.org/bot' });
    const changed = await post<AgentItem>('ada', path, { trust: 2, spiffe: null, owner: 'eve' });
    expect(changed.body).toMatchObject({ trust: 2, owner: 'eve', teams: ['data-agents'] });
    expect(changed.body).not.toHaveProperty('spiffe');
    const proposed = await propose(key);
    const gone = await post<AgentItem>('ada', `${path}/retire`, { reason: 'done' });
    expect(gone.body.keys).toMatchObject([{ revokedAt: expect.any(String) as string }]);
    expect((await propose(key)).body.code).toBe('key-ended');
    expect(await itemOf(id)).toBeUndefined();
    expect((await post('ada', `${path}/keys`, { name: 'x' })).body.code).toBe('not-found');
    expect((await post('ada', '/v1/agents', { id, owner: 'olga' })).body.code).toBe('id-taken');
    const late = await gateway.call<Problem>('etl', 'POST', '/v1/grants/redeem', {
      grant: proposed.body.grant,
    });
    expect(late.body.code).toBe('wrong-audience');
  });
});

describe('what is refused of a registration', () => {
  type Row = readonly [string, Readonly<Record<string, unknown>>, string, string];
  const rows: readonly Row[] = [
    ['an agent of the configuration', { id: 'ETL' }, 'id-taken', '$.id'],
    ['a person', { id: 'Rita' }, 'id-taken', '$.id'],
    ['an executor', { id: 'runner' }, 'id-taken', '$.id'],
    ['an account to come', { id: 'per_x' }, 'id-taken', '$.id'],
    ['an id with a slash', { id: 'a/b' }, 'invalid-request', '$.id'],
    ['no owner', { owner: undefined }, 'invalid-request', '$.owner'],
    ['an owner nobody knows', { owner: 'zoe' }, 'inactive-owner', '$.owner'],
    ['an owner who left', { owner: 'gone' }, 'inactive-owner', '$.owner'],
    ['an owner who is an agent', { owner: 'etl' }, 'inactive-owner', '$.owner'],
    [
      'a person acted for whom nobody knows',
      { actsFor: ['paul', 'zoe'] },
      'unknown-person',
      '$.actsFor[1]',
    ],
    ['a delegator nobody knows', { delegators: ['zoe'] }, 'unknown-person', '$.delegators[0]'],
    ['a trust beyond', { trust: 4 }, 'invalid-request', '$.trust'],
    [
      'an issuer that is not pinned',
      { workloads: [{ issuer: 'x', claims: { sub: 'y' } }] },
      'unknown-issuer',
      '$.workloads[0].issuer',
    ],
    ['a SPIFFE id that is none', { spiffe: 'https://example.org/x' }, 'bad-spiffe', '$.spiffe'],
    ['a trust domain alone', { spiffe: 'spiffe://example.org' }, 'bad-spiffe', '$.spiffe'],
    ['an unknown member', { admin: true }, 'invalid-request', '$.admin'],
  ];
  test.each(rows)('%s', async (_, more, code, path) => {
    const body = { id: `no-${++serial}`, owner: 'olga', ...more };
    const answer = await post('ada', '/v1/agents', body);
    expect([answer.body.code, answer.body.path]).toEqual([code, path]);
  });
  test('an id that a registered agent has, in any case', async () => {
    const { id } = await agent();
    const again = { id: id.toUpperCase(), owner: 'olga' };
    expect((await post('ada', '/v1/agents', again)).body.code).toBe('id-taken');
  });
  test('an agent of the configuration is changed there, but may have keys and be stopped here', async () => {
    expect((await post('ada', '/v1/agents/other', { trust: 3 })).body.code).toBe(
      'configured-agent',
    );
    expect((await post('ada', '/v1/agents/other/retire')).body.code).toBe('configured-agent');
    const { body } = await post<IssuedKey>('ada', '/v1/agents/other/keys', { name: 'ci', days: 1 });
    expect((await withKey(body.key, 'GET', '/v1/me')).body).toMatchObject({ id: 'other' });
  });
});

describe('keys', () => {
  test('rotated with overlap: both open, until the old one ends', async () => {
    const { key, keyId } = await agent();
    const soft = await post<IssuedKey>('ada', `/v1/keys/${keyId}/rotate`, { overlapHours: 1 });
    expect(soft.status).toBe(201);
    expect(soft.body.replaces?.id).toBe(keyId);
    for (const one of [key, soft.body.key]) expect((await propose(one)).status).toBe(201);
    const hard = await post<IssuedKey>('ada', `/v1/keys/${soft.body.id}/rotate`, {
      overlapHours: 0,
    });
    expect((await propose(soft.body.key)).body.code).toBe('key-ended');
    expect((await propose(hard.body.key)).status).toBe(201);
    const over = await post('ada', `/v1/keys/${soft.body.id}/rotate`);
    expect(over.body.code).toBe('key-over');
  });
  test('revoked: at once, for proposing and for what was allowed before', async () => {
    const { key, keyId } = await agent();
    const { body } = await propose(key);
    expect((await post('ada', `/v1/keys/${keyId}/revoke`)).status).toBe(200);
    expect((await propose(key)).body.code).toBe('key-ended');
    const redeemed = await withKey(key, 'POST', '/v1/grants/redeem', { grant: body.grant });
    expect([redeemed.status, redeemed.body.code]).toEqual([401, 'key-ended']);
    expect(redeemed.headers.get('www-authenticate')).toBe('Bearer');
  });
  test('a secret that is not of the key it names is nobody, and says nothing of it', async () => {
    const [one, two] = [await agent(), await agent()];
    const mixed = one.key.slice(0, 21) + two.key.slice(21);
    expect((await propose(mixed)).body.code).toBe('unauthenticated');
  });
  test('not more than a person can look through, and never for longer than a year', async () => {
    const { path } = await agent();
    for (let i = 0; i < 19; i++)
      expect((await post('ada', `${path}/keys`, { name: `k${i}` })).status).toBe(201);
    expect((await post('ada', `${path}/keys`, { name: 'more' })).body.code).toBe('too-many-keys');
    const long = await post('ada', `${path}/keys`, { name: 'x', days: 366 });
    expect(long.body.path).toBe('$.days');
  });
});

const changes = (id: string, keyId: string): readonly (readonly [string, object])[] => [
  ['/v1/agents', { id: `new-${++serial}`, owner: 'olga' }],
  [`/v1/agents/${id}`, { trust: 3 }],
  [`/v1/agents/${id}/keys`, { name: 'x' }],
  [`/v1/keys/${keyId}/rotate`, {}],
  [`/v1/agents/${id}/resume`, { reason: 'x' }],
  [`/v1/agents/${id}/retire`, {}],
  ['/v1/kill-switch', { stopped: false, reason: 'x' }],
  ['/v1/kill-switch', { stopped: true, reason: 'x' }],
];

describe('who may manage', () => {
  test.each(['olga', 'olga2', 'aud', 'rita', 'eve'] as const)('%s does not', async (name) => {
    const { id, keyId } = await agent();
    for (const [path, body] of changes(id, keyId)) {
      const answer = await post(name, path, body);
      expect([path, answer.status, answer.body.code]).toEqual([path, 403, 'administrators-only']);
    }
    for (const path of ['/v1/agents/nobody/stop', '/v1/keys/key_x/revoke'])
      expect((await post(name, path, { reason: 'x' })).body.code).toBe('administrators-only');
  });
  test('an owner sees, stops and takes keys from their own agents, by any account, and no others', async () => {
    const { id, key, keyId, path } = await agent();
    expect((await items('olga2')).map((one) => one.owner)).not.toContain('eve');
    expect((await items('olga2')).find((one) => one.id === id)?.may).toEqual({
      manage: false,
      stop: true,
    });
    expect(await items('rita')).toEqual([]);
    expect((await post<AgentItem>('olga2', `${path}/stop`, { reason: 'mine' })).body.stopped).toBe(
      true,
    );
    expect((await propose(key)).body.code).toBe('kill-switch');
    expect((await post('olga', `/v1/keys/${keyId}/revoke`)).status).toBe(200);
    for (const name of ['rita', 'eve'] as const)
      expect((await post(name, `${path}/stop`, { reason: 'x' })).body.code).toBe(
        'administrators-only',
      );
  });
  test('auditors see everything', async () => {
    expect((await items('aud')).map(({ id }) => id)).toContain('other');
  });
});

describe('stopped', () => {
  test('R6 what waits and what was approved does not run, and the reason is masked', async () => {
    const { id, key, path } = await agent();
    const waiting = await propose(key, exportTo(`s3://stop/${id}`));
    const approved = await propose(key, exportTo(`s3://stop2/${id}`));
    const look = await gateway.call<never>(
      'rita',
      'GET',
      `/v1/approvals/${approved.body.approvalId}`,
    );
    expect(
      (await vote(gateway, 'rita', { status: approved.body, page: look.body })).body.status.state,
    ).toBe('approved');
    const { body: ready } = await withKey<ActionStatus>(
      key,
      'GET',
      `/v1/actions/${approved.body.id}`,
    );
    const stopped = await post<AgentItem>('ada', `${path}/stop`, { reason: `leaked ${key}` });
    expect(stopped.body).toMatchObject({ stopped: true, pending: 1 });
    expect(stopped.body.stop?.reason).toContain('‹secret.');
    const redeemed = await withKey(key, 'POST', '/v1/grants/redeem', { grant: ready.grant });
    expect(redeemed.body.code).toBe('refused');
    expect((await propose(key)).body.code).toBe('kill-switch');
    await post('ada', `${path}/resume`, { reason: 'looked at it' });
    expect((await propose(key)).body.state).toBe('allowed');
    expect(waiting.body.state).toBe('pending');
  });
  test('all at once, those of the configuration too; one that was stopped by name stays stopped', async () => {
    const [one, two] = [await agent(), await agent()];
    await post('olga', `${one.path}/stop`, { reason: 'odd' });
    const on = await post('ada', '/v1/kill-switch', { stopped: true, reason: 'leak' });
    expect(on.body).toMatchObject({ stopped: true, stop: { by: 'ada', reason: 'leak' } });
    expect((await propose(two.key)).body.code).toBe('kill-switch');
    const etl = await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', READ);
    expect(etl.body).toMatchObject({ state: 'denied', code: 'kill-switch' });
    await post('ada', '/v1/kill-switch', { stopped: true, reason: 'again' });
    await post('ada', '/v1/kill-switch', { stopped: false, reason: 'over' });
    expect((await propose(two.key)).body.state).toBe('allowed');
    expect((await propose(one.key)).body.code).toBe('kill-switch');
  });
});

const ask = async (key: string, more: object = {}) => {
  const { body: status } = await propose(key, { ...exportTo(`s3://self/${++serial}`), ...more });
  const { body: page } = await gateway.call<never>(
    'rita',
    'GET',
    `/v1/approvals/${status.approvalId}`,
  );
  return { status, page };
};
const codeOf = async (name: Name, asked: Awaited<ReturnType<typeof ask>>) => {
  const { body } = await vote(gateway, name, asked);
  return body.code ?? body.status.state;
};

describe('R5: whoever can act as the agent does not approve what it does', () => {
  test('its owner, whom it acts for, its delegators, and the accounts linked to them', async () => {
    const { key } = await agent({ owner: 'olga2', actsFor: ['paul2'], delegators: ['dora'] });
    const asked = await ask(key, { onBehalfOf: 'paul2', session: { id: 's', startedBy: 'paul2' } });
    for (const name of ['olga', 'olga2', 'paul', 'paul2', 'dora', 'dora2'] as const)
      expect([name, await codeOf(name, asked)]).toEqual([name, 'excluded']);
    expect(await codeOf('ann', asked)).toBe('approved');
  });
  test('the administrator who was shown its key, even after it was revoked', async () => {
    const { key, keyId } = await agent();
    const asked = await ask(key);
    const refused = await vote(gateway, 'ada', asked);
    expect([refused.body.code, refused.body.detail]).toEqual([
      'excluded',
      '`ada` gave the agent a credential, so someone else must decide',
    ]);
    await post('ada', `/v1/keys/${keyId}/revoke`);
    expect(await codeOf('ada', asked)).toBe('excluded');
    expect(await codeOf('rita', asked)).toBe('approved');
  });
  test('a key that is issued while it waits excludes too', async () => {
    const asked = await held(gateway, `s3://late/${++serial}`);
    await post('ada', '/v1/agents/etl/keys', { name: 'late' });
    expect((await vote(gateway, 'ada', asked)).body.code).toBe('excluded');
  });
  test('the owner of before, of what was proposed under them, and the new one', async () => {
    const { key, path } = await agent({ owner: 'ron' });
    const asked = await ask(key);
    await post('ada', path, { owner: 'ann' });
    for (const name of ['ron', 'ron2', 'ann'] as const)
      expect([name, await codeOf(name, asked)]).toEqual([name, 'excluded']);
    const later = await ask(key);
    expect(await codeOf('ann', later)).toBe('excluded');
    expect(await codeOf('ron', later)).toBe('approved');
  });
});

test('R2 an agent whose owner left is not taken, and what was allowed before does not run', async () => {
  const { key } = await agent({ owner: 'eve' });
  const earlier = await gateway.call<ActionStatus>('other', 'POST', '/v1/actions', READ);
  const path = join(gateway.folder, 'countersign.yaml');
  const given = readFileSync(path, 'utf8');
  const line = given.split('\n').find((one) => one.includes('id: eve,')) ?? '';
  writeFileSync(path, given.replace(line, line.replace(' }', ', active: false }')));
  await expect
    .poll(async () => (await itemOf('other'))?.isOwnerActive, { timeout: 5_000 })
    .toBe(false);
  for (const answer of [
    await propose(key),
    await gateway.call('other', 'POST', '/v1/actions', READ),
  ])
    expect(answer.body).toMatchObject({
      state: 'denied',
      code: 'request-invalid',
      reasons: ['The owner of the agent is not active'],
    });
  const redeemed = await gateway.call<Problem>('other', 'POST', '/v1/grants/redeem', {
    grant: earlier.body.grant,
  });
  expect(redeemed.body.code).toBe('refused');
});

test('R5 an id that the configuration gives is not the registered agent any more', async () => {
  const { id, key } = await agent();
  const path = join(gateway.folder, 'countersign.yaml');
  const given = readFileSync(path, 'utf8');
  const line = given.split('\n').find((one) => one.includes('id: other,')) ?? '';
  const named = line.replace('id: other, ', `id: ${id.toUpperCase()}, `).replace(/token: \S+ /, '');
  writeFileSync(path, given.replace(line, `${line}\n${named}`));
  await expect.poll(gateway.logs, { timeout: 5_000 }).toContain('agent-shadowed');
  expect((await propose(key)).body.code).toBe('unknown-agent');
});
