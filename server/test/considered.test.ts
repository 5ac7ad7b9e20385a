import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  ActionStatus,
  ApprovalList,
  ApprovalPage,
  ApprovalReport,
  DecidedTogether,
  DrillList,
  Problem,
} from '@countersign/api';
import { batchOf } from '@countersign/core';
import { exportTo, READ, startGateway, type Fixture, type Name } from './gateway-fixture.ts';

const POLICIES = `
@id("low-read") @review("A read of statistics") @approvers("data-owners") @quorum("1") @expires("1h") @risk("low")
forbid (principal, action == Countersign::Action::"sql.select", resource is Countersign::Database)
when { context.sql.rows < 1000 };
`;
const DRILLS = `
drills:
  agent: etl
  per_week: 0
  templates:
    - { id: wire-all, type: sql.export, resource: { type: Database, id: crm }, say: "routine", arguments: { table: customers, columns: [id, name], destination: "s3://not-ours/everything" } }
    - { id: allowed, type: sql.select, resource: { type: Database, id: crm }, arguments: { table: stats, columns: [day] } }
    - { id: never, type: sql.export, resource: { type: Database, id: nowhere }, arguments: {} }
`;

let gateway: Fixture;
beforeAll(async () => {
  gateway = await startGateway((folder) => {
    writeFileSync(join(folder, 'policies', 'low.review.cedar'), POLICIES);
    appendFileSync(join(folder, 'countersign.yaml'), DRILLS);
  });
});
afterAll(() => gateway.stop());

type Asked = { readonly status: ActionStatus; readonly page: ApprovalPage };

const pageOf = async (status: ActionStatus, name: Name = 'rita'): Promise<ApprovalPage> =>
  (await gateway.call<ApprovalPage>(name, 'GET', `/v1/approvals/${status.approvalId}`)).body;

async function ask(proposal: unknown): Promise<Asked> {
  const { body: status } = await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', proposal);
  expect(status.state).toBe('pending');
  return { status, page: await pageOf(status) };
}
const readOf = (limit: number) => ask({ ...READ, arguments: { ...READ.arguments, limit } });
const itemOf = ({ status, page }: Asked) => ({
  approvalId: status.approvalId ?? '',
  version: page.version,
  seenDigest: page.seenDigest,
});
const together = (name: Name, choice: 'approve' | 'deny', items: readonly object[], more = {}) =>
  gateway.call<DecidedTogether & Problem>(name, 'POST', '/v1/approvals/votes', {
    choice,
    items,
    ...more,
  });
const ends = ({ items }: DecidedTogether): readonly string[] =>
  items.map((one) => ('status' in one ? one.status.state : one.problem.code));

describe('answers to several at once (M9)', () => {
  test('each is decided for itself; one that is refused drops no other (EV-20)', async () => {
    const [one, two, gone, altered, medium] = [
      await readOf(1),
      await readOf(2),
      await readOf(3),
      await readOf(4),
      await ask(exportTo('s3://medium')),
    ];
    await gateway.call('etl', 'POST', `/v1/actions/${gone.status.id}/cancel`);
    const items = [
      itemOf(one),
      itemOf(gone),
      { ...itemOf(altered), seenDigest: itemOf(one).seenDigest },
      itemOf(medium),
      { ...itemOf(two), approvalId: `apr_${'0'.repeat(36)}` },
      itemOf(two),
    ];
    const { status, body } = await together('rita', 'approve', items, { reason: 'statistics' });
    expect(status).toBe(200);
    expect(body.items.map(({ approvalId }) => approvalId)).toEqual(
      items.map(({ approvalId }) => approvalId),
    );
    expect(ends(body)).toEqual([
      'approved',
      'not-pending',
      'seen-mismatch',
      'not-in-batch',
      'not-found',
      'approved',
    ]);
    expect(body.batch).toEqual(batchOf(items as never));
    for (const { status: asked } of [one, two])
      expect((await pageOf(asked)).timeline.map(({ text }) => text).join()).toContain(
        'one of 6 at once',
      );
    // a no is taken whatever the risk
    const no = await together('rita', 'deny', [itemOf(medium), itemOf(altered)]);
    expect(ends(no.body)).toEqual(['denied', 'denied']);
  });

  test('R5 R7: not by whoever stands behind one of them, and by no agent', async () => {
    const asked = await readOf(5);
    for (const name of ['olga', 'olga2'] as const) {
      const { body } = await together(name, 'approve', [itemOf(asked)]);
      expect(ends(body)).toEqual(['excluded']);
    }
    expect((await together('etl', 'approve', [itemOf(asked)])).body.code).toBe('humans-only');
    expect((await pageOf(asked.status)).votes).toEqual([]);
  });

  test('as many as were read, each once', async () => {
    const item = itemOf(await readOf(6));
    for (const items of [[], [item, item], Array.from({ length: 51 }, () => item)])
      expect((await together('rita', 'approve', items)).body.code).toBe('invalid-request');
    expect((await together('rita', 'approve', [{ ...item, extra: 1 }])).status).toBe(400);
  });
});

