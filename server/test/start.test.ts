import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ActionStatus, PolicyList, Problem } from '@countersign/api';
import { readCheckpoint } from '@countersign/core';
import { describeFailure, StartFailure, type Gateway } from '../src/index.ts';
import { READ, serveFolder, tokenOf, writeFolder } from './gateway-fixture.ts';

function folderForTest(): string {
  const folder = writeFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function whyNot(folder: string): Promise<StartFailure> {
  const started: unknown = await serveFolder(folder).catch((error: unknown) => error);
  if (started instanceof StartFailure) return started;
  await (started as Partial<Gateway>).stop?.();
  throw new Error('it started, or failed by a bug', { cause: started });
}

const startOnce = async (folder: string): Promise<void> => (await serveFolder(folder)).stop();
const configure = (folder: string, text: string): void =>
  writeFileSync(join(folder, 'countersign.yaml'), text);
const propose = async (url: string): Promise<ActionStatus & Problem> => {
  const answer = await fetch(`${url}/v1/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokenOf('etl')}`, 'content-type': 'application/json' },
    body: JSON.stringify(READ),
  });
  return (await answer.json()) as ActionStatus & Problem;
};

describe('what keeps a gateway from starting is one clear line', () => {
  test('the port is taken', async () => {
    const folder = folderForTest();
    const other = createServer();
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const given = readFileSync(join(folder, 'countersign.yaml'), 'utf8');
    configure(folder, given.replace('127.0.0.1:0', `127.0.0.1:${port}`));
    const { code, hint } = await whyNot(folder);
    expect([code, hint]).toEqual(['port-in-use', expect.stringContaining('listen')]);
  });
  test('another gateway has the folder', async () => {
    const folder = folderForTest();
    const first = await serveFolder(folder);
    onTestFinished(first.stop);
    expect((await whyNot(folder)).code).toBe('locked');
  });
  test('the data folder is a file', async () => {
    const folder = folderForTest();
    writeFileSync(join(folder, 'data'), '');
    expect((await whyNot(folder)).code).toMatch(/^(?:not-a-folder|already-there)$/);
  });
  test('a broken policy: every problem with its place', async () => {
    const folder = folderForTest();
    writeFileSync(join(folder, 'policies', 'broken.cedar'), 'permit (principal, action, resource;');
    writeFileSync(
      join(folder, 'policies', 'group.cedar'),
      '@id("g") @review("why") @approvers("nobody-there") @expires("1h")\nforbid (principal, action == Countersign::Action::"sql.export", resource);',
    );
    const failure = await whyNot(folder);
    expect(failure.code).toBe('policy-refused');
    const text = describeFailure(failure);
    expect(text).toMatch(/^ {2}broken\.cedar:1:\d+ syntax: /m);
    expect(text).toMatch(/^ {2}group\.cedar:1:\d+ group-unknown: /m);
  });
  test('a wrong key in the configuration', async () => {
    const folder = folderForTest();
    configure(folder, 'listn: 127.0.0.1:0\npolicies: policies\n');
    const failure = await whyNot(folder);
    expect(failure.code).toBe('config-refused');
    expect(describeFailure(failure)).toMatch(/countersign\.yaml:1:1: error unknown-key: .*listen/);
  });
  test('a key that is lost is never made anew beside a ledger', async () => {
    const folder = folderForTest();
    await startOnce(folder);
    rmSync(join(folder, 'data', 'keys', 'master.key'));
    expect((await whyNot(folder)).code).toBe('key-missing');
  });
  test.skipIf(process.platform === 'win32')('a key that others may read', async () => {
    const folder = folderForTest();
    await startOnce(folder);
    chmodSync(join(folder, 'data', 'keys', 'grant.pem'), 0o644);
    expect((await whyNot(folder)).code).toBe('key-exposed');
  });
  test('an old copy of the ledger was restored', async () => {
    const folder = folderForTest();
    await startOnce(folder);
    for (const name of readdirSync(join(folder, 'data')))
      if (name.startsWith('ledger.db')) rmSync(join(folder, 'data', name));
    expect((await whyNot(folder)).code).toBe('rolled-back');
  });
});

