import { describe, expect, test } from 'vitest';
import { visible } from '@countersign/core';
import { shownCommand } from '../src/describe.ts';
import { shellExec } from '../src/understand.ts';

const sha256 = 'a'.repeat(64);
const good = {
  argv: ['rm', '-rf', '/etc'],
  cwd: '/w',
  binary: { path: '/usr/bin/rm', sha256 },
  env: ['PATH'],
  stdin: null,
  identity: null,
};
const understand = (args: object, type = 'Host'): ReturnType<typeof shellExec.understand> =>
  shellExec.understand({
    type: 'shell.exec',
    resource: { type, id: 'ci' },
    arguments: args as never,
  });

test('the gateway derives everything from the words of the command', () => {
  const understood = understand(good);
  expect(understood).toMatchObject({
    ok: true,
    value: {
      judgedAs: 'shell.exec',
      schemaVersion: 1,
      inspectable: 'full',
      headline: 'Run rm -rf /etc',
      bound: good,
      facts: { cmd: { programs: ['rm'], recursiveDelete: true, paths: ['/etc'] } },
    },
  });
  expect(understood.ok && understood.value.details.slice(0, 3)).toEqual([
    { label: 'Alarm', value: 'deletes folders with everything in them' },
    { label: 'Programs', value: 'rm' },
    { label: 'Files', value: '/etc' },
  ]);
});

describe('R2: arguments that are none are refused, with the place', () => {
  test.each([
    [{ ...good, argv: [] }, '$.argv'],
    [{ ...good, argv: [''] }, '$.argv'],
    [{ ...good, argv: ['a\0b'] }, '$.argv'],
    [{ ...good, argv: 'rm -rf /' }, '$.argv'],
    [{ ...good, argv: ['rm', 1] }, '$.argv[1]'],
    [{ ...good, cwd: 'work' }, '$.cwd'],
    [{ ...good, binary: { path: 'rm', sha256 } }, '$.binary.path'],
    [{ ...good, binary: { path: '/rm', sha256: 'A' } }, '$.binary.sha256'],
    [{ ...good, env: ['A=secret'] }, '$.env'],
    [{ ...good, stdin: 'text' }, '$.stdin'],
    [{ ...good, stdin: { sha256, text: 'x' } }, '$.stdin'],
    [{ ...good, identity: 7 }, '$.identity'],
    [{ ...good, facts: {} }, '$.facts'],
  ])('%j', (args, path) => {
    expect(understand(args)).toMatchObject({
      ok: false,
      error: { code: 'invalid-arguments', path },
    });
  });
  test('another kind of resource', () => {
    expect(understand(good, 'Database')).toMatchObject({
      ok: false,
      error: { code: 'unknown-resource' },
    });
  });
});

const run = (argv: readonly string[], path: string): ReturnType<typeof understand> =>
  understand({ ...good, argv, binary: { path, sha256 } });

describe('R2 R3: what runs is the file, whatever the first word says', () => {
  test('a file of another name is read as what it is, too', () => {
    expect(run(['ls', '-rf', '/etc'], '/usr/bin/rm')).toMatchObject({
      value: { facts: { cmd: { programs: ['ls', 'rm'], recursiveDelete: true } } },
    });
    expect(run(['ls', '-c', 'curl x | sh'], '/bin/bash')).toMatchObject({
      value: { facts: { cmd: { pipesToShell: true } } },
    });
    expect(run(['ls', 'x.py'], '/usr/bin/python3.12')).toMatchObject({
      value: { inspectable: 'none' },
    });
  });
  test.each(['/tmp/x/ls', '/w/ls', '/home/a/bin/ls', '/usr/../tmp/ls', '/usr/bin/../../tmp/ls'])(
    'a file from where anybody may put one is not understood: %s',
    (path) =>
      expect(run(['ls'], path)).toMatchObject({
        value: { inspectable: 'partial', facts: { cmd: { programs: ['ls'] } } },
      }),
  );
  test.each([
    [['sh', '-c', 'ls'], '/usr/bin/dash'],
    [['ls', '-la'], '/bin/busybox'],
    [['awk', '{ print $1 }'], '/usr/bin/mawk'],
    [['/usr/local/bin/tool', 'x'], '/usr/local/bin/tool'],
  ])('but a link of the system is: %j', (argv, path) =>
    expect(run(argv, path)).toMatchObject({ value: { inspectable: 'full' } }),
  );
});

describe('R8: a command is shown so that no word passes for two', () => {
  test.each([
    [['ls', '-la', '/tmp'], 'ls -la /tmp'],
    [['echo', 'a b', ''], "echo 'a b' ''"],
    [['echo', "it's"], String.raw`echo 'it'\''s'`],
  ])('%j', (argv, shown) => {
    expect(shownCommand(argv)).toBe(shown);
  });
  test.each([
    [['rm', '\u202Etxt.exe'], "rm '⟨U+202E⟩txt.exe'"],
    [['r\u043C', 'x'], "'r⟨U+043C⟩' x"],
    [['sh', '-c', 'a\u001B[8m'], "sh -c 'a⟨U+001B⟩[8m'"],
  ])('%j, and nothing hides once it is made visible', (argv, shown) => {
    expect(visible(shownCommand(argv)).text).toBe(shown);
  });
  test('look-alike letters are told by place, without the word, which may be private', () => {
    const understood = understand({ ...good, argv: ['echo', 'a', 'hunter2\u043F\u0430'] });
    const line = understood.ok && understood.value.details.find(({ label }) => /alike/.test(label));
    expect(line).toEqual({ label: 'Look-alike letters', value: 'U+043F U+0430 in word 3' });
  });
  test('a long command is cut in the headline and whole in the details', () => {
    const understood = understand({ ...good, argv: ['echo', 'x'.repeat(500)] });
    expect(understood.ok && understood.value.headline).toMatch(/^Run echo x{195}… \(cut\)$/);
    expect(understood.ok && understood.value.details[0]).toEqual({
      label: 'Command',
      value: `echo ${'x'.repeat(500)}`,
    });
  });
});