type Drilled = ActionStatus & Problem;
const drill = (name: Name, template?: string) =>
  gateway.call<Drilled>(name, 'POST', '/v1/drills', template === undefined ? {} : { template });
const drills = (name: Name) => gateway.call<DrillList & Problem>(name, 'GET', '/v1/drills');

/** Everything a reviewer is shown of a request, without what every request has of its own. */
async function shownOf(status: ActionStatus): Promise<unknown> {
  const { approvalId = '', id, digest } = status;
  const page = await pageOf(status);
  const { body } = await gateway.call<ApprovalList>('rita', 'GET', '/v1/approvals');
  const item = body.items.find((one) => one.approvalId === approvalId);
  const text = JSON.stringify({ page, item })
    .replaceAll(approvalId, 'APR')
    .replaceAll(id, 'ACT')
    .replaceAll(digest, 'DIGEST')
    .replaceAll(page.view?.phrase ?? '', 'PHRASE')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z|sha256:[0-9a-f]{64}/g, '')
    .replaceAll(/"expiresAt":\d+/g, '"expiresAt":0');
  return JSON.parse(text) as unknown;
}

describe('drills (EV-19)', () => {
  test('one that waits looks as every request does, and never runs', async () => {
    const { status: code, body: drilled } = await drill('ada', 'wire-all');
    expect([code, drilled.state, drilled.drill]).toEqual([201, 'pending', undefined]);
    const real = await ask({
      ...exportTo('s3://not-ours/everything'),
      claim: 'routine',
      session: { id: 's', startedBy: 'sam' },
    });
    expect(real.status.id).not.toBe(drilled.id);
    const [one, other] = [await shownOf(drilled), await shownOf(real.status)];
    const asStarted = JSON.parse(JSON.stringify(other).replaceAll('sam', 'ada')) as unknown;
    expect(JSON.stringify(one).length).toBeGreaterThan(500);
    expect(withoutNames(one)).toEqual(withoutNames(asStarted));
    const before = (await drills('ada')).body;
    expect([before.waiting, before.items]).toEqual([1, []]);

    const item = itemOf({ status: drilled, page: await pageOf(drilled) });
    const path = `/v1/approvals/${item.approvalId}/votes`;
    const { approvalId: _, ...seen } = item;
    // R5: whoever had it asked
    const own = await gateway.call<Problem>('ada', 'POST', path, { choice: 'deny', ...seen });
    expect(own.body.code).toBe('excluded');
    const yes = await gateway.call<{ status: ActionStatus }>('rita', 'POST', path, {
      choice: 'approve',
      ...seen,
    });
    expect(yes.body.status).toMatchObject({ state: 'cancelled', drill: 'missed' });
    const agent = await gateway.call<ActionStatus>('etl', 'GET', `/v1/actions/${drilled.id}`);
    expect(agent.body.grant).toBeUndefined();
    expect((await pageOf(drilled)).timeline.at(-1)?.text).toMatch(/^this was a drill: it was appr/);
    const { items, waiting } = (await drills('aud')).body;
    expect([waiting, items[0]?.result, items[0]?.by]).toEqual([0, 'missed', 'rita']);
  });

  test('who asks for other arguments, or says no, has caught it', async () => {
    const { body: drilled } = await drill('ada', 'wire-all');
    const { version } = await pageOf(drilled);
    const edited = await gateway.call<ActionStatus>(
      'ron',
      'POST',
      `/v1/approvals/${drilled.approvalId}/edit`,
      { version, arguments: exportTo('s3://ours')['arguments'] },
    );
    expect([edited.status, edited.body.id, edited.body.drill]).toEqual([201, drilled.id, 'caught']);
    const { body: again } = await drill('ada', 'wire-all');
    const item = itemOf({ status: again, page: await pageOf(again) });
    expect(ends((await together('ann', 'deny', [item])).body)).toEqual(['cancelled']);
    const { items } = (await drills('ada')).body;
    expect(items.slice(0, 2).map(({ result, by }) => [result, by])).toEqual([
      ['caught', 'ann'],
      ['caught', 'ron'],
    ]);
  });

  test('what policy asks nobody about is skipped; what no gate understands is refused', async () => {
    const { body } = await drill('ada', 'allowed');
    expect([body.state, body.drill, body.grant]).toEqual(['cancelled', 'skipped', undefined]);
    expect((await drill('ada', 'never')).body.code).toBe('unknown-resource');
    expect((await drill('ada', 'other')).body.code).toBe('no-such-drill');
    expect((await drill('rita')).body.code).toBe('administrators-only');
    expect((await drills('rita')).body.code).toBe('auditors-only');
  });

  test('an agent cannot say that what it proposes is one', async () => {
    const { body } = await gateway.call<Problem>('etl', 'POST', '/v1/actions', {
      ...READ,
      drill: { by: 'rita' },
    });
    expect(body.code).toBe('invalid-request');
  });
});

