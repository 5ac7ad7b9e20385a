import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  ActionStatus,
  ApprovalList,
  ApprovalPage,
  DelegationItem,
  DelegationList,
  Problem,
} from '@countersign/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, signInAs, type Browser } from './browser.ts';
import { held, startGateway, vote, type Fixture, type Name } from './gateway-fixture.ts';
import { freePort } from './sign-in-fixture.ts';

let gateway: Fixture;
let rita: Browser; // is asked
let olga: Browser; // owns the agent, and is in the group that is asked
let ada: Browser; // manages
const NIGHT = `@id("at-night") @review("Nobody is here") @approvers("release-managers")
@expires("1h") @remind("1s") @escalate("1s: security")
forbid (principal, action == Countersign::Action::"sql.export", resource is Countersign::Database)
when { context.destination like "s3://night/*" };`;
beforeAll(async () => {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  gateway = await startGateway((folder) => {
    const file = join(folder, 'countersign.yaml');
    const text = readFileSync(file, 'utf8').replace('127.0.0.1:0', `127.0.0.1:${port}`);
    writeFileSync(join(folder, 'policies', 'night.review.cedar'), NIGHT);
    writeFileSync(
      file,
      `public_url: ${origin}\naccess: { administrators: [administrators], auditors: [auditors] }\nsign_in: { development: true }\n${text}`,
    );
  });
  [rita, olga, ada] = [openBrowser(origin), openBrowser(origin), openBrowser(origin)];
  await signInAs(rita, origin, 'rita');
  await signInAs(olga, origin, 'olga');
  await signInAs(ada, origin, 'ada');
});
afterAll(() => gateway.stop());

type Said = DelegationItem & Problem;
const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
const grant = (who: Browser, body: object) =>
  who.call<Said>('POST', '/v1/me/delegations', { ends: inHours(8), ...body });
const end = (name: Name, id: string) =>
  gateway.call<Said>(name, 'POST', `/v1/delegations/${id}/end`, {});
const inboxOf = async (name: Name): Promise<readonly string[]> => {
  const { body } = await gateway.call<ApprovalList>(name, 'GET', '/v1/approvals?for=me');
  return body.items.map(({ approvalId }) => approvalId);
};
const look = (name: Name, query = '') =>
  gateway.call<DelegationList>(name, 'GET', `/v1/delegations${query}`);
const code = (value: string) => ({ body: { code: value } });

describe('answering for somebody who is away', () => {
  test('EV-15 it is in the delegate’s inbox, they may answer, and the page says for whom', async () => {
    const asked = await held(gateway, 's3://away/1');
    const id = String(asked.status.approvalId);
    expect(await inboxOf('eve')).not.toContain(id);
    expect(await vote(gateway, 'eve', asked)).toMatchObject({ status: 404 });
    const made = await grant(rita, { to: 'eve', reason: 'on leave' });
    expect(made).toMatchObject({
      status: 201,
      body: { from: 'rita', state: 'active', by: 'rita' },
    });
    expect(await inboxOf('eve')).toContain(id);
    const seen = await gateway.call<ApprovalPage>('eve', 'GET', `/v1/approvals/${id}`);
    expect(seen.body).toMatchObject({ may: { vote: true } });
    expect(seen.body.standIns).toEqual([{ person: 'eve', for: 'rita', until: made.body.ends }]);
    expect(await vote(gateway, 'eve', asked)).toMatchObject({
      status: 200,
      body: { status: { state: 'approved' } },
    });
    const after = await gateway.call<ApprovalPage>('eve', 'GET', `/v1/approvals/${id}`);
    expect(after.body.timeline.find(({ by }) => by === 'eve')?.text).toContain(
      'approved it for rita',
    );
    expect((await end('eve', made.body.id)).body.state).toBe('ended');
    expect(await inboxOf('eve')).toEqual([]);
  });

  test('T34 R5 whom the owner of the agent chose is excluded, whoever set it up', async () => {
    const made = await grant(olga, { to: 'eve' });
    const helped = await grant(ada, { from: 'olga2', to: 'aud' });
    expect([made.status, helped.status]).toEqual([201, 201]);
    const asked = await held(gateway, 's3://away/2');
    expect(await vote(gateway, 'eve', asked)).toMatchObject({ status: 403, ...code('excluded') });
    expect(await vote(gateway, 'aud', asked)).toMatchObject({ status: 403, ...code('excluded') });
    for (const { body } of [made, helped]) await end('ada', body.id);
  });

  test('what was ended before the grant was used does not count any more', async () => {
    const made = await grant(rita, { to: 'eve', groups: ['data-owners'] });
    const asked = await held(gateway, 's3://away/3');
    const { status } = asked;
    expect((await vote(gateway, 'eve', asked)).status).toBe(200);
    await end('rita', made.body.id);
    const path = `/v1/actions/${status.id}`;
    const { grant: token } = (await gateway.call<ActionStatus>('etl', 'GET', path)).body;
    await gateway.call('etl', 'POST', '/v1/grants/redeem', { grant: token });
    expect((await gateway.call<ActionStatus>('etl', 'GET', path)).body.state).toBe('refused');
  });

  test('one that has not begun gives nothing', async () => {
    const made = await grant(rita, { to: 'eve', begins: inHours(1) });
    expect(made.body.state).toBe('planned');
    const asked = await held(gateway, 's3://away/4');
    expect(await vote(gateway, 'eve', asked)).toMatchObject({ status: 404 });
    const list = await gateway.call<DelegationList>('rita', 'GET', '/v1/me/delegations');
    expect(list.body.items[0]).toEqual(made.body);
    expect(list.body.names).toMatchObject({ rita: 'rita', eve: 'eve' });
    await end('rita', made.body.id);
  });
});

