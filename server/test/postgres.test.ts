import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { ActionStatus, ApprovalList, ApprovalPage, IssuedKey } from '@countersign/api';
import { readTrust, verifyReceipt } from '../../verify/src/index.ts';
import { nodePrimitives as primitives } from '../../verify/src/main.ts';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  openDatabase,
  READ,
  SAMPLE_CLASSES,
  WRITE,
  type SampleDatabase,
} from '../../gates/postgres/test/database.ts';
import { startGateway, tokenOf, type Fixture, type Name } from './gateway-fixture.ts';

const ASK = `@id("test-writes")
@review("Data changes")
@approvers("data-owners") @quorum("1") @expires("30m")
forbid (principal, action == Countersign::Action::"sql.write", resource == Countersign::Database::"shop");
`;

/** A database and a gateway start, where others may want the processor too. */
const PATIENCE_MS = 90_000;

let database: SampleDatabase;
let gateway: Fixture;

beforeAll(async () => {
  database = await openDatabase();
  gateway = await startGateway((folder) => {
    writeFileSync(join(folder, 'read'), READ.password, { mode: 0o600 });
    writeFileSync(join(folder, 'write'), WRITE.password, { mode: 0o600 });
    writeFileSync(join(folder, 'policies', 'test.review.cedar'), ASK);
    mkdirSync(join(folder, 'policies', 'data'));
    writeFileSync(join(folder, 'policies', 'data', 'shop.yaml'), JSON.stringify(SAMPLE_CLASSES));
    const path = join(folder, 'countersign.yaml');
    const config = readFileSync(path, 'utf8').replaceAll(
      'platform-agents]',
      'platform-agents, sql-agents]',
    ).concat(`public_url: http://localhost:8088
postgres:
  listen: 127.0.0.1:0
  databases:
    - name: shop
      host: 127.0.0.1
      port: ${database.port}
      database: postgres
      attrs: { env: { entity: Env, id: dev }, owner: { entity: Team, id: data-owners } }
      read: { user: ${READ.user}, password: 'file:read' }
      write: { user: ${WRITE.user}, password: 'file:write' }
      hold: 10s
`);
    writeFileSync(path, config);
  });
}, PATIENCE_MS);
afterAll(async () => {
  await gateway?.stop();
  await database?.remove();
});

/** Waits until somebody is asked, and answers. */
async function answer(choice: 'approve' | 'deny'): Promise<ApprovalPage> {
  const asked = await vi.waitUntil(
    async () => (await gateway.call<ApprovalList>('rita', 'GET', '/v1/approvals')).body.items[0],
    { timeout: 5_000, interval: 20 },
  );
  const { approvalId: id } = asked;
  const { body: page } = await gateway.call<ApprovalPage>('rita', 'GET', `/v1/approvals/${id}`);
  const vote = { choice, version: page.version, seenDigest: page.seenDigest };
  const voted = await gateway.call('rita', 'POST', `/v1/approvals/${id}/votes`, vote);
  expect(voted.status).toBe(200);
  return page;
}

/** The receipt of what was asked, verified without the gateway. */
async function receiptOf({ status }: ApprovalPage) {
  const path = `/v1/actions/${status.id}`;
  await expect
    .poll(async () => (await gateway.call<ActionStatus>('etl', 'GET', path)).body.state)
    .toBe('executed');
  const read = await readTrust(await (await fetch(`${gateway.url()}/ledger/trust`)).text());
  if (!read.ok) throw new Error(read.failure.message);
  const receipt = await gateway.call<string>('rita', 'GET', `${path}/receipt`);
  return verifyReceipt(receipt.body, read.value, { primitives });
}

const from = (name: string, password: string, to = 'shop'): pg.Client =>
  new pg.Client({
    host: '127.0.0.1',
    port: gateway.gateway().postgresPort ?? 0,
    user: name,
    password,
    database: to,
  });
async function connect(name: Name, password = tokenOf(name)): Promise<pg.Client> {
  const client = from(name, password);
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}
const refusal = async (name: string, password: string): Promise<unknown> => {
  const client = from(name, password);
  client.on('error', () => undefined);
  return client.connect().then(
    () => client.end().then(() => 'let in'),
    (error: { code?: string }) => error.code,
  );
};

describe('a client of PostgreSQL, unchanged', () => {
  test('R9: reads, and gets private values masked', async () => {
    const client = await connect('etl');
    const { rows } = await client.query('select id, email, plan from customers where id = 7');
    expect(rows).toEqual([{ id: 7, email: expect.stringMatching(/^‹pii\.email/), plan: 'team' }]);
  });
  test('a write waits for people, and runs once', async () => {
    const client = await connect('etl');
    const waiting = client.query("update customers set plan = 'gold' where id = 7");
    const page = await answer('approve');
    expect(page.view?.headline).toContain('customers');
    expect((await waiting).rowCount).toBe(1);
    expect(await receiptOf(page)).toMatchObject({ ok: true, value: { state: 'executed' } });
    const { rows } = await database.run("select id from customers where plan = 'gold'");
    expect(rows).toEqual([{ id: 7 }]);
  });
});

