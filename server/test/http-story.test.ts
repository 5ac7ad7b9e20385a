import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActionStatus, Explanation, Problem, ReleasedAction } from '@countersign/api';
import { openGrant, instant, type Jwk } from '@countersign/core';
import { exportTo, held, READ, startGateway, vote, type Fixture } from './gateway-fixture.ts';

let gateway: Fixture;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const at = (id: string, rest = ''): string => `/v1/actions/${id}${rest}`;

test('an allowed action: proposed, redeemed, run once, reported', async () => {
  const { call } = gateway;
  const proposed = await call<ActionStatus>('etl', 'POST', '/v1/actions', READ);
  expect(proposed.status).toBe(201);
  expect(proposed.body).toMatchObject({ state: 'allowed', verdict: 'allow', type: 'sql.select' });
  const { id, grant } = proposed.body;
  const released = await call<ReleasedAction>('etl', 'POST', '/v1/grants/redeem', { grant });
  expect(released.body).toMatchObject({ actionId: id, arguments: READ.arguments });
  const done = await call<ActionStatus>('etl', 'POST', at(id, '/outcome'), {
    outcome: 'executed',
    exitCode: 0,
    summary: 'sent to bob.miller@example.com',
  });
  expect(done.body.state).toBe('executed');
  expect(JSON.stringify(done.body), 'R9').not.toContain('bob.miller');
  const again = await call<Problem>('etl', 'POST', '/v1/grants/redeem', { grant });
  expect([again.status, again.body.code]).toEqual([409, 'grant-spent']);
});

test('a held action: asked, waited for, approved by another, redeemed, explained', async () => {
  const { call } = gateway;
  const asked = await held(gateway, 's3://story', { claim: 'nightly copy' });
  expect(asked.status).toMatchObject({
    state: 'pending',
    waitingFor: [{ groups: ['data-owners'] }],
  });
  expect(asked.status.grant).toBeUndefined();
  expect(asked.page.view).toMatchObject({ headline: expect.stringContaining('s3://story') });
  expect(asked.page.may).toEqual({ vote: true, confirm: false });
  const { id } = asked.status;
  const waiting = call<ActionStatus>('etl', 'GET', at(id, '?wait=20'));
  expect((await vote(gateway, 'rita', asked)).body.status).toMatchObject({ state: 'approved' });
  const { body: status } = await waiting;
  expect(status.state).toBe('approved');
  const released = await call<ReleasedAction>('etl', 'POST', '/v1/grants/redeem', {
    grant: status.grant,
  });
  expect(released.body.arguments).toMatchObject({ destination: 's3://story' });
  const explained = await call<Explanation>('rita', 'GET', at(id, '/explanation'));
  expect(explained.body.record).toMatchObject({ decisionId: id, verdict: 'review' });
  expect(explained.body.policySet).toMatchObject({ schema: expect.any(String) });
});

test('a denied action says so, and an identical one is refused from memory', async () => {
  const asked = await held(gateway, 's3://denied');
  expect((await vote(gateway, 'rita', asked, 'deny')).body.status.state).toBe('denied');
  const again = await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', {
    ...exportTo('s3://denied'),
  });
  expect(again.status).toBe(201);
  expect(again.body).toMatchObject({ state: 'denied', code: 'denied-before' });
});

test('R4: of 50 callers redeeming one grant at once, one succeeds', async () => {
  const { body } = await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', READ);
  const tries = await Promise.all(
    Array.from({ length: 50 }, () =>
      gateway.call<Problem>('etl', 'POST', '/v1/grants/redeem', { grant: body.grant }),
    ),
  );
  expect(tries.filter(({ status }) => status === 200)).toHaveLength(1);
  const codes = new Set(tries.filter(({ status }) => status !== 200).map((one) => one.body.code));
  expect([...codes].filter((code) => code !== 'grant-spent' && code !== 'busy')).toEqual([]);
});