/** Names go by who is in the lineage: as many, and of the same kind. */
function withoutNames(shown: unknown): unknown {
  const { page, item } = shown as { page: ApprovalPage; item: unknown };
  const { names: _, similar: __, ...rest } = page;
  return { rest, item };
}

const report = (name: Name, query = '') =>
  gateway.call<ApprovalReport & Problem>(name, 'GET', `/v1/reports/approvals${query}`);

describe('the report on approvals (L38)', () => {
  test('auditors and administrators are told, of how many each', async () => {
    const { status, body } = await report('aud');
    expect(status).toBe(200);
    expect(body.requests.total).toBe(8);
    expect(body.requests).toMatchObject({ approved: 2, denied: 2, cancelled: 1 });
    expect(body.denials).toEqual({ count: 2, of: 4 });
    expect(body.inBatches).toEqual({ count: 4, of: 4 });
    expect(body.partialApprovals).toEqual({ count: 0, of: 2 });
    expect(body.refused.excluded).toBe(2);
    expect(body.drills).toMatchObject({
      caught: 2,
      missed: 1,
      skipped: 1,
      catchRate: { count: 2, of: 3 },
    });
    expect(body.reviewers).toMatchObject([{ person: 'rita', answered: 4 }]);
    expect(body.names['rita']).toBe('rita');
    const { names: _, ...again } = (await report('ada', `?from=${body.from}&to=${body.to}`)).body;
    const { names: __, ...first } = body;
    expect(again).toEqual(first);
  });

  test('of a group, of a time, and of nothing else', async () => {
    expect((await report('aud', '?group=dba')).body.requests.total).toBe(0);
    const past = (await report('aud', '?from=2020-01-01&to=2020-02-01T00:00:00Z')).body;
    expect([past.entries, past.requests.total]).toEqual([0, 0]);
    for (const query of ['?from=yesterday', '?from=2020-02-01&to=2020-01-01', '?to=2020-13-01'])
      expect((await report('aud', query)).body.code).toBe('invalid-request');
    expect((await report('rita')).body.code).toBe('auditors-only');
    expect((await report('etl')).body.code).toBe('humans-only');
  });
});