describe('nobody answers', () => {
  test('EV-16 EV-17 those who are asked are reminded, then others are asked too and may answer', async () => {
    const asked = await held(gateway, 's3://night/1');
    const path = `/v1/approvals/${asked.status.approvalId}`;
    const page = () => gateway.call<ApprovalPage>('rita', 'GET', path);
    await expect
      .poll(async () => (await page()).body.timeline.map(({ text }) => text), { timeout: 20_000 })
      .toEqual(
        expect.arrayContaining([
          'reminded those who are asked',
          'escalated to security (at-night)',
        ]),
      );
    const { requirements } = (await page()).body;
    expect(requirements.map(({ groups }) => groups)).toContainEqual([
      'release-managers',
      'security',
    ]);
    expect((await vote(gateway, 'aud', asked)).body.status.state).toBe('pending');
    expect((await vote(gateway, 'rita', asked)).body.status.state).toBe('approved');
  });
});

describe('who may', () => {
  test('R7 only people; a token in a file is not enough to give, and enough to end', async () => {
    const body = { to: 'eve', ends: inHours(1) };
    for (const name of ['etl', 'runner'] as const)
      for (const path of ['/v1/me/delegations', '/v1/delegations/x/end'])
        expect(await gateway.call(name, 'POST', path, body)).toMatchObject(code('humans-only'));
    const token = await gateway.call('rita', 'POST', '/v1/me/delegations', body);
    expect(token).toMatchObject({ status: 403, ...code('sign-in-again') });
  });

  test('only administrators for others, and never to themselves (R5)', async () => {
    expect(await grant(rita, { from: 'ann', to: 'eve' })).toMatchObject(
      code('administrators-only'),
    );
    expect(await grant(ada, { from: 'rita', to: 'ada' })).toMatchObject(code('excluded'));
    const made = await grant(ada, { from: 'rita', to: 'eve' });
    expect(made).toMatchObject({ status: 201, body: { by: 'ada' } });
    expect(await end('ann', made.body.id)).toMatchObject({ status: 404 });
    expect(await end('ada', made.body.id)).toMatchObject({ status: 200 });
    expect(await end('ada', 'dlg_none')).toMatchObject({ status: 404 });
  });

  test('everybody’s are for administrators and auditors, page by page', async () => {
    expect(await look('rita')).toMatchObject({ status: 403, ...code('administrators-only') });
    const all = (await look('aud')).body.items;
    const first = (await look('ada', '?limit=2')).body;
    const rest = (await look('ada', `?after=${first.next}`)).body;
    expect([...first.items, ...rest.items]).toEqual(all);
  });

  test.each([
    ['oneself', { to: 'olga2' }, '$.to'],
    ['nobody', { to: 'nobody' }, '$.to'],
    ['one who is not active', { to: 'gone' }, '$.to'],
    ['for longer than 90 days', { to: 'eve', ends: inHours(91 * 24) }, '$.ends'],
    ['when it is over already', { to: 'eve', ends: inHours(-1) }, '$.ends'],
    ['backwards', { to: 'eve', begins: inHours(3), ends: inHours(2) }, '$.ends'],
    ['a group that is not one’s own', { to: 'eve', groups: ['security'] }, '$.groups'],
  ])('not to %s', async (_, body, path) => {
    const refused = await grant(olga, body);
    expect(refused).toMatchObject({ status: 422, body: { code: 'bad-delegation', path } });
  });

  test('a time without its offset is none; one with an offset is that moment', async () => {
    expect(await grant(rita, { to: 'eve', ends: '2027-01-01T00:00:00' })).toMatchObject({
      status: 400,
    });
    const shifted = inHours(24).replace('Z', '+02:00');
    const made = await grant(rita, { to: 'eve', ends: shifted });
    expect(made.body.ends).toBe(new Date(shifted).toISOString());
    await end('rita', made.body.id);
  });

  test('A11 not more than ten at once', async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => grant(rita, { to: 'eve' })));
    expect(made.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201));
    expect(await grant(rita, { to: 'eve' })).toMatchObject(code('too-many-delegations'));
    for (const { body } of made) await end('rita', body.id);
  });
});
