import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { canonical, instant } from '@countersign/core';
import { createMemoryStore } from '@countersign/core/testing';
import { StartFailure } from '../src/index.ts';
import { checkInstallation } from '../src/installation.ts';
import { isExposed, makeKeys } from '../src/key-files.ts';
import { openKeys } from '../src/keys.ts';
import { serveFolder, writeFolder } from './gateway-fixture.ts';

const emptyFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};
const setOfKeys = (): string => {
  const dir = join(emptyFolder(), 'keys');
  makeKeys(dir);
  return dir;
};
const gatewayFolder = (keysDir?: string): string => {
  const folder = writeFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  if (keysDir !== undefined)
    writeFileSync(join(folder, 'countersign.yaml'), `keys_dir: ${keysDir}\n`, { flag: 'a' });
  return folder;
};
const startOnce = async (folder: string): Promise<void> => (await serveFolder(folder)).stop();
const failureOf = async (run: () => unknown): Promise<StartFailure> => {
  try {
    await run();
  } catch (error) {
    if (error instanceof StartFailure) return error;
    throw error;
  }
  throw new Error('it did not fail');
};

const FILES = ['fingerprint.key', 'grant.pem', 'installation', 'ledger.pem', 'master.key'];
const clock = () => instant(1);
const isRoot = process.getuid?.() === 0;
const isWindows = process.platform === 'win32';

describe('two gateways with different keys on one ledger', () => {
  test.each(FILES)('the second is refused where only `%s` is another', async (name) => {
    const dir = setOfKeys();
    const folder = gatewayFolder(dir);
    await startOnce(folder);
    const signed = readFileSync(join(folder, 'data', 'last-signed'), 'utf8');
    cpSync(join(setOfKeys(), name), join(dir, name));
    const { code, message } = await failureOf(() => serveFolder(folder));
    expect(code).toBe('keys-differ');
    expect(message).toBe(`\`${name}\` in \`${dir}\` is not that of this ledger`);
    const after = readFileSync(join(folder, 'data', 'last-signed'), 'utf8');
    expect(after, 'nothing was signed').toBe(signed);
  });
  test('L22: the first writes it down, once, however many start at the same moment', async () => {
    const keys = openKeys(setOfKeys(), { isNew: false });
    const store = createMemoryStore();
    // a ledger from before there was such an entry
    await store.append({ stream: 'policy-x', expectedVersion: 0, entries: [canonical({ v: 1 })] });
    const check = () => checkInstallation(store, keys, { dir: 'keys', clock });
    await Promise.all([check(), check(), check()]);
    const entries = await store.read('installation');
    expect(entries.map(({ entry }) => JSON.parse(entry) as unknown)).toEqual([
      {
        v: 1,
        stream: 'installation',
        n: 1,
        type: 'installation.made',
        at: 1,
        installation: keys.installation,
        ledgerKey: Buffer.from(keys.ledger.publicKey).toString('base64url'),
        grantKey: Buffer.from(keys.grant.publicKey).toString('base64url'),
        masterCheck: expect.stringMatching(/^[0-9a-f]{64}$/),
        fingerprintCheck: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    const others = openKeys(setOfKeys(), { isNew: false });
    const { message } = await failureOf(() =>
      checkInstallation(store, others, { dir: 'keys', clock }),
    );
    for (const name of FILES) expect(message).toContain(`\`${name}\``);
  });
  test('R9: it holds no secret', async () => {
    const dir = setOfKeys();
    const store = createMemoryStore();
    await checkInstallation(store, openKeys(dir, { isNew: false }), {
      dir,
      clock: () => instant(1),
    });
    const entry = (await store.read('installation')).map((one) => one.entry).join('');
    expect(entry).toContain('installation.made');
    for (const name of ['master.key', 'fingerprint.key']) {
      const secret = Buffer.from(readFileSync(join(dir, name), 'utf8'), 'base64');
      for (const encoding of ['base64', 'base64url', 'hex'] as const)
        expect(entry).not.toContain(secret.toString(encoding));
    }
  });
});

describe('where keys come from', () => {
  test('a new ledger and an empty folder: they are made', async () => {
    const dir = join(emptyFolder(), 'keys');
    mkdirSync(dir);
    await startOnce(gatewayFolder(dir));
    expect(readdirSync(dir).toSorted()).toEqual(FILES);
  });
  test('a new ledger and half a set: nothing is made up', async () => {
    const dir = setOfKeys();
    rmSync(join(dir, 'fingerprint.key'));
    const { code, message } = await failureOf(() => serveFolder(gatewayFolder(dir)));
    expect([code, message]).toEqual(['key-missing', expect.stringContaining('fingerprint.key')]);
    expect(existsSync(join(dir, 'fingerprint.key'))).toBe(false);
  });
  test('a ledger and an empty folder, such as a volume that is not mounted: nothing is made', async () => {
    const dir = setOfKeys();
    const folder = gatewayFolder(dir);
    await startOnce(folder);
    renameSync(dir, `${dir}-elsewhere`);
    mkdirSync(dir);
    expect((await failureOf(() => serveFolder(folder))).code).toBe('key-missing');
    expect(readdirSync(dir)).toEqual([]);
  });
  test('a set is never made over another', () => {
    const dir = setOfKeys();
    const before = FILES.map((name) => readFileSync(join(dir, name), 'utf8'));
    expect(() => makeKeys(dir)).toThrow('there are keys in');
    expect(FILES.map((name) => readFileSync(join(dir, name), 'utf8'))).toEqual(before);
  });
  test.skipIf(isWindows)('they are private from the first moment', () => {
    const dir = join(emptyFolder(), 'keys');
    mkdirSync(dir, { mode: 0o755 });
    makeKeys(dir);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    for (const name of FILES) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
  });
});

const ours = process.getuid?.() ?? 0;
describe.skipIf(isWindows)('who else may touch a key', () => {
  test.each([
    ['ours, private', 0o600, ours, false],
    ['ours, read-only', 0o400, ours, false],
    ['ours, readable by a group', 0o640, ours, true],
    ['ours, readable by all', 0o644, ours, true],
    ['mounted, readable by a group', 0o440, ours + 1, false],
    ['mounted, read and write for its owner', 0o640, ours + 1, false],
    ['mounted, writable by a group', 0o460, ours + 1, true],
    ['mounted, readable by all', 0o444, ours + 1, true],
    ['mounted, executable by all', 0o441, ours + 1, true],
  ])('%s', (_, mode, uid, exposed) => {
    expect(isExposed({ mode: 0o100_000 | mode, uid })).toBe(exposed);
  });
  test.skipIf(!isRoot)('a secret as Kubernetes mounts it: links to files of another', () => {
    const dir = setOfKeys();
    const data = join(dir, '..2026_11_28');
    mkdirSync(data);
    for (const name of FILES) {
      renameSync(join(dir, name), join(data, name));
      chownSync(join(data, name), 12_345, 54_321);
      chmodSync(join(data, name), 0o440);
      symlinkSync(join('..data', name), join(dir, name));
    }
    symlinkSync('..2026_11_28', join(dir, '..data'));
    expect(openKeys(dir, { isNew: false }).master).toHaveLength(32);
    chmodSync(join(data, 'master.key'), 0o444);
    expect(() => openKeys(dir, { isNew: false })).toThrow('others may read or write');
  });
});
