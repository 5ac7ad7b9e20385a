// What the pages tell people to type is true: the same tables that run it read it here.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256, validateArguments, type ActionType, type Json } from '@countersign/core';
import { loadPolicyFolder } from '@countersign/policy';
import { afterAll, expect, test } from 'vitest';
import { readArguments } from '../cli/src/arguments.ts';
import type { Call } from '../cli/src/command.ts';
import { COMMANDS } from '../cli/src/commands.ts';
import type { Io } from '../cli/src/io.ts';
import { commandOf, parseCall } from '../cli/src/parse.ts';
import { loadActionTypes } from '../server/src/config/actions.ts';
import { parseArguments } from '../verify/src/command-line.ts';
import { blocksOf, commandsOf, projectFiles, read, ROOT } from './documents.ts';

const pages = projectFiles().filter((path) => path.endsWith('.md'));
const blocks = pages.flatMap((page) => blocksOf(read(page)).map((block) => ({ page, ...block })));
const folder = mkdtempSync(join(tmpdir(), 'readme-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Typed = { readonly page: string; readonly line: string; readonly words: readonly string[] };

/** Everything a page says to type, `npx`, the prompt and assignments before it taken away. */
const typed: readonly Typed[] = blocks
  .filter(({ language }) => language === '' || language === 'sh')
  .flatMap(({ page, text }) =>
    text.split('\n').flatMap((line) =>
      commandsOf(line).map((words) => {
        const start = words.findIndex((word) => !/^(\$|npx|[A-Z_]+=.*)$/.test(word));
        return { page, line, words: start < 0 ? [] : words.slice(start) };
      }),
    ),
  );
const calls = (name: string): readonly Typed[] => typed.filter(({ words }) => words[0] === name);

/** The call that a line makes; throws where a word or option does not exist. */
function callOf({ line, words }: Typed): { readonly name: string; readonly call: Call } {
  const argv = words.slice(1).filter((word) => word !== '[--as' && word !== 'IDENTITY]');
  const command = commandOf(COMMANDS, argv);
  if (!command) throw new Error(`\`${line.trim()}\` is no command`);
  return { name: command.name, call: parseCall(command, argv, {} as Io) };
}

test.each(calls('countersign'))('$page: $line', (row) => {
  expect(callOf(row).name).not.toBe('');
});

test('countersign-verify takes what the pages type', () => {
  const rows = calls('countersign-verify');
  expect(rows.length).toBeGreaterThan(2);
  const wrong = rows.filter(({ words }) => typeof parseArguments(words.slice(1)) === 'string');
  expect(wrong).toEqual([]);
});

const scriptOf = ([, verb = '', script = '']: readonly string[]): string =>
  verb === 'run' ? script : verb;

test('npm scripts that the pages type exist', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const inline = pages.flatMap((page) =>
    [...read(page).matchAll(/`(npm [^`]+)`/g)].flatMap(([, line = '']) => commandsOf(line)),
  );
  const rows = [...calls('npm').map(({ words }) => words), ...inline].filter(
    ([name]) => name === 'npm',
  );
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.map(scriptOf).filter((name) => name !== 'ci' && !(name in scripts))).toEqual([]);
});

test('what the README proposes is an action that the shipped types know', async () => {
  const loaded = await loadActionTypes(join(ROOT, 'policies/actions.yaml'), {
    executors: [{ id: 'crm-runner', tokenDigest: sha256('') }],
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const types = new Map(loaded.value.map((type) => [type.name, type]));
  const proposed: [string, Json][] = [];
  for (const row of calls('countersign').filter(({ page }) => page === 'README.md')) {
    const { name, call } = callOf(row);
    if (name === 'act') proposed.push([call.words[0] ?? '', await readArguments(call)]);
  }
  const snippet = blocksOf(read('README.md')).find(({ language }) => language === 'ts')?.text ?? '';
  const guarded = /guard\('([^']+)'/.exec(snippet)?.[1] ?? '';
  const given = /await \w+\(\{(.*)\}\)/.exec(snippet)?.[1] ?? '';
  const pairs = [...given.matchAll(/(\w+): '([^']*)'/g)].map(([, name = '', value = '']) => [
    name,
    value,
  ]);
  proposed.push([guarded, Object.fromEntries(pairs) as Json]);
  expect(proposed).toHaveLength(2);
  for (const [name, args] of proposed)
    expect(validateArguments(types.get(name) as ActionType, args), name).toMatchObject({
      ok: true,
    });
});

test('the TypeScript of the README compiles against the SDK', () => {
  const snippet = blocksOf(read('README.md')).find(({ language }) => language === 'ts');
  writeFileSync(join(folder, 'snippet.ts'), snippet?.text ?? '');
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const { compilerOptions } = JSON.parse(read('tsconfig.json')) as { compilerOptions: object };
  const options = {
    ...compilerOptions,
    // a project of our readers has neither
    noPropertyAccessFromIndexSignature: false,
    isolatedDeclarations: false,
    typeRoots: [join(ROOT, 'node_modules/@types')],
    paths: { '@countersign/sdk': [join(ROOT, 'sdk/src/index.ts')] },
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['snippet.ts'] }),
  );
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const compile = (): string =>
    execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8', stdio: 'pipe' });
  expect(compile()).toBe('');
  writeFileSync(join(folder, 'snippet.ts'), (snippet?.text ?? '').replace('url:', 'ulr:'));
  expect(compile).toThrow(/Command failed/); // control: it does look
});

test.each(blocks.filter(({ language }) => language === 'cedar'))(
  '$page: its policy loads under the shipped schema, and is the shipped one',
  async ({ text }) => {
    const shipped = projectFiles().filter((path) => /^policies\/[^/]+\.cedar$/.test(path));
    expect(shipped.map(read).some((policies) => policies.includes(text.trim()))).toBe(true);
    const dir = mkdtempSync(join(folder, 'policies-'));
    cpSync(join(ROOT, 'policies/schema.cedarschema'), join(dir, 'schema.cedarschema'));
    writeFileSync(join(dir, text.includes('@review') ? 'a.review.cedar' : 'a.cedar'), text);
    expect(await loadPolicyFolder(dir)).toMatchObject({ ok: true });
  },
);
