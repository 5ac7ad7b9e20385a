// Backup, restore, copy, check and new epochs, with what an attacker or a bad disk does to them first.
import { type Config } from '../src/index.ts';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ApprovalList, ApprovalPage } from '@countersign/api';
import { instant, readCheckpoint, sha256 } from '@countersign/core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  backUp,
  beginEpoch,
  checkBackup,
  checkStore,
  copyStore,
  loadConfig,
  restore,
  type EpochPlan,
} from '../src/operations.ts';
import {
  held,
  READ,
  serveFolder,
  startGateway,
  tokens,
  vote,
  type Fixture,
} from './gateway-fixture.ts';

const now = instant(1_800_000_000_000);
const PARTS = ['entries', 'standings', 'claims', 'blobs'] as const;

let fixture: Fixture;
let older: string;
let newer: string;

async function configOf(folder: string): Promise<Config> {
  const path = join(folder, 'countersign.yaml');
  const loaded = await loadConfig({ path, env: tokens() });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.config;
}

const elsewhere = (folder: string): void => {
  mkdirSync(join(folder, 'elsewhere'));
  appendFileSync(join(folder, 'countersign.yaml'), 'last_signed: elsewhere/last-signed\n');
};

/** A gateway that did things of every kind; two backups of it, taken while it served. */
beforeAll(async () => {
  fixture = await startGateway(elsewhere);
  await fixture.call('etl', 'POST', '/v1/actions', READ);
  const saved = mkdtempSync(join(tmpdir(), 'countersign-backup-'));
  [older, newer] = [join(saved, 'older'), join(saved, 'newer')];
  await backUp(await configOf(fixture.folder), older, { now });
  await vote(fixture, 'rita', await held(fixture, 'one.csv'));
  await held(fixture, 'two.csv');
  await backUp(await configOf(fixture.folder), newer, { now });
  await fixture.gateway().stop();
});
afterAll(async () => {
  await fixture.stop();
  rmSync(join(older, '..'), { recursive: true });
});

/** The same installation on a new machine: configuration, keys and `last_signed`, but no ledger. */
function machine({ signed = true } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-restore-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['countersign.yaml', 'policies', 'data/keys'])
    cpSync(join(fixture.folder, name), join(folder, name), { recursive: true });
  mkdirSync(join(folder, 'elsewhere'));
  if (signed)
    cpSync(join(fixture.folder, 'elsewhere'), join(folder, 'elsewhere'), { recursive: true });
  return folder;
}

/** A copy of a backup to spoil. */
function spoilable(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-spoilt-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(newer, folder, { recursive: true });
  return folder;
}

const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );
const file = (folder: string, part: string): string => join(folder, `${part}.jsonl`);
const hasLedger = (folder: string): boolean => existsSync(join(folder, 'data', 'ledger.db'));

describe('a backup', () => {
  test('of a gateway that serves is whole, private, and holds no key', async () => {
    expect(readdirSync(newer).toSorted()).toEqual(
      ['manifest', ...PARTS.map((part) => `${part}.jsonl`)].toSorted(),
    );
    const all = readdirSync(newer).map((name) => readFileSync(join(newer, name)));
    const keys = readdirSync(join(fixture.folder, 'data', 'keys'));
    for (const name of keys) {
      const key = readFileSync(join(fixture.folder, 'data', 'keys', name), 'utf8').trim();
      if (name === 'installation') continue; // it is the public name of the log
      for (const bytes of all) expect(bytes.includes(key)).toBe(false);
    }
    for (const bytes of all) expect(bytes.includes('one.csv'), 'R9 an argument').toBe(false);
    for (const name of readdirSync(newer))
      expect(statSync(join(newer, name)).mode & 0o777).toBe(0o600);
    expect(await checkBackup(newer, undefined)).toMatchObject({ count: 0, problems: [] });
    expect((await checkBackup(newer, await configOf(fixture.folder))).count).toBe(0);
  });
  test('never takes a name that is there, and leaves nothing when it fails', async () => {
    const config = await configOf(fixture.folder);
    expect(await codeOf(backUp(config, newer, { now }))).toBe('out-exists');
    const folder = machine();
    expect(await codeOf(backUp(await configOf(folder), join(folder, 'saved'), { now }))).toBe(
      'store-failed',
    );
    expect(readdirSync(folder).filter((name) => name.startsWith('saved'))).toEqual([]);
  });
  test('of a damaged ledger is refused by the entry: it would take the place of a good one', async () => {
    const folder = machine();
    await restore(await configOf(folder), newer, {});
    const db = new DatabaseSync(join(folder, 'data', 'ledger.db'));
    db.exec(`UPDATE events SET entry = CAST('{}' AS BLOB) WHERE seq = 3`);
    db.close();
    const saved = backUp(await configOf(folder), join(folder, 'saved'), { now });
    await expect(saved).rejects.toThrow('entry 3 of');
    expect(readdirSync(folder).filter((name) => name.startsWith('saved'))).toEqual([]);
  });
});

