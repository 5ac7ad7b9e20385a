import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve, type Gateway } from '@countersign/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, createTransport, NotExecuted, type ActionStatus } from '@countersign/sdk';

const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url));
const token = (prefix: string): string => `${prefix}_${randomBytes(24).toString('base64url')}`;
const ENV = { BOT: token('csk'), RUN: token('cse'), MONA: token('csp'), DANA: token('csp') };

let folder: string;
let url: string;
let gateway: Gateway;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-sdk-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  writeFileSync(join(folder, 'countersign.yaml'), configOf(port));
  gateway = await start();
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

const start = (): Promise<Gateway> =>
  serve({ configPath: join(folder, 'countersign.yaml'), env: ENV, write: () => undefined });
const bot = () => createClient({ url, token: ENV.BOT });
type Export = { table: string; columns: string[]; destination: string; format?: string };
const ask = (destination: string): Export => ({ table: 'customers', columns: ['id'], destination });

/** What a person does, on the reviewer side of the API. */
async function decide({ approvalId }: ActionStatus, choice: 'approve' | 'deny'): Promise<void> {
  const { json } = createTransport({ url, token: ENV.DANA });
  const path = `/v1/approvals/${approvalId}`;
  const { version, seenDigest } = await json<{ version: number; seenDigest: string }>({
    method: 'GET',
    path,
  });
  const reason = 'as agreed';
  await json({
    method: 'POST',
    path: `${path}/votes`,
    body: { choice, version, seenDigest, reason },
  });
}

test('an allowed call runs with the stored, default-filled arguments and is recorded', async () => {
  let id = '';
  const select = bot().guard('sql.select', 'Database::crm', (args: object) => args);
  const ran = await select(
    { table: 'customers', columns: ['id'], limit: 2 },
    { onProgress: (one) => (id = one.id) },
  );
  expect(ran).toEqual({ table: 'customers', columns: ['id'], limit: 2 });
  expect(await bot().status(id)).toMatchObject({
    state: 'executed',
    outcome: { outcome: 'executed' },
  });
});

test('R3 a held call runs what was approved, whatever became of the arguments', async () => {
  const args = ask('held.csv');
  const run = bot().guard('sql.export', 'Database::crm', (stored: Export) => stored);
  const running = run(args, {
    onProgress: (one) =>
      void (one.state === 'pending' && decide(one, 'approve').catch(() => undefined)),
  });
  args.destination = 'elsewhere.csv';
  expect(await running).toEqual({
    table: 'customers',
    columns: ['id'],
    destination: 'held.csv',
    format: 'csv',
  });
});

test('R10 a denied call does not run; the note is data', async () => {
  let calls = 0;
  const run = bot().guard('sql.export', 'Database::crm', () => ++calls);
  const running = run(ask('denied.csv'), {
    onProgress: (one) =>
      void (one.state === 'pending' && decide(one, 'deny').catch(() => undefined)),
  });
  await expect(running).rejects.toMatchObject({
    code: 'denied',
    reviewerNote: 'as agreed',
    retry: 'after-change',
  });
  expect(calls).toBe(0);
});

test('R4 fifty identical calls join into one request, and run once', async () => {
  let calls = 0;
  const seen = new Map<string, ActionStatus>();
  const asking = new Set<number>();
  const run = bot().guard('sql.export', 'Database::crm', () => ++calls);
  const running = Promise.allSettled(
    Array.from({ length: 50 }, (_, i) =>
      run(ask('fifty.csv'), { onProgress: (one) => void (asking.add(i), seen.set(one.id, one)) }),
    ),
  );
  // who comes after the decision asks anew
  while (asking.size < 50) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const one of seen.values()) if (one.state === 'pending') await decide(one, 'approve');
  const settled = await running;
  expect(seen.size).toBe(1);
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(calls).toBe(1);
  for (const one of settled)
    if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(NotExecuted);
});

test('a restart in the middle of waiting is survived, by wait and by events', async () => {
  const asked = await bot().propose({
    type: 'sql.export',
    resource: { type: 'Database', id: 'crm' },
    arguments: ask('restart.csv'),
  });
  expect(asked.state).toBe('pending');
  const waiting = bot().wait(asked.id);
  const states: string[] = [];
  const watching = (async () => {
    for await (const { state } of bot().events(asked.id)) states.push(state);
  })();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await gateway.stop();
  gateway = await start();
  await decide(asked, 'approve');
  const { grant = '' } = await waiting;
  const executor = createClient({ url, token: ENV.BOT });
  expect(await executor.redeem(grant, () => 'ran')).toBe('ran');
  await watching;
  expect(states.at(0)).toBe('pending');
  expect(states.at(-1)).toBe('executed');
});

test('R4 a grant for another executor: the agent cannot run it, the executor can, once', async () => {
  const asked = await bot().propose({
    type: 'sql.export',
    resource: { type: 'Database', id: 'hr' },
    arguments: { ...ask('hr.csv'), table: 'staff' },
  });
  await decide(asked, 'approve');
  const { grant = '' } = await bot().wait(asked.id);
  await expect(bot().redeem(grant, () => 'ran')).rejects.toMatchObject({
    code: 'wrong-audience',
    state: 'approved',
  });
  const runner = createClient({ url, token: ENV.RUN });
  expect(await runner.redeem(grant, ({ table }) => table)).toBe('staff');
  await expect(runner.redeem(grant, () => 'ran')).rejects.toMatchObject({
    code: 'grant-spent',
    state: 'executed',
  });
});

test('a caller who stops withdraws the request', async () => {
  const stop = new AbortController();
  const run = bot().guard('sql.export', 'Database::crm', () => 'ran');
  const running = run(ask('stopped.csv'), {
    signal: stop.signal,
    onProgress: () => setTimeout(() => stop.abort(), 50),
  });
  await expect(running).rejects.toMatchObject({ code: 'cancelled', state: 'cancelled' });
});

test('R7 what an agent may call has no decision in it', async () => {
  const asked = await bot().propose({
    type: 'sql.export',
    resource: { type: 'Database', id: 'crm' },
    arguments: ask('self.csv'),
  });
  const { json } = createTransport({ url, token: ENV.BOT });
  const vote = json({
    method: 'POST',
    path: `/v1/approvals/${asked.approvalId}/votes`,
    body: { choice: 'approve', version: 1, seenDigest: asked.digest },
  });
  await expect(vote).rejects.toMatchObject({ code: 'humans-only', status: 403 });
  await bot().cancel(asked.id);
});

const configOf = (port: number): string => `listen: 127.0.0.1:${port}
data_dir: data
policies: ${JSON.stringify(POLICIES)}
log: { level: error }
agents:
  - { id: bot, token: 'env:BOT', owner: mona, teams: [data-agents], trust: 1 }
executors:
  - { id: runner, token: 'env:RUN' }
people:
  - { id: mona, name: Mona, token: 'env:MONA', groups: [data-owners, security, data-protection, release-managers, platform-oncall, identity-admins, dba] }
  - { id: dana, name: Dana, token: 'env:DANA', groups: [data-owners, security, data-protection, release-managers, platform-oncall, identity-admins, dba] }
resources:
  - type: Database
    id: crm
    attrs: { env: { entity: Env, id: prod }, owner: { entity: Team, id: data-owners } }
    tables: { customers: { rows: 60000, columns: [id], pii: { email: email } } }
  - type: Database
    id: hr
    executor: runner
    attrs: { env: { entity: Env, id: prod }, owner: { entity: Team, id: data-owners } }
    tables: { staff: { rows: 60000, columns: [id], pii: {} } }
`;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
