import { chmod, copyFile, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveBinary } from '../src/binary.ts';
import { execute, type Ran, type RunOptions } from '../src/execute.ts';
import type { ExecArguments } from '../src/action-of.ts';
import { digest, key, NODE, PATH, Screen, stored } from './stand.ts';

const SECRET = 'tr0ub4dor&3-horse';

async function run(
  args: ExecArguments,
  more: Partial<RunOptions> = {},
): Promise<{ ran: Ran; out: Screen; err: Screen }> {
  const out = new Screen();
  const err = new Screen();
  const ran = await execute(args, {
    key,
    environment: { PATH, HOME: '/root' },
    stdout: out,
    stderr: err,
    ...more,
  });
  return { ran, out, err };
}

describe('runs exactly the stored words, without a shell', () => {
  test('words arrive as they are', async () => {
    const words = ['a b', '$(id)', '*', "'", '', '`x`', '; rm -rf /'];
    const { ran, out } = await run(await stored(['printf', '<%s>', ...words]));
    expect(ran).toMatchObject({ end: 'exited', code: 0 });
    expect(out.text).toBe(words.map((word) => `<${word}>`).join(''));
  });

  test('a failing command gives its code, and both streams their output', async () => {
    const { ran, out, err } = await run(
      await stored(['sh', '-c', 'echo out; echo err >&2; exit 7']),
    );
    expect(ran).toMatchObject({ end: 'exited', code: 7 });
    expect([out.text, err.text]).toEqual(['out\n', 'err\n']);
    expect(ran.recording.stdout).toEqual({
      text: 'out\n',
      bytes: 4,
      sha256: digest('out\n'),
      found: [],
    });
  });

  test('the folder is the stored one', async () => {
    const { out } = await run(await stored(['pwd'], { cwd: '/usr' }));
    expect(out.text).toBe('/usr\n');
  });

  test('input is handed over when its digest is the stored one', async () => {
    const stdin = Buffer.from('line 1\nline 2\n');
    const { out } = await run(await stored(['cat'], { stdin: { sha256: digest(stdin) } }), {
      stdin,
    });
    expect(out.text).toBe('line 1\nline 2\n');
  });

  test('output that is no text passes unharmed', async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const { out } = await run(await stored(['cat'], { stdin: { sha256: digest(all) } }), {
      stdin: all,
    });
    expect(out.bytes).toEqual(all);
  });

  test('a large output is all shown, 64 KB of it recorded', async () => {
    const { ran, out } = await run(await stored(['sh', '-c', 'yes 0123456789 | head -c 3000000']));
    expect(out.bytes.length).toBe(3_000_000);
    expect(ran.recording.stdout).toMatchObject({ bytes: 3_000_000, sha256: digest(out.bytes) });
    expect(ran.recording.stdout.text.length).toBe(64 * 1024);
  });
});

describe('R9: secrets reach the child and nothing else', () => {
  const script = `
    const s = process.env.API_SECRET;
    const b = (t, e) => Buffer.from(t).toString(e);
    for (const form of [s, b(s, 'base64'), b('user:' + s, 'base64'), b(s, 'base64url'), b(s, 'hex'), encodeURIComponent(s), JSON.stringify(s)])
      process.stdout.write('[' + form.slice(0, 9)), process.stdout.write(form.slice(9) + ']');
    console.error(s.length);
    const { createHash } = require('node:crypto');
    console.error(createHash('sha256').update(s).digest('hex'));
  `;
  test('the child has the value, the output has placeholders in every form', async () => {
    const args = await stored([NODE, '-e', script], { env: ['PATH', 'API_SECRET'] });
    const { ran, out, err } = await run(args, { secrets: { API_SECRET: SECRET } });
    expect(err.text).toBe(`${SECRET.length}\n${digest(SECRET)}\n`);
    expect(out.text.match(/‹secret.injected·17·fp:[0-9a-f]{4}›/g)).toHaveLength(7);
    const seen = JSON.stringify([ran.recording, out.text, err.text]);
    for (const encoding of ['utf8', 'base64', 'hex'] as const)
      expect(seen).not.toContain(Buffer.from(SECRET).toString(encoding).slice(3, 12));
    expect(ran.recording.stdout.found).toEqual([{ class: 'secret.injected', count: 7 }]);
  });

  test('other private values in the output are masked too', async () => {
    const { out } = await run(
      await stored(['printf', 'password=%s mail %s\n', 'hunter22', 'jane@example.org']),
    );
    expect(out.text).toMatch(
      /^password=‹secret.password·8·fp:....› mail ‹pii.email·4·fp:....›@example.org\n$/,
    );
  });

  test('the child sees the named variables and no others', async () => {
    const { out } = await run(await stored(['env'], { env: ['PATH', 'LANG'] }), {
      environment: { PATH, LANG: 'C', OTHER: 'x' },
    });
    expect(new Set(out.text.match(/^\w+(?==)/gm))).toEqual(new Set(['LANG', 'PATH']));
  });
});