const elsewhere = (folder: string): void => {
  mkdirSync(join(folder, 'elsewhere'));
  const path = join(folder, 'countersign.yaml');
  writeFileSync(path, 'last_signed: elsewhere/last-signed\n', { flag: 'a' });
};
const work = async (folder: string): Promise<number> => {
  const { url, stop } = await serveFolder(folder);
  await propose(url);
  await stop();
  const note = readFileSync(join(folder, 'elsewhere', 'last-signed'), 'utf8');
  return readCheckpoint(note)?.size ?? 0;
};

describe('last_signed outside of the data folder', () => {
  test('an older copy of the whole folder is refused, with both sizes', async () => {
    const folder = folderForTest();
    elsewhere(folder);
    const data = join(folder, 'data');
    const before = await work(folder);
    cpSync(data, join(folder, 'backup'), { recursive: true });
    const after = await work(folder);
    expect(after).toBeGreaterThan(before);
    expect(existsSync(join(data, 'last-signed'))).toBe(false);

    rmSync(data, { recursive: true });
    cpSync(join(folder, 'backup'), data, { recursive: true });
    const { code, message, hint } = await whyNot(folder);
    expect(code).toBe('rolled-back');
    expect(message).toContain(`has ${before} entries, but ${after} were signed`);
    expect(hint).toContain('bring back the newest one');
    expect(await whyNot(folder), 'and again').toMatchObject({ code: 'rolled-back' });
  });
  test('a volume that is not mounted is no first start', async () => {
    const folder = folderForTest();
    elsewhere(folder);
    await work(folder);
    rmSync(join(folder, 'elsewhere', 'last-signed'));
    const { code, message } = await whyNot(folder);
    expect(code).toBe('last-signed-missing');
    expect(message).toContain(join('elsewhere', 'last-signed'));
  });
  test('a folder that is not there is said by its path', async () => {
    const folder = folderForTest();
    elsewhere(folder);
    rmSync(join(folder, 'elsewhere'), { recursive: true });
    const { code, message } = await whyNot(folder);
    expect(code).toBe('store-failed');
    expect(message).toContain(join('elsewhere', 'last-signed'));
  });
});

test('keys are private to the user from the first moment', async () => {
  const folder = folderForTest();
  await startOnce(folder);
  const keys = join(folder, 'data', 'keys');
  expect(statSync(keys).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(keys)) expect(statSync(join(keys, name)).mode & 0o777).toBe(0o600);
});

const inForce = async (url: string): Promise<PolicyList> => {
  const answer = await fetch(`${url}/v1/policies`, {
    headers: { authorization: `Bearer ${tokenOf('aud')}` },
  });
  return (await answer.json()) as PolicyList;
};

