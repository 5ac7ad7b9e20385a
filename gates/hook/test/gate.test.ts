import { describe, expect, test } from 'vitest';
import type { Facts } from '@countersign/core';
import { createHookGate, type ReadCommand } from '../src/gate.ts';
import { isOurHold, namesOurHold } from '../src/paths.ts';
import { CANARY } from '../src/tools.ts';

/** As the command gate answers; what it makes of words is tested there. */
const readCommand: ReadCommand = ({ argv, cwd }) => ({
  facts: {
    cmd: { programs: argv, paths: argv.join(' ').includes('HOLD') ? [`${cwd}/.claude`] : [] },
  },
  inspectable: argv.join(' ').includes('$') ? 'partial' : 'full',
  dynamic: [],
});
const gate = createHookGate(readCommand);
const understand = (given: object, type = 'Host'): ReturnType<typeof gate.understand> =>
  gate.understand({
    type: 'hook.tool-use',
    resource: { type, id: 'laptop-3' },
    arguments: { program: 'claude-code', tool: 'Bash', cwd: '/w', input: {}, ...given },
  });

type Row = readonly [
  program: string,
  tool: string,
  input: object,
  hook: Facts,
  grade: string,
  headline: string,
];
const READ: readonly Row[] = [
  ['claude-code', 'Bash', { command: 'npm test' }, { kind: 'shell' }, 'full', 'Run npm test'],
  ['claude-code', 'Bash', { command: 'echo $A' }, { kind: 'shell' }, 'partial', 'Run echo $A'],
  [
    'claude-code',
    'Bash',
    { command: 'ls', dangerouslyDisableSandbox: true },
    { kind: 'shell' },
    'partial',
    'Run ls',
  ],
  [
    'claude-code',
    'Bash',
    { command: ['ls'], cmd: 'rm -rf /' },
    { kind: 'shell', unhooks: true },
    'none',
    'Use Bash',
  ],
  ['claude-code', 'Bash', { script: 'ls' }, { kind: 'shell', unhooks: true }, 'none', 'Use Bash'],
  ['claude-code', 'Bash', { command: 'rm HOLD' }, { unhooks: true }, 'full', 'Run rm HOLD'],
  [
    'claude-code',
    'Bash',
    { command: 'node /x/countersign hook uninstall' },
    { unhooks: true },
    'full',
    'Run node /x/countersign hook uninstall',
  ],
  ['codex', 'exec_command', { cmd: 'ls', workdir: 'sub' }, { kind: 'shell' }, 'full', 'Run ls'],
  ['codex', 'Bash', { command: ['git', 'status'] }, { kind: 'shell' }, 'full', 'Run git status'],
  [
    'gemini',
    'run_shell_command',
    { command: 'ls', description: 'x', dir_path: 'a' },
    { kind: 'shell' },
    'full',
    'Run ls',
  ],
  [
    'cursor',
    'Shell',
    { command: 'ls', working_directory: '' },
    { kind: 'shell' },
    'full',
    'Run ls',
  ],
  ['copilot', 'bash', { command: 'ls', mode: 'async' }, { kind: 'shell' }, 'partial', 'Run ls'],
  [
    'claude-code',
    'Write',
    { file_path: '/w/a.ts', content: 'x' },
    { kind: 'write', paths: ['/w/a.ts'] },
    'full',
    'Write /w/a.ts',
  ],
  [
    'claude-code',
    'Edit',
    { file_path: '../up.ts', old_string: 'a', new_string: 'b' },
    { paths: ['/up.ts'] },
    'full',
    'Write /up.ts',
  ],
  ['claude-code', 'Write', { content: 'x' }, { kind: 'write', unhooks: true }, 'none', 'Use Write'],
  [
    'claude-code',
    'Write',
    { file_path: '/w/a', mode: 0o777 },
    { paths: ['/w/a'] },
    'partial',
    'Write /w/a',
  ],
  [
    'claude-code',
    'Write',
    { file_path: '/h/.claude/settings.local.json', content: '{}' },
    { unhooks: true },
    'full',
    'Write /h/.claude/settings.local.json',
  ],
  [
    'claude-code',
    'Read',
    { file_path: '/h/.claude/settings.json' },
    { kind: 'read', unhooks: false },
    'full',
    'Read /h/.claude/settings.json',
  ],
  [
    'claude-code',
    'Glob',
    { pattern: '**/*.ts' },
    { kind: 'read', paths: ['/w'] },
    'full',
    'Read /w',
  ],
  ['claude-code', 'Glob', { pattern: '/etc/*' }, { kind: 'read' }, 'partial', 'Read /w'],
  [
    'codex',
    'apply_patch',
    {
      command:
        '*** Begin Patch\n*** Update File: a.ts\n*** Move to: b.ts\n*** Delete File: /etc/c\n*** End Patch',
    },
    { kind: 'write', paths: ['/etc/c', '/w/a.ts', '/w/b.ts'] },
    'full',
    'Write /etc/c, /w/a.ts, /w/b.ts',
  ],
  [
    'codex',
    'apply_patch',
    { command: 'cat x' },
    { kind: 'write', unhooks: true },
    'none',
    'Use apply_patch',
  ],
  [
    'codex',
    'apply_patch',
    { command: '*** Begin Patch\n*** Update File: /h/.codex/hooks.json\n*** End Patch' },
    { unhooks: true },
    'full',
    'Write /h/.codex/hooks.json',
  ],
  [
    'gemini',
    'read_many_files',
    { paths: ['a', '/b'] },
    { paths: ['/b', '/w/a'] },
    'full',
    'Read /b, /w/a',
  ],
  [
    'claude-code',
    'WebFetch',
    { url: 'https://Example.com:8443/x?y', prompt: 'z' },
    { kind: 'fetch', targets: ['example.com:8443'] },
    'full',
    'Fetch from example.com:8443',
  ],
  [
    'claude-code',
    'WebFetch',
    { url: 'file:///etc/passwd' },
    { kind: 'fetch', targets: [] },
    'none',
    'Use WebFetch',
  ],
  ['claude-code', 'TodoWrite', { todos: [] }, { kind: 'own' }, 'full', 'Use TodoWrite'],
  ['claude-code', 'mcp__crm__export', { a: 1 }, { kind: 'mcp' }, 'partial', 'Use mcp__crm__export'],
  [
    'claude-code',
    'run_shell_command',
    { command: 'ls' },
    { kind: 'other' },
    'none',
    'Use run_shell_command',
  ],
  [
    'gemini',
    'read_file',
    { file_path: 'a', start_line: 1, end_line: 9 },
    { kind: 'read', paths: ['/w/a'] },
    'full',
    'Read /w/a',
  ],
  ['gemini', 'web_fetch', { prompt: 'https://a.b' }, { kind: 'fetch' }, 'none', 'Use web_fetch'],
  ['gemini', 'invoke_agent', { prompt: 'z' }, { kind: 'own' }, 'full', 'Use invoke_agent'],
  ['copilot', 'sql', { query: 'SELECT 1' }, { kind: 'own' }, 'full', 'Use sql'],
  [
    'copilot',
    'session_store_sql',
    { query: 'x' },
    { kind: 'other' },
    'none',
    'Use session_store_sql',
  ],
  ['copilot', 'bash', { command: 'ls', shellId: 'one' }, { kind: 'shell' }, 'partial', 'Run ls'],
  ['cursor', 'MCP:export', {}, { kind: 'mcp' }, 'partial', 'Use MCP:export'],
];

