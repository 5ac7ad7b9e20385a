import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActionStatus, ApprovalPage, Problem } from '@countersign/api';
import {
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
  gateway = await startGateway((folder) => {
    const path = join(folder, 'countersign.yaml');
    const config = readFileSync(path, 'utf8');
    writeFileSync(path, config.replace('limits: {', 'limits: { execution_timeout: 1s,'));
    writeFileSync(
      join(folder, 'policies', 'confirmed.review.cedar'),
      `@id("confirmed") @confirm("Whom it is for says so") @expires("1h")
forbid (principal, action == Countersign::Action::"sql.export", resource is Countersign::Database)
when { context.destination like "s3://confirmed/*" };`,
    );
  });
});
afterAll(() => gateway.stop());

type Decided = Answered<{ readonly status: ActionStatus } & Problem>;
const statusOf = async (name: Name, id: string): Promise<ActionStatus> =>
  (await gateway.call<ActionStatus>(name, 'GET', `/v1/actions/${id}`)).body;
const codeOf = ({ status, body }: Answered<Problem>): readonly unknown[] => [status, body.code];

async function ask(to: string): Promise<{ status: ActionStatus; page: ApprovalPage }> {
  const { body: status } = await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', {
    type: 'sql.export',
    resource: { type: 'Database', id: 'crm' },
    arguments: { table: 'stats', columns: ['day'], destination: `s3://confirmed/${to}` },
    onBehalfOf: 'paul',
  });
  const path = `/v1/approvals/${status.approvalId}`;
  return { status, page: (await gateway.call<ApprovalPage>('paul', 'GET', path)).body };
}
const confirm = (
  name: Name,
  { status, page }: Awaited<ReturnType<typeof ask>>,
  choice = 'approve',
): Promise<Decided> =>
  gateway.call(name, 'POST', `/v1/approvals/${status.approvalId}/confirmations`, {
    choice,
    version: page.version,
    seenDigest: page.seenDigest,
  });

/** An action that was redeemed and never reported. */
async function lost(status: ActionStatus): Promise<ActionStatus> {
  const { grant } = await statusOf('etl', status.id);
  const released = await gateway.call('etl', 'POST', '/v1/grants/redeem', { grant });
  expect(released.status).toBe(200);
  for (;;) {
    const now = await statusOf('etl', status.id);
    if (now.state !== 'executing') return { ...now, ...(grant === undefined ? {} : { grant }) };
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
}
const close = (name: Name, id: string, outcome = 'executed'): Promise<Decided> =>
  gateway.call(name, 'POST', `/v1/actions/${id}/close`, {
    outcome,
    note: 'seen in bob.miller@example.com',
  });

describe('confirm: the person the agent acts for says yes, and it is no vote', () => {
  test('accepted: approved without a single vote, and it runs once', async () => {
    const asked = await ask('yes');
    expect(asked.page.may).toEqual({ vote: false, confirm: true });
    expect(asked.page.view?.asks).toMatchObject([{ kind: 'confirm' }]);
    const confirmed = await confirm('paul', asked);
    expect(confirmed.status).toBe(200);
    expect(confirmed.body.status).toMatchObject({ state: 'approved', votes: { approve: 0 } });
    const { grant, id } = await statusOf('etl', asked.status.id);
    const released = await gateway.call('etl', 'POST', '/v1/grants/redeem', { grant });
    expect(released.body).toMatchObject({
      actionId: id,
      arguments: { destination: 's3://confirmed/yes' },
    });
    expect(codeOf(await gateway.call('etl', 'POST', '/v1/grants/redeem', { grant }))).toEqual([
      409,
      'grant-spent',
    ]);
    expect(codeOf(await confirm('paul', asked))).toEqual([409, 'not-pending']);
  });
  test('a linked account is the same person; a no settles it', async () => {
    const asked = await ask('linked');
    expect((await confirm('paul2', asked)).body.status).toMatchObject({ state: 'approved' });
    const other = await ask('no');
    const denied = await confirm('paul', other, 'deny');
    expect(denied.body.status).toMatchObject({ state: 'denied' });
  });
  test('nobody else confirms, and as a vote it is refused', async () => {
    const asked = await ask('others');
    expect(codeOf(await confirm('olga', asked))).toEqual([403, 'not-the-confirmer']);
    expect(codeOf(await confirm('aud', asked))).toEqual([403, 'not-the-confirmer']);
    expect(codeOf(await confirm('rita', asked))).toEqual([404, 'not-found']);
    expect(codeOf(await vote(gateway, 'paul', asked))).toEqual([403, 'excluded']);
    expect((await statusOf('etl', asked.status.id)).state).toBe('pending');
  });
});

describe('close: a person says what happened where nobody reported', () => {
  test('R4 by its owner, once; it never runs again', async () => {
    const { body } = await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', READ);
    expect(codeOf(await close('olga', body.id))).toEqual([409, 'not-executing']);
    const { id, state, grant } = await lost(body);
    expect(state).toBe('unknown');
    expect(codeOf(await close('etl', id))).toEqual([403, 'humans-only']);
    expect(codeOf(await close('rita', id))).toEqual([404, 'not-found']);
    expect(codeOf(await close('aud', id))).toEqual([403, 'not-an-approver']);
    const closed = await close('olga', id);
    expect(closed.status).toBe(200);
    expect(closed.body.status).toMatchObject({ state: 'unknown', closedAs: 'executed' });
    expect(codeOf(await close('olga', id, 'failed'))).toEqual([409, 'already-closed']);
    const late = await gateway.call<Problem>('etl', 'POST', `/v1/actions/${id}/outcome`, {
      outcome: 'failed',
    });
    expect(codeOf(late)).toEqual([409, 'already-closed']);
    expect(codeOf(await gateway.call('etl', 'POST', '/v1/grants/redeem', { grant }))).toEqual([
      409,
      'grant-spent',
    ]);
  });
  test('by whoever was asked, and R9 the note is masked for good', async () => {
    const asked = await held(gateway, 's3://lost');
    await vote(gateway, 'rita', asked);
    const { id } = await lost(asked.status);
    expect((await close('ron', id, 'failed')).body.status).toMatchObject({
      state: 'unknown',
      closedAs: 'failed',
    });
    const { body: receipt } = await gateway.call<string>('ron', 'GET', `/v1/actions/${id}/receipt`);
    const entries = await fetch(`${gateway.url()}/ledger/checkpoint`);
    const size = Number((await entries.text()).split('\n')[1]);
    const bundle = await (await fetch(`${gateway.url()}/ledger/tile/entries/000.p/${size}`)).text();
    expect(bundle).toContain('action.closed');
    for (const text of [bundle, receipt]) expect(text).not.toContain('bob.miller');
  });
});
