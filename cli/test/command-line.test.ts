import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../src/commands.ts';
import { BIN, countersign, countersignJson, startBin } from './terminal.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'countersign-words-'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe('help', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('%j lists every command', async (words) => {
    const { code, out } = await countersign(words, { cwd });
    expect(code).toBe(0);
    for (const { name, summary } of COMMANDS) {
      expect(out).toContain(name);
      expect(out).toContain(summary);
    }
  });

  test.each(COMMANDS.map(({ name }) => name))(
    '%s explains itself, every option named',
    async (name) => {
      const asked = await countersign([...name.split(' '), '--help'], { cwd });
      const told = await countersign(['help', ...name.split(' ')], { cwd });
      expect(asked).toEqual(told);
      expect(asked.code).toBe(0);
      const { options } = COMMANDS.find((command) => command.name === name) ?? { options: {} };
      for (const option of [...Object.keys(options), 'json', 'help'])
        expect(asked.out).toContain(`--${option}`);
    },
  );

  test('a group lists its commands', async () => {
    const { code, out } = await countersign(['approvals', '--help'], { cwd });
    expect(code).toBe(0);
    expect(out).toContain('approvals confirm');
    expect(out).not.toContain('ledger');
  });
});

describe('wrong usage is exit code 2 and says what is wrong', () => {
  test.each([
    [['frobnicate'], '`frobnicate` is no command'],
    [['approvals'], 'approvals list'],
    [['approvals', 'frobnicate'], '`approvals frobnicate` is no command'],
    [['act'], '`TYPE` is missing'],
    [['act', 'a.b'], '`RESOURCE` is missing'],
    [['act', 'a.b', 'nothing'], 'Type::id'],
    [['act', 'a.b', 'T::x', 'more'], 'unexpected `more`'],
    [['act', 'a.b', 'T::x', '--frob'], "Unknown option '--frob'"],
    [['act', 'a.b', 'T::x', '--arg'], "'--arg"],
    [['act', 'a.b', 'T::x', '--arg', 'novalue'], 'K=V'],
    [['act', 'a.b', 'T::x', '--arg', '__proto__=1'], 'K=V'],
    [['act', 'a.b', 'T::x', '--arg', 'n:={'], 'not strict JSON'],
    [['act', 'a.b', 'T::x', '--args', '{"a":1,"a":2}'], 'duplicate member `a`'],
    [['act', 'a.b', 'T::x', '--args', '[1]'], 'not an object'],
    [['act', 'a.b', 'T::x', '--args', '@missing.json'], 'cannot be read'],
    [['act', 'a.b', 'T::x', '--timeout', 'soon'], 'no duration'],
    [['act', 'a.b', 'T::x'], "no agent's credential"],
    [['approvals', 'list'], "no person's credential"],
    [['approvals', 'list', '--as', 'nobody'], 'no credential is stored for `nobody`'],
    [['exec'], 'put it after `--`'],
    [['completions', 'tcsh'], 'none of bash, zsh, fish'],
    [['actions', 'close', 'act_1', 'perhaps'], 'none of executed, failed'],
    [['ledger', 'verify', '.'], '--trust FILE'],
    [['ledger', 'verify', '.', '--depth', 'deep'], 'one of tree, streams, actions'],
  ])('%j', async (words, text) => {
    const { code, out, err } = await countersign(words, { cwd });
    expect(err).toContain(text);
    expect(out).toBe('');
    expect(code).toBe(2);
  });

  test('--json says it as one JSON value', async () => {
    const { code, json } = await countersignJson(['act', 'a.b'], { cwd });
    expect(code).toBe(2);
    expect(json).toMatchObject({ error: { code: 'usage', message: '`RESOURCE` is missing' } });
  });

  test('text from the command line cannot move the cursor', async () => {
    const { err } = await countersign(['\u001b[2Jact'], { cwd });
    expect(err).toContain('⟨U+001B⟩[2Jact');
  });
});

test('exit 5 when no gateway answers', async () => {
  const env = { COUNTERSIGN_URL: 'http://127.0.0.1:9', COUNTERSIGN_TOKEN: 'csp_0123456789' };
  const { code, err } = await countersign(['approvals', 'list'], { cwd, env });
  expect(code).toBe(5);
  expect(err).toContain('countersign serve');
});

describe('completions', () => {
  test('bash reads the script and completes from the table', async () => {
    const { out } = await countersign(['completions', 'bash'], { cwd });
    const file = join(cwd, 'completions.bash');
    writeFileSync(file, out);
    execFileSync('bash', ['-n', file]);
    const complete = (...words: readonly string[]): string =>
      execFileSync(
        'bash',
        [
          '-c',
          `. ${file}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _countersign; echo "\${COMPREPLY[@]}"`,
          'x',
          'countersign',
          ...words,
        ],
        { encoding: 'utf8' },
      ).trim();
    expect(complete('rec')).toBe('receipt');
    expect(complete('approvals', 'e')).toBe('edit');
    expect(complete('approvals', 'approve', '--se')).toBe('--seen');
    expect(complete('act', '--no-w')).toBe('--no-wait');
    expect(complete('completions', 'f')).toBe('fish');
    expect(complete('actions', 'close', 'act_1', 'exe')).toBe('executed');
  });

  test.each(['zsh', 'fish'])('%s gets every command and option', async (shell) => {
    const { code, out } = await countersign(['completions', shell], { cwd });
    expect(code).toBe(0);
    for (const { name, options } of COMMANDS)
      for (const word of [...name.split(' '), ...Object.keys(options)]) expect(out).toContain(word);
  });
});

describe('the program', () => {
  test('runs from source without a build or flags', async () => {
    const { code, out, err } = await startBin(['--version'], { cwd }).ended;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('passes exit codes on', async () => {
    expect((await startBin(['act'], { cwd }).ended).code).toBe(2);
  });

  test('a reader that stops reading ends it quietly', () => {
    const out = execFileSync('bash', ['-c', `"$0" "$1" --help | head -1`, process.execPath, BIN], {
      encoding: 'utf8',
      cwd,
    });
    expect(out).toContain('countersign');
  });
});
