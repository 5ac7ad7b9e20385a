import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionStatus, ApprovalList, ApprovalPage } from '@countersign/api';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  openDatabase,
  READ,
  SAMPLE_CLASSES,
  WRITE,
  type SampleDatabase,
} from '../../gates/postgres/test/database.ts';
import { frame, openRaw, Q } from '../../server/test/postgres-raw.ts';
import { as, freePort, makeWorld, ROOT, start, stop, textOf, verified, vote } from './world.ts';
import type { Running, World } from './world.ts';

// The gateway is killed while the database gate is at work: one kill in the middle of four things, and another start.

const SOON = { timeout: 15_000, interval: 20 } as const;
const ROLES = [READ.user, WRITE.user];
const ASK = `@id("test-writes")
@review("Data changes")
@approvers("data-owners") @quorum("1") @expires("30m")
forbid (principal, action == Countersign::Action::"sql.write", resource == Countersign::Database::"shop");
`;
const HELD = "update customers set seats = seats + 1 where name = 'Person 40'";
const LOCKED = 'update customers set seats = seats + 1 where id = 50';

let database: SampleDatabase;
let world: World;
let port: number;
let gateway: Running;
beforeAll(async () => {
  [database, port] = await Promise.all([openDatabase(), freePort()]);
  const entry = (name: string, mode: string): string => `
    - name: ${name}
      host: 127.0.0.1
      port: ${database.port}
      database: postgres
      mode: ${mode}
      attrs: { env: { entity: Env, id: dev }, owner: { entity: Team, id: data-owners } }
      read: { user: ${READ.user}, password: 'file:read' }
      write: { user: ${WRITE.user}, password: 'file:write' }
      hold: 20s`;
  const both = entry('shop', 'read') + entry('shop-tx', 'transactional');
  const more = `postgres:\n  listen: 127.0.0.1:${port}\n  databases:${both}\n`;
  world = await makeWorld(undefined, more);
  const inFolder = (name: string): string => join(world.folder, name);
  writeFileSync(inFolder('read'), READ.password, { mode: 0o600 });
  writeFileSync(inFolder('write'), WRITE.password, { mode: 0o600 });
  writeFileSync(inFolder('policies/test.review.cedar'), ASK);
  // who copies is asked by a session of the console elsewhere
  const sql = inFolder('policies/sql.review.cedar');
  writeFileSync(sql, readFileSync(sql, 'utf8').replaceAll(' @assurance("session")', ''));
  mkdirSync(inFolder('policies/data'));
  for (const name of ['shop', 'shop-tx'])
    writeFileSync(inFolder(`policies/data/${name}.yaml`), JSON.stringify(SAMPLE_CLASSES));
  const config = inFolder('countersign.yaml');
  writeFileSync(config, readFileSync(config, 'utf8').replace('data-agents]', 'sql-agents]'));
  gateway = await start(world);
}, 60_000);
afterAll(async () => {
  if (gateway) await stop(gateway, 'SIGKILL');
  if (world) rmSync(world.folder, { recursive: true, force: true });
  await database?.remove();
});

const settings = (name: string): pg.ClientConfig => ({
  host: '127.0.0.1',
  port,
  user: 'bot',
  password: world.tokens.bot,
  database: name,
});
async function connect(name = 'shop'): Promise<pg.Client> {
  const client = new pg.Client(settings(name));
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
const caught = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);
const one = async (sql: string): Promise<unknown> =>
  Object.values((await database.run(sql)).rows[0] as object)[0];
const count = (what: string): Promise<unknown> => one(`select count(*)::int from ${what}`);
const seats = (id: number): Promise<unknown> => one(`select seats from customers where id = ${id}`);
/** Backends of the lanes at the server. */
const backends = async (): Promise<readonly { pid: number; usename: string }[]> =>
  (
    await database.run({
      text: 'select pid, usename from pg_stat_activity where usename = any($1)',
      values: [ROLES],
    })
  ).rows as { pid: number; usename: string }[];
const open = async (): Promise<ApprovalList['items']> =>
  ((await as(world, 'dana', '/v1/approvals')).body as ApprovalList).items;

