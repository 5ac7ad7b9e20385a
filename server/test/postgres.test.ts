import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { ApprovalList, ApprovalPage } from '@countersign/api';
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
});
afterAll(async () => {
  await gateway?.stop();
  await database?.remove();
});

async function connect(name: Name, password = tokenOf(name), to = 'shop'): Promise<pg.Client> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: gateway.gateway().postgresPort ?? 0,
    user: name,
    password,
    database: to,
  });
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

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
    const { rows } = await database.run("select id from customers where plan = 'gold'");
    expect(rows).toEqual([{ id: 7 }]);
  });
});