describe('restoring', () => {
  test('gives a gateway that goes on: what waits still waits, and can be decided', async () => {
    const folder = machine();
    const { entries } = await restore(await configOf(folder), newer, {});
    const signed = readFileSync(join(fixture.folder, 'elsewhere', 'last-signed'), 'utf8');
    expect(entries).toBe(readCheckpoint(signed)?.size);
    expect((await checkStore(await configOf(folder))).problems).toEqual([]);
    const gateway = await serveFolder(folder);
    onTestFinished(gateway.stop);
    const ask = async <T>(path: string, body?: object): Promise<T> => {
      const answer = await fetch(`${gateway.url}/v1/approvals${path}`, {
        headers: {
          authorization: `Bearer ${tokens()['T_rita']}`,
          'content-type': 'application/json',
        },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      });
      return (await answer.json()) as T;
    };
    const { items } = await ask<ApprovalList>('');
    expect(items.map(({ state }) => state)).toEqual(['pending']);
    const { version, seenDigest } = await ask<ApprovalPage>(`/${items[0]?.approvalId}`);
    const ballot = { choice: 'approve', version, seenDigest };
    expect(await ask(`/${items[0]?.approvalId}/votes`, ballot)).toMatchObject({
      status: { state: 'approved' },
    });
  });
  test('into a store that has a ledger is refused', async () => {
    const folder = machine();
    await restore(await configOf(folder), newer, {});
    expect(await codeOf(restore(await configOf(folder), newer, {}))).toBe('not-empty');
  });
  test('without the keys is refused: new ones would read nothing and sign something else', async () => {
    const folder = machine();
    rmSync(join(folder, 'data', 'keys', 'master.key'));
    expect(await codeOf(restore(await configOf(folder), newer, {}))).toBe('key-missing');
    expect(readdirSync(join(folder, 'data', 'keys'))).not.toContain('master.key');
  });
  test('with the keys of another installation is refused', async () => {
    const other = await startGateway();
    onTestFinished(other.stop);
    const folder = machine();
    cpSync(join(other.folder, 'data', 'keys'), join(folder, 'data', 'keys'), { recursive: true });
    expect(await codeOf(restore(await configOf(folder), newer, {}))).toBe('backup-damaged');
  });

  const SPOILT: readonly (readonly [string, (folder: string) => void])[] = [
    ...PARTS.flatMap((part): [string, (folder: string) => void][] => [
      [
        `${part} cut short`,
        (at) => truncateSync(file(at, part), statSync(file(at, part)).size - 1),
      ],
      [`${part} missing`, (at) => rmSync(file(at, part))],
      ...[0, 0.5, 0.99].map((where): [string, (folder: string) => void] => [
        `a byte of ${part} flipped at ${where}`,
        (at) => flip(file(at, part), where),
      ]),
    ]),
    ['a line more', (at) => appendFileSync(file(at, 'claims'), '{"name":"x","stream":"act_x"}\n')],
    ['two parts swapped', (at) => swap(file(at, 'standings'), file(at, 'claims'))],
    ['entries of another backup', (at) => cpSync(file(older, 'entries'), file(at, 'entries'))],
    ['no manifest', (at) => rmSync(join(at, 'manifest'))],
    ['a manifest cut short', (at) => truncateSync(join(at, 'manifest'), 200)],
    ...[0.05, 0.5, 0.95].map((where): [string, (folder: string) => void] => [
      `a byte of the manifest flipped at ${where}`,
      (at) => flip(join(at, 'manifest'), where),
    ]),
    ['a manifest without its signature', (at) => unsign(at)],
    [
      'the manifest of another backup',
      (at) => cpSync(join(older, 'manifest'), join(at, 'manifest')),
    ],
    ['a manifest that was made to fit a changed part', (at) => fitting(at)],
  ];
  test.each(SPOILT)('%s: refused, and nothing is there afterwards', async (_, spoil) => {
    const [folder, at] = [machine(), spoilable()];
    spoil(at);
    const code = await codeOf(restore(await configOf(folder), at, {}));
    expect(code).toMatch(/^backup-(?:damaged|unsound)$/);
    expect(hasLedger(folder)).toBe(false);
  });
  test('after a restore that was refused a gateway does not start as a new one', async () => {
    const [folder, at] = [machine(), spoilable()];
    flip(file(at, 'entries'), 0.5);
    expect(await codeOf(restore(await configOf(folder), at, {}))).toBe('backup-damaged');
    expect(await codeOf(serveFolder(folder))).toBe('rolled-back');
  });
  test('who has no keys still sees a changed state by the entries', async () => {
    const at = spoilable();
    fitting(at);
    const { problems } = await checkBackup(at, undefined);
    expect(problems).toEqual([
      expect.objectContaining({ code: 'standing-mismatch', remedy: expect.any(String) }),
    ]);
  });
});