/** The only question that waits, other than these. */
async function asked(...others: readonly (string | undefined)[]): Promise<string> {
  const found = async () => (await open()).find(({ approvalId: id }) => !others.includes(id));
  await expect.poll(found, SOON).toBeDefined();
  return (await found())?.approvalId ?? '';
}
/** What became of what a question is about. */
const statusOf = async (approvalId: string): Promise<ActionStatus> => {
  const page = (await as(world, 'dana', `/v1/approvals/${approvalId}`)).body as ApprovalPage;
  return (await as(world, 'bot', `/v1/actions/${page.status.id}`)).body as ActionStatus;
};
async function approve(approvalId: string, by = world): Promise<void> {
  const { status, body } = await vote(by, 'dana', { approvalId });
  expect(status, JSON.stringify(body)).toBe(200);
}
/** Somebody of `dba`. */
const p1 = (): World => {
  const token = readFileSync(join(world.folder, 'p1.token'), 'utf8');
  return { ...world, tokens: { ...world.tokens, dana: token } };
};
/** Whose grant was spent, each time one was. */
async function spent(): Promise<readonly (string | undefined)[]> {
  const [, size = ''] = (await textOf(`${world.url}/ledger/checkpoint`)).split('\n');
  const text = await textOf(`${world.url}/ledger/tile/entries/000.p/${size}`);
  return [...text.matchAll(/"stream":"([^"]+)","type":"grant\.redeemed"/g)].map(
    ([, stream]) => stream,
  );
}

test('R1 R4: kill -9 of the gateway: nothing half done, what was held is held, what was sent is never sent again', async () => {
  const baseline = await backends();
  const [orders, heldSeats, lockedSeats] = [
    await count('orders'),
    await seats(40),
    await seats(50),
  ];

  // within a transaction
  const inBlock = await connect('shop-tx');
  await inBlock.query('begin');
  await inBlock.query("update customers set notes = 'half' where id = 20");

  // rows of a COPY that people approved are coming
  const copying = await openRaw(settings('shop'));
  copying.send(Q('copy orders (customer_id, total) from stdin'));
  const copied = await asked();
  await approve(copied);
  await approve(copied, p1());
  await expect.poll(() => copying.said().toString('latin1'), SOON).toMatch(/G\0\0/);
  copying.send(...Array.from({ length: 500 }, () => frame('d', Buffer.from('7\t1.00\n'))));

  // an approved write was sent, and waits for a lock of somebody else
  const other = new pg.Client({ connectionString: database.server.url });
  other.on('error', () => undefined);
  await other.connect();
  await other.query('begin');
  await other.query('select 1 from customers where id = 50 for update');
  const locked = await connect();
  const cutOff = caught(locked.query(LOCKED));
  const sent = await asked(copied);
  await approve(sent);
  const waits = "pg_stat_activity where usename = 'cs_write' and wait_event_type = 'Lock'";
  await expect.poll(() => count(waits), SOON).toBe(1);

  // and a statement is held
  const holding = await connect();
  const withdrawn = caught(holding.query(HELD));
  const held = await asked(copied, sent);

  const standing = (await backends()).map(({ pid }) => pid);
  await stop(gateway, 'SIGKILL');
  expect(await cutOff).toBeInstanceOf(Error);
  expect(await withdrawn).toBeInstanceOf(Error);
  // by then the deadline of what was sent is over; that of the question is not
  gateway = await start(world, {
    env: { NODE_OPTIONS: `--import=${join(ROOT, 'test/e2e/skewed-clock.mjs')}`, SKEW_MS: '120000' },
  });

  // the question stands, and the very same statement joins it
  expect((await open()).map(({ approvalId }) => approvalId)).toEqual([held]);
  expect(await seats(40)).toBe(heldSeats);
  const again = await connect();
  const joined = again.query(HELD);
  await expect.poll(async () => (await statusOf(held)).state, SOON).toBe('pending');
  await approve(held);
  expect((await joined).rowCount).toBe(1);
  expect(await seats(40)).toBe(Number(heldSeats) + 1);
  expect((await statusOf(held)).state).toMatch(/^execut/);

  // nobody knows what became of what was sent; once the lock goes, the server itself does it or does not, and nobody again
  for (const id of [sent, copied]) expect((await statusOf(id)).state).toBe('unknown');
  expect(await seats(50)).toBe(lockedSeats);
  await other.query('rollback');
  await other.end();
  const left = async () => (await backends()).filter(({ pid }) => standing.includes(pid));
  await expect.poll(left, SOON).toEqual([]);
  expect(await statusOf(sent)).toMatchObject({ state: 'unknown', retry: 'never' });
  expect([lockedSeats, Number(lockedSeats) + 1]).toContain(await seats(50));

  // nothing half done, nobody left behind
  expect(await count("customers where notes = 'half'")).toBe(0);
  expect(await count('orders')).toBe(orders);
  await again.end();
  const of = async (role: string): Promise<number> =>
    (await backends()).filter(({ usename }) => usename === role).length;
  const reading = baseline.filter(({ usename }) => usename === READ.user).length;
  await expect.poll(() => of(READ.user), SOON).toBeLessThanOrEqual(reading);
  // whoever estimated the rows of what was asked again keeps one for a while
  await expect.poll(() => of(WRITE.user), SOON).toBeLessThanOrEqual(1);

  // each was let go once, and the ledger says so
  expect(await verified(world)).toContain('verified');
  const all = await spent();
  expect(all.length).toBeGreaterThanOrEqual(4);
  expect(new Set(all).size).toBe(all.length);
}, 60_000);