describe('what a client is told', () => {
  test('R2: what nobody can approve does not run, and the connection goes on', async () => {
    const client = await connect('etl');
    await expect(client.query("select pg_read_file('/etc/passwd')")).rejects.toMatchObject({
      code: '42501',
      message: expect.stringMatching(/^NOT EXECUTED/),
    });
    expect((await client.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
  });
  test('R10: a no of people is a no, and nothing changed', async () => {
    const client = await connect('etl');
    const waiting = client.query("update customers set plan = 'no' where id = 8");
    const refused = expect(waiting).rejects.toMatchObject({
      code: '42501',
      message: expect.stringMatching(/^NOT EXECUTED, denied/),
    });
    await answer('deny');
    await refused;
    const { rows } = await database.run(
      "select count(*)::int as n from customers where plan = 'no'",
    );
    expect(rows).toEqual([{ n: 0 }]);
  });
  test('a database that is none', async () => {
    const client = from('etl', tokenOf('etl'), 'crm');
    await expect(client.connect()).rejects.toMatchObject({ code: '3D000' });
  });
});

const change = (edit: (text: string) => string): void => {
  const path = join(gateway.folder, 'countersign.yaml');
  writeFileSync(path, edit(readFileSync(path, 'utf8')));
};

describe('the operator', () => {
  test('says what a column holds, and it is so for connections that stand', async () => {
    const client = await connect('etl');
    const look = async () =>
      (await client.query('select seats from customers where id = 9')).rows[0];
    expect(await look()).toEqual({ seats: 10 });
    const path = join(gateway.folder, 'policies', 'data', 'shop.yaml');
    const said = { ...SAMPLE_CLASSES['public.customers'], seats: 'custom.seats' };
    writeFileSync(path, JSON.stringify({ ...SAMPLE_CLASSES, 'public.customers': said }));
    await vi.waitFor(async () => expect(await look()).toEqual({ seats: null }), {
      timeout: 5_000,
      interval: 50,
    });
  });
  test('says what agents see in clear, and what else is private', async () => {
    const client = await connect('etl');
    const look = async () =>
      (await client.query('select name, plan from customers where id = 11')).rows[0];
    expect((await look())?.name).toMatch(/^‹pii\.name/);
    writeFileSync(
      join(gateway.folder, 'policies', 'masking.yaml'),
      'viewers: { agent: [pii.name] }\ncustom: { tier: { words: [enterprise] } }\n',
    );
    await vi.waitFor(
      async () =>
        expect(await look()).toEqual({
          name: 'Person 11',
          plan: expect.stringMatching(/^‹custom\.tier/),
        }),
      { timeout: 5_000, interval: 50 },
    );
  });
  test('sees what became of statements, and how each database is', async () => {
    const { body } = await gateway.call<string>(undefined, 'GET', '/metrics');
    expect(body).toMatch(
      /countersign_postgres_statements_total\{database="shop",outcome="executed"\} [1-9]/,
    );
    expect(body).toMatch(
      /countersign_postgres_statements_total\{database="shop",outcome="held"\} 2/,
    );
    expect(body).toMatch(/countersign_postgres_up\{database="shop"\} 1/);
    const ready = await gateway.call<{ checks: unknown[] }>(undefined, 'GET', '/readyz');
    expect(ready.body.checks).toContainEqual({ name: 'postgres-shop', status: 'ok' });
  });
  test('takes a database away, and what stands is ended', async () => {
    const client = await connect('etl');
    const over = new Promise((resolve) => client.once('end', resolve));
    change((text) => text.replace('- name: shop', '- name: store'));
    await over;
    expect(await refusal('etl', tokenOf('etl'))).toBe('3D000');
    change((text) => text.replace('- name: store', '- name: shop'));
    await expect.poll(() => refusal('etl', tokenOf('etl')), { timeout: 5_000 }).toBe('let in');
  });
});

describe('who may come', () => {
  test('R7: an agent with its own key, and nobody else; nothing tells an agent from a stranger', async () => {
    expect(await refusal('etl', tokenOf('etl'))).toBe('let in');
    expect(await refusal('etl', tokenOf('other'))).toBe('28P01');
    expect(await refusal('nobody', tokenOf('etl'))).toBe('28P01');
    expect(await refusal('rita', tokenOf('rita'))).toBe('28P01');
    expect(await refusal('runner', tokenOf('runner'))).toBe('28P01');
  });
  test('keys that were issued here, each by itself; one that is revoked ends what stands', async () => {
    const issue = async () =>
      (await gateway.call<IssuedKey>('ada', 'POST', '/v1/agents/etl/keys', { name: 'db' })).body;
    const [one, other] = [await issue(), await issue()];
    expect(await refusal('other', one.key)).toBe('28P01');
    const client = await connect('etl', one.key);
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    const over = new Promise((resolve) => client.once('end', resolve));
    await gateway.call('ada', 'POST', `/v1/keys/${one.id}/revoke`, {});
    await over;
    expect(await refusal('etl', one.key)).toBe('28P01');
    expect(await refusal('etl', other.key)).toBe('let in');
  });
  test('an agent that is stopped is out, at once', async () => {
    const client = await connect('other');
    const over = new Promise((resolve) => client.once('end', resolve));
    await gateway.call('ada', 'POST', '/v1/agents/other/stop', { reason: 'odd' });
    await over;
    expect(await refusal('other', tokenOf('other'))).toBe('28P01');
  });
});
