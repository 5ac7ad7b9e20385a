import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveSecret, splitCommand } from '../src/config/secret.ts';
import { makeFolder, put } from './config-fixture.ts';

const at = (baseDir: string, more = {}) => ({
  baseDir,
  env: { PATH: process.env['PATH'] },
  ...more,
});

describe('file', () => {
  test('is relative to the configuration, one newline is dropped', async () => {
    const folder = makeFolder();
    put(folder, 'token', 'abc\r\n');
    expect(await resolveSecret('file:token', at(folder))).toEqual({ ok: true, value: 'abc' });
    expect(await resolveSecret(`file:${join(folder, 'token')}`, at('/'))).toEqual({
      ok: true,
      value: 'abc',
    });
  });

  test.each([0o604, 0o644, 0o602, 0o666])('of mode %o is refused with the remedy', async (mode) => {
    const folder = makeFolder();
    put(folder, 'token', 'abc', mode);
    const refused = await resolveSecret('file:token', at(folder));
    expect(refused).toMatchObject({
      error: { code: 'secret-exposed', hint: expect.stringContaining('chmod 600 token') },
    });
    expect(JSON.stringify(refused)).not.toContain('abc');
  });

  test.each([0o600, 0o640, 0o400])('of mode %o is fine', async (mode) => {
    const folder = makeFolder();
    put(folder, 'token', 'abc', mode);
    expect(await resolveSecret('file:token', at(folder))).toMatchObject({ ok: true });
  });

  test('missing, empty, too large, a folder', async () => {
    const folder = makeFolder();
    put(folder, 'empty', '\n');
    put(folder, 'large', 'x'.repeat(65_537));
    mkdirSync(join(folder, 'dir'), { mode: 0o700 });
    expect(await resolveSecret('file:none', at(folder))).toMatchObject({
      error: { code: 'secret-missing' },
    });
    expect(await resolveSecret('file:empty', at(folder))).toMatchObject({
      error: { code: 'secret-missing' },
    });
    expect(await resolveSecret('file:large', at(folder))).toMatchObject({
      error: { code: 'secret-failed' },
    });
    expect(await resolveSecret('file:dir', at(folder))).toMatchObject({
      error: { code: 'secret-failed' },
    });
  });
});

describe('exec', () => {
  const node = process.execPath;
  test('takes what the program prints', async () => {
    const folder = makeFolder();
    put(
      folder,
      'say.js',
      "console.log(process.argv[2] + ' ' + require('path').basename(process.cwd()))",
    );
    const ran = await resolveSecret(`exec:"${node}" say.js 'a b'`, at(folder));
    expect(ran).toMatchObject({
      ok: true,
      value: expect.stringMatching(/^a b countersign-config-/),
    });
  });

  test('runs no shell', async () => {
    const folder = makeFolder();
    const ran = await resolveSecret('exec:echo $HOME; touch x | cat `id`', at(folder));
    expect(ran).toEqual({ ok: true, value: '$HOME; touch x | cat `id`' });
  });

  test('failing, missing, slow, long: refused, without what was printed', async () => {
    const folder = makeFolder();
    put(folder, 'fail.js', "console.log('hush'); console.error('hush'); process.exit(3)");
    put(folder, 'slow.js', 'setTimeout(() => {}, 60000)');
    put(folder, 'long.js', "console.log('x'.repeat(100000))");
    const failed = await resolveSecret(`exec:${node} fail.js`, at(folder));
    expect(failed).toMatchObject({
      error: { code: 'secret-failed', message: expect.stringContaining('failed (3)') },
    });
    expect(JSON.stringify(failed)).not.toContain('hush');
    expect(await resolveSecret('exec:no-such-program-here', at(folder))).toMatchObject({
      error: { code: 'secret-failed', message: expect.stringContaining('ENOENT') },
    });
    expect(await resolveSecret(`exec:${node} slow.js`, at(folder, { execMs: 200 }))).toMatchObject({
      error: { code: 'secret-failed', message: expect.stringContaining('too long') },
    });
    expect(await resolveSecret(`exec:${node} long.js`, at(folder))).toMatchObject({
      error: { code: 'secret-failed' },
    });
    expect(await resolveSecret('exec: ', at(folder))).toMatchObject({
      error: { code: 'secret-failed' },
    });
  });

  test.each([
    ['a b  c', ['a', 'b', 'c']],
    [`a "b c" 'd "e'`, ['a', 'b c', 'd "e']],
    [`op read "op://v/x"`, ['op', 'read', 'op://v/x']],
    [`a --x="1 2"`, ['a', '--x=1 2']],
    ['', []],
  ])('splits %s', (command, words) => {
    expect(splitCommand(command)).toEqual(words);
  });
});

test('env: empty counts as missing, inherited names are none', async () => {
  const around = { baseDir: '/', env: { EMPTY: '', SET: 'x' } };
  expect(await resolveSecret('env:SET', around)).toEqual({ ok: true, value: 'x' });
  expect(await resolveSecret('env:EMPTY', around)).toMatchObject({
    error: { code: 'secret-missing' },
  });
  expect(await resolveSecret('env:toString', around)).toMatchObject({
    error: { code: 'secret-missing' },
  });
});
