// The drill of docs/guides/operations.md, on the command line, with a real gateway and the standalone verifier.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@countersign/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../src/run.ts';
import { countersign, countersignJson, openTerminal, until, type Ran } from './terminal.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let answered = '';
const receipts: string[] = [];
beforeAll(async () => {
  world = await openWorld('last_signed: apart/last-signed\n', '', ['apart']);
});
afterAll(() => world.remove());

const at = (...words: string[]): Promise<Ran> => countersign(words, { cwd: world.folder });
const json = (...words: string[]) => countersignJson(words, { cwd: world.folder });
const data = (...path: string[]): string => join(world.folder, 'data', ...path);
const trust = (): string[] => ['--trust', data('trust.txt')];

/** An action that runs, and its receipt. */
async function work(): Promise<void> {
  const bot = createClient({ url: world.url, token: world.tokenOf('bot') });
  const select = bot.guard('sql.select', 'Database::crm', () => 'rows');
  const args = { table: 'customers', columns: ['id'], limit: receipts.length + 1 };
  let id = '';
  await select(args, { onProgress: (status) => (id = status.id) });
  const file = join(world.folder, `${receipts.length}.tlog-proof`);
  expect((await at('receipt', 'get', id, '--as', 'dana', '--out', file)).code).toBe(0);
  receipts.push(file);
}
/** An export that dana approved, and nobody has run. */
async function approved(): Promise<string> {
  const words = ['sql.export', 'Database::crm', '--arg', 'table=customers', '--arg'];
  const act = ['act', ...words, 'columns:=["id"]', '--arg', 'destination=q.csv', '--no-wait'];
  const { json: held } = await json(...act, '--as', 'bot');
  const id = String(held['id']);
  const approval = String(held['approvalId']);
  const { json: page } = await json('approvals', 'show', approval, '--as', 'dana');
  const vote = ['--yes', '--seen', String(page['seenDigest']), '--as', 'dana'];
  expect(await at('approvals', 'approve', approval, ...vote)).toMatchObject({ code: 0 });
  return id;
}
const loseLedger = (): void => {
  for (const name of readdirSync(data())) if (name.startsWith('ledger.db')) rmSync(data(name));
};

test('a backup is taken while the gateway serves, and checked without its keys', async () => {
  await work();
  answered = await approved();
  const saved = await at('backup', '--out', 'saved');
  expect(saved.code, saved.err).toBe(0);
  expect(saved.out).toMatch(/keys +not in it/);
  const checked = await json('store', 'check', '--backup', 'saved');
  expect(checked).toMatchObject({ code: 0, json: { ok: true, problems: [] } });
  expect((await json('store', 'check')).json).toMatchObject({ ok: true, count: 0 });
  expect((await json('backup', '--out', 'saved')).json).toMatchObject({
    error: { code: 'out-exists' },
  });
  await work(); // what the backup has not got
});

test('L20 the backup is refused over what was signed since, with what to do', async () => {
  await world.stop();
  loseLedger();
  const refused = await at('restore', '--from', 'saved');
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/has \d+ entries, but \d+ were signed/);
  expect(refused.err).toContain('--new-epoch');
  expect(existsSync(data('ledger.db'))).toBe(false);
});

test('L26 nothing is begun unless somebody agrees to what is lost', async () => {
  const silent = await at('restore', '--from', 'saved', '--new-epoch');
  expect(silent.code).toBe(2);
  expect(silent.err).toMatch(/lost +entries \d+ to \d+/);
  const terminal = openTerminal({ cwd: world.folder }, true);
  const asked = run(['restore', '--from', 'saved', '--new-epoch'], terminal.io);
  await until(() => terminal.shown().includes('Type "epoch 2"'));
  terminal.type('yes\r');
  expect(await asked).toBe(1);
  expect(existsSync(data('ledger.db'))).toBe(false);
});

test('L26 L27 then an auditor verifies receipts of both epochs, and the whole ledger', async () => {
  const old = readFileSync(data('trust.txt'), 'utf8');
  const restored = await json('restore', '--from', 'saved', '--new-epoch', '--yes');
  expect(restored).toMatchObject({ code: 0, json: { epoch: { epoch: 2 } } });
  await world.start();
  await work();
  const text = readFileSync(data('trust.txt'), 'utf8');
  expect(text).toContain(old.split('\n')[0]);
  expect(text.match(/^log /gm)).toHaveLength(2);
  // DS-4: the vote was cast in the first epoch, its receipt is signed in the second
  const late = join(world.folder, 'late.tlog-proof');
  expect((await at('receipt', 'get', answered, '--as', 'dana', '--out', late)).code).toBe(0);
  for (const file of [...receipts, late])
    expect(await at('receipt', 'verify', file, ...trust())).toMatchObject({ code: 0 });
  // GR-9: it may have run in what was lost
  const { json: status } = await json('actions', 'show', answered, '--as', 'bot');
  expect(status['state']).toBe('approved');
  const redeemed = await fetch(`${world.url}/v1/grants/redeem`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${world.tokenOf('bot')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ grant: status['grant'] }),
  });
  expect(await redeemed.json()).toMatchObject({ code: 'grant-expired' });
  const whole = await at('ledger', 'verify', ...trust());
  expect(whole.out + whole.err).toMatch(/verified[\s\S]*\/2/);
  expect((await json('store', 'check')).json).toMatchObject({ ok: true });
});

test('a copy is verified; the source must be stopped, or it is said to be a moment of it', async () => {
  const onto = ['store', 'copy', '--from', 'countersign.yaml', '--to', 'countersign.yaml'];
  expect((await json(...onto)).json).toMatchObject({ error: { code: 'not-empty' } });
  mkdirSync(join(world.folder, 'elsewhere'));
  const text = readFileSync(join(world.folder, 'countersign.yaml'), 'utf8');
  writeFileSync(
    join(world.folder, 'copy.yaml'),
    text.replace('data_dir: data', 'data_dir: copied').replace('apart/', 'elsewhere/'),
  );
  const copy = ['store', 'copy', '--from', 'countersign.yaml', '--to', 'copy.yaml'];
  expect((await json(...copy)).json).toMatchObject({ error: { code: 'source-served' } });
  await world.stop();
  const copied = await json(...copy);
  expect(copied).toMatchObject({ code: 0, json: { isBehind: false } });
  const same = await json('store', 'check');
  expect(copied.json['root']).toBe(same.json['root']);
});

test('usage: what is missing is said', async () => {
  for (const words of [['backup'], ['restore'], ['store', 'copy', '--from', 'x']])
    expect((await json(...words)).json).toMatchObject({ error: { code: 'usage' } });
  expect((await json('store', 'check', '--config', 'nowhere.yaml')).code).toBe(2);
  const nothing = await json('ledger', 'new-epoch', '--yes');
  expect(nothing.json).toMatchObject({ error: { code: 'not-rolled-back' } });
});