describe('policies change while it runs', () => {
  test('a good set comes in force and is recorded first; a bad one changes nothing', async () => {
    const folder = folderForTest();
    const logs: string[] = [];
    const gateway = await serveFolder(folder, (lines) => void logs.push(lines));
    onTestFinished(gateway.stop);
    const before = await inForce(gateway.url);
    expect((await propose(gateway.url)).state).toBe('allowed');

    writeFileSync(join(folder, 'policies', 'zz.cedar'), 'permit (principal, action');
    while (!logs.join('').includes('policy-refused')) await pause(20);
    expect((await inForce(gateway.url)).digest).toBe(before.digest);
    expect((await propose(gateway.url)).state).toBe('allowed');

    writeFileSync(
      join(folder, 'policies', 'zz.cedar'),
      '@id("stop-all") @reason("Nothing runs today")\nforbid (principal, action, resource);',
    );
    while (!logs.join('').includes('policy-in-force')) await pause(20);
    const after = await inForce(gateway.url);
    expect(after.digest).not.toBe(before.digest);
    const denied = await propose(gateway.url);
    expect(denied).toMatchObject({ state: 'denied', policyDigest: after.digest });
    const entries = await (await fetch(`${gateway.url}/ledger/tile/entries/000.p/12`)).text();
    const recorded = entries.lastIndexOf(`policy-${after.digest}`);
    expect(recorded).toBeGreaterThan(0);
    expect(recorded).toBeLessThan(entries.indexOf(denied.id));
  });
  test('the kill switch stops an agent at once', async () => {
    const folder = folderForTest();
    const logs: string[] = [];
    const gateway = await serveFolder(folder, (lines) => void logs.push(lines));
    onTestFinished(gateway.stop);
    const path = join(folder, 'countersign.yaml');
    writeFileSync(path, `kill_switch: { agents: [etl] }\n`, { flag: 'a' });
    while (!logs.join('').includes('config-in-force')) await pause(20);
    expect(await propose(gateway.url)).toMatchObject({ state: 'denied', code: 'kill-switch' });
  });
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** A request as far as it goes on a connection of its own. */
function begun(url: string, line: string, more: readonly string[]): Socket {
  const { port, hostname, host } = new URL(url);
  const socket = connect(Number(port), hostname).setEncoding('utf8');
  const head = [
    `${line} HTTP/1.1`,
    `host: ${host}`,
    `authorization: Bearer ${tokenOf('etl')}`,
    'content-type: application/json',
    ...more,
  ];
  socket.write(`${head.join('\r\n')}\r\n${more.length > 0 ? '\r\n' : ''}`);
  onTestFinished(() => void socket.destroy());
  return socket;
}

test.skipIf(process.platform === 'win32')(
  'R1: a full disk is said once, nothing is released, readiness is red, the process goes',
  async () => {
    const folder = folderForTest();
    const child = fileURLToPath(new URL('serve-child.ts', import.meta.url));
    // a ceiling on the size of files stands for a full disk; sh counts in blocks of 512 or 1,024 bytes
    const command = `ulimit -f 600; exec "$0" --conditions=@countersign/source "$1" "$2"`;
    const gateway = spawn('sh', ['-c', command, process.execPath, child, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void gateway.kill());
    let out = '';
    gateway.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => void gateway.once('exit', resolve));
    while (!out.includes('"ready"')) await pause(20);
    const url = /"url":"([^"]+)"/.exec(out)?.[1] ?? '';
    // a body that never ends keeps the gateway from going; a head that ends later asks how it is by then
    const holding = begun(url, 'POST /v1/actions', ['content-length: 9']);
    const asking = begun(url, 'GET /readyz', []);
    const answers: { status: number; code?: string; grant?: string }[] = [];
    while (!answers.some(({ status }) => status === 503)) {
      const response = await fetch(`${url}/v1/actions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tokenOf('etl')}`, 'content-type': 'application/json' },
        body: JSON.stringify(READ),
      });
      answers.push({ ...((await response.json()) as object), status: response.status });
      if (response.status === 503) expect(response.headers.get('retry-after')).toBe('1');
    }
    expect(answers.at(-1)).toMatchObject({
      code: expect.stringMatching(/^(?:disk-full|store-failed)$/),
    });
    expect(answers.at(-1)?.grant).toBeUndefined();
    asking.write('\r\n');
    let ready = '';
    for await (const chunk of asking) ready += String(chunk);
    expect(ready).toContain('503 Service Unavailable');
    expect(JSON.parse(ready.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      status: 'down',
      ready: false,
      checks: expect.arrayContaining([
        {
          name: 'ledger',
          status: 'down',
          detail: answers.at(-1)?.code,
          since: expect.stringMatching(/^20/),
        },
        { name: 'policy', status: 'ok' },
        { name: 'accepting', status: 'down', detail: 'stopping' },
      ]),
    });
    holding.destroy();
    expect(await ended).toBe(1);
    expect(out.match(/"ledger-failed"/g)).toHaveLength(1);
  },
);