describe('R3: nothing runs that was not approved', () => {
  test.each([
    [
      'another input',
      { stdin: { sha256: digest('a') } },
      { stdin: Buffer.from('b') },
      'input-changed',
    ],
    ['an input nobody approved', {}, { stdin: Buffer.from('b') }, 'input-changed'],
    ['a missing input', { stdin: { sha256: digest('a') } }, {}, 'input-changed'],
    ['a variable that is gone', { env: ['PATH', 'GONE'] }, {}, 'environment-changed'],
    ['a secret nobody approved', {}, { secrets: { EXTRA: SECRET } }, 'environment-changed'],
    [
      'another binary',
      { binary: { path: '/bin/sh', sha256: 'a'.repeat(64) } },
      {},
      'binary-changed',
    ],
    [
      'a binary that is gone',
      { binary: { path: '/nowhere/x', sha256: 'a'.repeat(64) } },
      {},
      'not-found',
    ],
    ['a folder that is gone', { cwd: '/nowhere' }, {}, 'folder-missing'],
  ] as const)('%s', async (_, change, options, code) => {
    const folder = await mkdtemp(join(tmpdir(), 'exec-'));
    const args = await stored(['touch', join(folder, 'ran')], change);
    await expect(run(args, options)).rejects.toMatchObject({ name: 'ExecFailure', code });
    await expect(resolveBinary(join(folder, 'ran'), { path: '', cwd: '/' })).rejects.toThrow(
      'was not found',
    );
    expect((await run(await stored(['ls', folder]))).out.text).toBe('');
  });

  test('a binary changed after approval', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'exec-'));
    const tool = join(folder, 'tool');
    await writeFile(tool, '#!/bin/sh\necho approved\n');
    await chmod(tool, 0o755);
    const args = await stored([tool]);
    expect((await run(args)).out.text).toBe('approved\n');
    await writeFile(tool, '#!/bin/sh\necho replaced\n');
    await expect(run(args)).rejects.toMatchObject({ code: 'binary-changed' });
  });

  test('a file that cannot be started never ran', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'exec-'));
    await writeFile(join(folder, 'x'), 'no program');
    await chmod(join(folder, 'x'), 0o755);
    await expect(run(await stored([join(folder, 'x')], {}))).rejects.toMatchObject({
      code: 'not-started',
    });
  });
});

describe('the binary is found as the system would find it', () => {
  test('links are followed, relative entries of the search path are not used', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'exec-'));
    await copyFile('/bin/true', join(folder, 'real'));
    await symlink(join(folder, 'real'), join(folder, 'linked'));
    const found = await resolveBinary('linked', { path: `.::relative:${folder}`, cwd: folder });
    expect(found).toEqual({
      path: join(folder, 'real'),
      sha256: (await resolveBinary('./real', { path: '', cwd: folder })).sha256,
    });
    await expect(
      resolveBinary('linked', { path: `.::relative`, cwd: folder }),
    ).rejects.toMatchObject({ code: 'not-found' });
    await expect(resolveBinary(folder, { path: PATH, cwd: '/' })).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});

describe('a command is stopped with all its children', () => {
  test('when its time is over', async () => {
    const { ran, out } = await run(await stored(['sh', '-c', 'echo begun; sleep 60 & wait']), {
      timeoutMs: 200,
    });
    expect(ran).toMatchObject({ end: 'killed', by: 'SIGTERM', isTimeout: true });
    expect(out.text).toBe('begun\n');
  });

  test('when its caller stops', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    const { ran } = await run(await stored(['sleep', '60']), { signal: stop.signal });
    expect(ran).toMatchObject({ end: 'killed', by: 'SIGTERM', isTimeout: false });
  });

  test('when this process is told to', async () => {
    const running = run(
      await stored([
        'sh',
        '-c',
        'trap "echo caught; exit 9" USR2; echo ready; while :; do sleep 0.05; done',
      ]),
      { forward: ['SIGUSR2'] },
    );
    setTimeout(() => process.kill(process.pid, 'SIGUSR2'), 300);
    const { ran, out } = await running;
    expect(ran).toMatchObject({ end: 'exited', code: 9 });
    expect(out.text).toContain('caught');
  });

  test('and a grandchild that keeps the output open does not hold the answer', async () => {
    const { ran, out } = await run(await stored(['sh', '-c', 'sleep 20 & echo done']));
    expect(ran).toMatchObject({ end: 'exited', code: 0 });
    expect(out.text).toBe('done\n');
  }, 10_000);
});