test('R4: two last votes at once settle once', async () => {
  const asked = await held(gateway, 's3://race');
  const votes = await Promise.all([vote(gateway, 'rita', asked), vote(gateway, 'ron', asked)]);
  expect(votes.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
});

test('an idempotency key gives the first answer, and never stands for two actions', async () => {
  const { call } = gateway;
  const key = { 'idempotency-key': 'run-7' };
  const first = await call<ActionStatus>('etl', 'POST', '/v1/actions', READ, key);
  const again = await call<ActionStatus>('etl', 'POST', '/v1/actions', READ, key);
  expect(again.body.id).toBe(first.body.id);
  const other = await call<Problem>('etl', 'POST', '/v1/actions', exportTo('s3://k'), key);
  expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
});

test('identical pending actions are one question', async () => {
  const first = await held(gateway, 's3://join');
  const second = await held(gateway, 's3://join');
  expect(second.status.id).toBe(first.status.id);
});

test('a grant travels with its action, is redeemed by its audience alone, and is verified offline by the published key', async () => {
  const { call } = gateway;
  const action = { ...READ, type: 'report.run' };
  const { body: told } = await call<ActionStatus>('etl', 'POST', '/v1/actions', action);
  const { body: seen } = await call<ActionStatus>('runner', 'GET', at(told.id));
  const { body: jwks } = await call<{ keys: Jwk[] }>(undefined, 'GET', '/.well-known/jwks.json');
  const [, claims = ''] = (seen.grant ?? '').split('.');
  const { iss } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iss: string };
  const expected = { issuer: iss, audience: 'runner', keys: jwks.keys };
  expect(openGrant(seen.grant ?? '', expected, instant(Date.now()))).toMatchObject({
    act: told.id,
    digest: told.digest,
  });
  const stolen = await call<Problem>('etl', 'POST', '/v1/grants/redeem', { grant: seen.grant });
  expect([stolen.status, stolen.body.code]).toEqual([403, 'wrong-audience']);
  const shown = await call<ActionStatus>('olga', 'GET', at(told.id));
  expect(shown.body.grant, 'R7: people decide, they do not run').toBeUndefined();
  const ran = await call<ReleasedAction>('runner', 'POST', '/v1/grants/redeem', {
    grant: seen.grant,
  });
  expect(ran.status).toBe(200);
  const report = { outcome: 'failed', exitCode: 3 };
  const foreign = await call<Problem>('etl', 'POST', at(told.id, '/outcome'), report);
  expect([foreign.status, foreign.body.code]).toEqual([403, 'not-yours']);
  const own = await call<ActionStatus>('runner', 'POST', at(told.id, '/outcome'), report);
  expect(own.body).toMatchObject({ state: 'failed', outcome: report });
});

test('edited arguments are a new action; the old votes and request are void', async () => {
  const { call } = gateway;
  const asked = await held(gateway, 's3://before');
  const edited = await call<ActionStatus>(
    'ron',
    'POST',
    `/v1/approvals/${asked.status.approvalId}/edit`,
    {
      version: asked.page.version,
      arguments: { table: 'customers', columns: ['id'], destination: 's3://after' },
    },
  );
  expect(edited.status).toBe(201);
  const before = await call<ActionStatus>('etl', 'GET', at(asked.status.id));
  expect(before.body).toMatchObject({ state: 'superseded', successor: edited.body.id });
  const fresh = await call<never>('ron', 'GET', `/v1/approvals/${edited.body.approvalId}`);
  const voted = await vote(gateway, 'ron', { status: edited.body, page: fresh.body });
  expect([voted.status, voted.body.code], 'R5: the editor').toEqual([403, 'excluded']);
});

test('an approval is taken back before it runs; an action is withdrawn by its agent', async () => {
  const { call } = gateway;
  const asked = await held(gateway, 's3://revoked');
  await vote(gateway, 'rita', asked);
  const path = `/v1/approvals/${asked.status.approvalId}/revoke`;
  const revoked = await call<{ status: ActionStatus }>('ron', 'POST', path, {
    reason: 'not today',
  });
  expect(revoked.body.status).toMatchObject({ state: 'revoked', reviewerNote: 'not today' });
  const other = await held(gateway, 's3://cancelled');
  const cancelled = await call<ActionStatus>('etl', 'POST', at(other.status.id, '/cancel'));
  expect(cancelled.body.state).toBe('cancelled');
});