const flip = (path: string, where: number): void => {
  const bytes = readFileSync(path);
  const at = Math.floor(where * bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
};
function swap(a: string, b: string): void {
  renameSync(a, `${a}.x`);
  renameSync(b, a);
  renameSync(`${a}.x`, b);
}
function unsign(at: string): void {
  const [line = ''] = readFileSync(join(at, 'manifest'), 'utf8').split('\n');
  writeFileSync(join(at, 'manifest'), `${line}\n\n`);
}
/** Makes a waiting action look approved, and the manifest agree. */
function fitting(at: string): void {
  const path = file(at, 'standings');
  const text = readFileSync(path, 'utf8').replace('"pending"', '"approved"');
  writeFileSync(path, text);
  const note = readFileSync(join(at, 'manifest'), 'utf8');
  const [line = '', ...rest] = note.split('\n');
  const manifest = JSON.parse(line) as { parts: { standings: object } };
  const seal = `"bytes":${Buffer.byteLength(text)},"lines":${text.split('\n').length - 1},"sha256":"${sha256(text).slice(7)}"`;
  const old = JSON.stringify(manifest.parts.standings).slice(1, -1);
  expect(line).toContain(old);
  writeFileSync(join(at, 'manifest'), [line.replace(old, seal), ...rest].join('\n'));
}

const agree = (plans: EpochPlan[], answer: boolean) => ({
  now: instant(Date.now()),
  reason: 'the disk died',
  confirm: async (plan: EpochPlan) => {
    plans.push(plan);
    return answer;
  },
});

describe('L20 L26 a backup older than what was signed', () => {
  test('is refused, saying both sizes; and nothing is there', async () => {
    const folder = machine();
    const config = await configOf(folder);
    await expect(restore(config, older, {})).rejects.toThrow(
      /has \d+ entries, but \d+ were signed/,
    );
    expect(await codeOf(restore(config, older, {}))).toBe('rolled-back');
    expect(hasLedger(folder)).toBe(false);
  });
  test('so is any where nothing says what was signed', async () => {
    const folder = machine({ signed: false });
    expect(await codeOf(restore(await configOf(folder), newer, {}))).toBe('signed-missing');
  });
  test('nothing happens unless it is agreed to, knowing what is lost', async () => {
    const folder = machine();
    const plans: EpochPlan[] = [];
    const config = await configOf(folder);
    expect(await codeOf(restore(config, older, { newEpoch: agree(plans, false) }))).toBe(
      'not-confirmed',
    );
    expect(hasLedger(folder)).toBe(false);
    const signed = readCheckpoint(readFileSync(join(folder, 'elsewhere', 'last-signed'), 'utf8'));
    expect(plans).toEqual([
      expect.objectContaining({
        epoch: 2,
        origin: `${signed?.origin}/2`,
        lost: { from: plans[0]?.size, to: (signed?.size ?? 0) - 1 },
      }),
    ]);
  });
  test('then goes on under a new origin, and the next rollback under the next', async () => {
    const folder = machine();
    const config = await configOf(folder);
    const signedAt = join(folder, 'elsewhere', 'last-signed');
    const before = readFileSync(signedAt, 'utf8');
    await restore(config, older, { newEpoch: agree([], true) });
    const first = readCheckpoint(readFileSync(signedAt, 'utf8'));
    expect(first?.origin).toBe(`${readCheckpoint(before)?.origin}/2`);
    const gateway = await serveFolder(folder);
    const note = await (await fetch(`${gateway.url}/ledger/checkpoint`)).text();
    expect(readCheckpoint(note)?.origin).toBe(first?.origin);
    await gateway.stop();
    const trust = readFileSync(join(folder, 'data', 'trust.txt'), 'utf8');
    expect(trust.match(/^log /gm)).toHaveLength(2);
    expect((await checkStore(config)).problems).toEqual([]);
    // the same again: this copy knows nothing of epoch 2
    for (const name of readdirSync(join(folder, 'data')))
      if (name.startsWith('ledger.db')) rmSync(join(folder, 'data', name));
    const restored = await restore(config, older, { newEpoch: agree([], true) });
    expect(restored.epoch).toMatchObject({
      epoch: 3,
      origin: `${readCheckpoint(before)?.origin}/3`,
    });
    await (await serveFolder(folder)).stop();
  });
  test('where nothing says what was signed, an epoch begins with the backup’s own checkpoint', async () => {
    const folder = machine({ signed: false });
    const config = await configOf(folder);
    const restored = await restore(config, newer, { newEpoch: agree([], true) });
    expect(restored.epoch).toMatchObject({ epoch: 2 });
    expect(restored.epoch).not.toHaveProperty('lost');
    await (await serveFolder(folder)).stop();
    const db = new DatabaseSync(join(folder, 'data', 'ledger.db'), { readOnly: true });
    const row = db.prepare(`SELECT entry FROM events WHERE stream = 'epochs'`).get();
    db.close();
    const entry = JSON.parse(Buffer.from(row?.['entry'] as Uint8Array).toString()) as object;
    expect(entry).toMatchObject({
      v: 1,
      stream: 'epochs',
      n: 1,
      type: 'ledger.epoch-begun',
      epoch: 2,
      reason: 'the disk died',
      previous: expect.stringMatching(/^localhost\/[0-9a-f]+\n\d+\n/),
    });
  });
  test('with an old folder in place of the ledger, `new-epoch` does the same', async () => {
    const folder = machine();
    const config = await configOf(folder);
    const signedAt = join(folder, 'elsewhere', 'last-signed');
    const signed = readFileSync(signedAt, 'utf8');
    const aside = machine();
    rmSync(join(aside, 'elsewhere', 'last-signed'));
    await restore(await configOf(aside), older, { newEpoch: agree([], true) });
    expect(await codeOf(beginEpoch(config, agree([], true)))).toBe('no-ledger');
    cpSync(join(aside, 'data', 'ledger.db'), join(folder, 'data', 'ledger.db'));
    expect(await codeOf(serveFolder(folder))).toBe('rolled-back');
    expect(await codeOf(beginEpoch(config, agree([], false)))).toBe('not-confirmed');
    expect(readFileSync(signedAt, 'utf8')).toBe(signed);
    const plan = await beginEpoch(config, agree([], true));
    expect(plan.epoch).toBe(3); // the folder had begun a second already
    expect(await codeOf(beginEpoch(config, agree([], true)))).toBe('not-rolled-back');
    // a crash before last-signed was written anew
    writeFileSync(signedAt, signed);
    expect(await codeOf(beginEpoch(config, agree([], true)))).toBe('not-rolled-back');
    const gateway = await serveFolder(folder);
    expect(await codeOf(beginEpoch(config, agree([], true))), 'while it serves').toBe('locked');
    await gateway.stop();
  });
});

describe('copying', () => {
  test('moves a ledger whole: verified, with what was signed', async () => {
    const [from, to] = [machine(), machine({ signed: false })];
    await restore(await configOf(from), newer, {});
    const copied = await copyStore(await configOf(from), await configOf(to), {
      now,
      isLive: false,
    });
    expect(copied).toMatchObject({ isBehind: false });
    const [a, b] = [await checkStore(await configOf(from)), await checkStore(await configOf(to))];
    expect(b).toEqual(a);
    expect(b.root).toBe(copied.root);
    await (await serveFolder(to)).stop();
  });
  test('refuses a target with a ledger, a source that is served, a source without one', async () => {
    const [from, to] = [machine(), machine({ signed: false })];
    const configs = [await configOf(from), await configOf(to)] as const;
    expect(await codeOf(copyStore(...configs, { now, isLive: false }))).toBe('store-failed');
    rmSync(join(to, 'elsewhere', 'last-signed'), { force: true });
    await restore(configs[0], newer, {});
    const gateway = await serveFolder(from);
    expect(await codeOf(copyStore(...configs, { now, isLive: false }))).toBe('source-served');
    const copied = await copyStore(...configs, { now, isLive: true });
    expect(copied.entries).toBeGreaterThan(0);
    await gateway.stop();
    expect(await codeOf(copyStore(...configs, { now, isLive: false }))).toBe('not-empty');
  });
  test('a copy whose source went on does not start as that ledger', async () => {
    const [from, to] = [machine(), machine({ signed: false })];
    await restore(await configOf(from), newer, {});
    await copyStore(await configOf(from), await configOf(to), { now, isLive: true });
    await (await serveFolder(from)).stop(); // it signed more
    cpSync(join(from, 'elsewhere'), join(to, 'elsewhere'), { recursive: true });
    expect(await codeOf(serveFolder(to))).toBe('rolled-back');
  });
});

describe('checking', () => {
  test('names damage of every kind with what to do, and repairs nothing', async () => {
    const folder = machine();
    const config = await configOf(folder);
    await restore(config, newer, {});
    const path = join(folder, 'data', 'ledger.db');
    const damage = (sql: string): void => {
      const db = new DatabaseSync(path);
      db.exec(sql);
      db.close();
    };
    damage(`UPDATE standings SET state = 'approved' WHERE state = 'pending';
      DELETE FROM claims WHERE name LIKE 'open:%';
      DELETE FROM blobs WHERE name = 'view';
      UPDATE events SET entry = CAST('{}' AS BLOB) WHERE seq = 2`);
    writeFileSync(join(folder, 'elsewhere', 'last-signed'), 'nonsense');
    const before = await checkStore(config);
    expect(new Set(before.problems.map(({ code }) => code))).toEqual(
      new Set([
        'standing-mismatch',
        'claim-mismatch',
        'blob-missing',
        'entry-damaged',
        'head-mismatch',
        'signed-unreadable',
      ]),
    );
    expect(before.problems.every(({ remedy }) => remedy.length > 10)).toBe(true);
    expect(await checkStore(config)).toEqual(before);
  });
  test('a checkpoint that another key signed is not believed', async () => {
    const folder = machine();
    const config = await configOf(folder);
    await restore(config, newer, {});
    const path = join(folder, 'elsewhere', 'last-signed');
    const note = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      note.replace(/\n(\d+)\n/, (_, size) => `\n${Number(size) - 1}\n`),
    );
    expect((await checkStore(config)).problems).toEqual([
      expect.objectContaining({ code: 'signed-unreadable', where: 'last_signed' }),
    ]);
  });
});
