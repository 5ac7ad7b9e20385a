import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { createHttpSource } from '../src/ledger/source.ts';
import { verifyLedger } from '../src/ledger/verify-ledger.ts';
import { readTrust } from '../src/note/trust.ts';
import { createLedger, createSigner, makeEntries } from './write-ledger.ts';

const bin = fileURLToPath(new URL('../bin/countersign-verify.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'countersign-verify-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, data: string | Uint8Array): string => {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, data);
  return path;
};
const run = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    encoding: 'utf8',
    input: readFileSync(receipt),
  });
  return { status, stdout, stderr };
};

const vectors = JSON.parse(
  readFileSync(new URL('../../docs/spec/vectors/receipt.json', import.meta.url), 'utf8'),
) as {
  readonly trust: string;
  readonly grantKeys: string;
  readonly valid: readonly { readonly receipt: string }[];
  readonly invalid: readonly { readonly receipt: string; readonly refusal: string }[];
};
const trust = file('trust.txt', vectors.trust);
const keys = file('jwks.json', vectors.grantKeys);
const receipt = file('a.tlog-proof', vectors.valid[0]?.receipt ?? '');
const forged = file('b.tlog-proof', vectors.invalid[0]?.receipt ?? '');

const log = createSigner('example.com/ledger', Buffer.alloc(32, 1));
const ledgerTrust = file('ledger-trust.txt', `log ${log.vkey}\nquorum none\n`);
const ledger = createLedger(makeEntries(300), [log]);
for (const [name, bytes] of ledger) file(`ledger/${name}`, bytes);

describe('countersign-verify', () => {
  test('0: a receipt that verifies, and what of it was not checked', () => {
    const { status, stdout } = run('receipt', receipt, '--trust', trust);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^verified\n/);
    expect(stdout).toContain('vote       approve by dana');
    expect(stdout).toContain('NOT CHECKED: no --grant-keys given');
    expect(run('receipt', '-', '--trust', trust, '--grant-keys', keys).stdout).toMatch(
      /grant +valid/,
    );
  });

  test('1: one that does not, with its code and what failed', () => {
    const { status, stdout } = run('receipt', forged, '--trust', trust);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^NOT VERIFIED \(excluded-voter\)\n {2}entry 4 \(approval.vote-cast\): /,
    );
  });

  test('JSON says the same', () => {
    const good = JSON.parse(run('receipt', receipt, '--trust', trust, '--json').stdout) as unknown;
    expect(good).toMatchObject({ verified: true, state: 'executed', checks: { view: 'valid' } });
    const bad = JSON.parse(run('receipt', forged, '--trust', trust, '--json').stdout) as unknown;
    expect(bad).toMatchObject({ verified: false, code: 'excluded-voter' });
  });

  test('a ledger in a folder, a range of it, and one that was changed', () => {
    const target = join(folder, 'ledger');
    const whole = run('ledger', target, '--trust', ledgerTrust, '--streams');
    expect(whole).toMatchObject({ status: 0, stderr: '' });
    expect(whole.stdout).toContain('300, each hashed up to the signed root');
    const range = run('range', target, '--from', '256', '--to', '258', '--trust', ledgerTrust);
    expect(range.stdout.match(/action\.test/g)).toHaveLength(2);
    file('changed/checkpoint', ledger.get('checkpoint') ?? '');
    const changed = run('ledger', join(folder, 'changed'), '--trust', ledgerTrust);
    expect(changed).toMatchObject({ status: 1 });
    expect(changed.stdout).toContain('tile/entries/000` is missing');
  });

  test('2: wrong usage is one line on stderr', () => {
    const wrong: readonly (readonly string[])[] = [
      [],
      ['receipt', receipt],
      ['receipt', '--trust', trust],
      ['receipt', receipt, receipt, '--trust', trust],
      ['receipt', join(folder, 'nowhere'), '--trust', trust],
      ['receipt', receipt, '--trust', receipt],
      ['receipt', receipt, '--trust', trust, '--force'],
      ['range', folder, '--trust', trust, '--from', '1'],
      ['frobnicate', receipt, '--trust', trust],
    ];
    for (const args of wrong) {
      const { status, stdout, stderr } = run(...args);
      expect({ args, status, stdout }).toEqual({ args, status: 2, stdout: '' });
      expect(stderr).toMatch(/^countersign-verify: .+\n$/);
    }
  });

  test('help', () => {
    expect(run('--help')).toMatchObject({ status: 0, stderr: '' });
    expect(run('--help').stdout).toContain('Exit codes: 0 verified, 1 not verified');
  });

  test('ATTACKER: names in entries cannot steer the terminal', () => {
    const entry = '{"at":1,"n":1,"stream":"a\\u001b[2J\u202e","type":"x","v":1}';
    const evil = createLedger([entry], [log]);
    for (const [name, bytes] of evil) file(`evil/${name}`, bytes);
    const { stdout } = run(
      'range',
      join(folder, 'evil'),
      '--from',
      '0',
      '--to',
      '1',
      '--trust',
      ledgerTrust,
    );
    expect(stdout).toContain('a\\u{1b}[2J\\u{202e}');
    for (const char of ['\u001b', '\u202e']) expect(stdout).not.toContain(char);
  });

  test('a ledger behind a URL', async () => {
    const server = createServer(({ url = '' }, answer) => {
      const bytes = ledger.get(url.replace('/ledger/', ''));
      answer.writeHead(bytes ? 200 : 404).end(bytes);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const read = await readTrust(readFileSync(ledgerTrust, 'utf8'));
    if (!read.ok) throw new Error(read.failure.message);
    const result = await verifyLedger(
      createHttpSource(`http://127.0.0.1:${port}/ledger`),
      read.value,
      { depth: 'streams' },
    );
    server.close();
    server.closeAllConnections();
    expect(result).toMatchObject({ ok: true, value: { entries: 300 } });
  });
});