describe('POL-21: facts come from the tool and its arguments alone', () => {
  test.each(READ)('%s %s %j', (program, tool, input, hook, inspectable, headline) => {
    expect(understand({ program, tool, input })).toMatchObject({
      ok: true,
      value: {
        facts: { hook: { program, tool, ...hook } },
        inspectable,
        headline,
        bound: { program, tool, input, cwd: '/w' },
      },
    });
  });

  test('a command has the facts that the command gate finds, in the folder it runs in', () => {
    const understood = understand({ input: { command: 'ls HOLD', cwd: 'sub' } });
    expect(understood).toMatchObject({
      ok: true,
      value: { facts: { cmd: { programs: ['bash', '-c', 'ls HOLD'], paths: ['/w/sub/.claude'] } } },
    });
    const other = understand({ tool: 'Write', input: { file_path: 'x', content: '' } });
    expect(other.ok && 'cmd' in other.value.facts).toBe(false);
  });
});

describe('R2: what is no use of a tool is refused, with the place', () => {
  test.each([
    [{ program: 'vim' }, '$.program'],
    [{ tool: '' }, '$.tool'],
    [{ input: 'ls' }, '$.input'],
    [{ input: ['ls'] }, '$.input'],
    [{ cwd: 'w' }, '$.cwd'],
    [{ facts: {} }, '$.facts'],
    [{ input: { command: CANARY } }, '$.input'],
  ])('%j', (given, path) => {
    expect(understand(given)).toMatchObject({
      ok: false,
      error: { code: 'invalid-arguments', path },
    });
  });
  test('on something that is no host', () => {
    expect(understand({}, 'Database')).toMatchObject({
      ok: false,
      error: { code: 'unknown-resource' },
    });
  });
});

describe('an agent does not take itself off the hook', () => {
  test.each([
    '/h/.claude/settings.json',
    '/h/.claude',
    '/w/.claude/settings.local.json',
    '/h/.codex/config.toml',
    '/h/.codex/hooks.json',
    '/h/.gemini/settings.json',
    '/w/.cursor/hooks.json',
    '/w/.github/hooks/a.json',
    '/h/.copilot/hooks/a.json',
    '/h/.copilot/settings.json',
    '/w/.github/copilot/settings.local.json',
    '/h/.gemini/trustedFolders.json',
    '/w/.gemini/.env',
    '/etc/gemini-cli/settings.json',
    '/etc/github-copilot/policy.d/a.json',
    '/h/.config/countersign/hook.json',
    '/h/.config/countersign',
    String.raw`C:\u\.claude\settings.json`,
    '/x/cli/bin/countersign-hook.cjs',
    '/Library/claude-code/managed-settings.json',
    '/H/.CLAUDE/Settings.json',
  ])('%s', (path) => expect(isOurHold(path)).toBe(true));
  test.each([
    '/w/src/hooks.json',
    '/w/.claude/agents/a.md',
    '/w/settings.json',
    '/w/.github/workflows/a.yml',
    '/w/.github/copilot-instructions.md',
  ])('but %s is not ours', (path) => expect(isOurHold(path)).toBe(false));
  test.each([
    'echo {} > ~/.claude/settings.json',
    'cd ~/.claude && ls',
    'npx countersign hook uninstall claude-code',
    'rm -rf "$HOME/.codex"',
    'sed -i s/a/b/ .github/hooks/x.json',
    'jq .disableAllHooks=true x',
    'jq .hooksConfig.enabled=false x',
    'cp x .github/copilot/settings.json',
    'rm ~/.gemini/trustedFolders.json',
  ])('%s', (command) => expect(namesOurHold(command)).toBe(true));
  test.each(['npm test', 'countersign act sql.select crm', 'cat claude.md'])(
    'but %s is plain',
    (command) => expect(namesOurHold(command)).toBe(false),
  );
});
