// What keeps a host from starting the hook at all: each was seen of the host itself.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { lookAt } from '../src/doctor/configured.ts';
import { switchedOffIn } from '../src/doctor/switches.ts';
import { distrustOf } from '../src/doctor/trust.ts';
import { fileOf, movedFolders, type Place } from '../src/install/plan.ts';

function place(files: Readonly<Record<string, object>> = {}): Place {
  const home = mkdtempSync(join(tmpdir(), 'countersign-switches-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  for (const [path, value] of Object.entries(files)) {
    const text = JSON.stringify(value).replaceAll('HOME', home);
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  return { home, cwd: join(home, 'project'), node: '/n', entry: '/e', config: '/c' };
}

describe('a project switches off what is the user’s', () => {
  const off = { disableAllHooks: true };
  test.each([
    ['claude-code', 'project/.claude/settings.json'],
    ['copilot', 'project/.github/copilot/settings.json'],
    ['copilot', 'project/.github/copilot/settings.local.json'],
    ['copilot', 'project/.claude/settings.json'],
  ] as const)('%s: %s', (host, file) => {
    expect(switchedOffIn(host, place({ [file]: off }))).toEqual([
      expect.stringMatching(`${file} sets disableAllHooks`),
    ]);
    expect(switchedOffIn(host, place({ [file]: { hooks: {} } }))).toEqual([]);
  });

  test.each([
    ['user', '.gemini/settings.json', { enabled: false }, 'hooksConfig.enabled'],
    ['project', 'project/.gemini/settings.json', { enabled: false }, 'hooksConfig.enabled'],
    [
      'project',
      'project/.gemini/settings.json',
      { disabled: ['x', 'countersign-1a2b'] },
      'hooksConfig.dis',
    ],
  ] as const)('gemini: %s %s %j', (scope, file, hooksConfig, text) => {
    expect(lookAt('gemini', scope, place({ [file]: { hooksConfig } }))?.off).toEqual([
      expect.stringContaining(text),
    ]);
  });
});

const distrust = (rules: object, settings: object = {}) =>
  distrustOf(
    'gemini',
    ['user'],
    place({
      '.gemini/trustedFolders.json': rules,
      '.gemini/settings.json': settings,
    }),
  )?.state;

describe('Gemini CLI runs no hook in a folder it does not trust', () => {
  test.each<readonly [object, string | undefined]>([
    [{}, 'note'],
    [{ 'HOME/other': 'TRUST_FOLDER' }, 'note'],
    [{ 'HOME/proj': 'TRUST_FOLDER' }, 'note'],
    [{ 'HOME/project': 'TRUST_FOLDER' }, undefined],
    [{ HOME: 'TRUST_FOLDER' }, undefined],
    [{ 'HOME/other': 'TRUST_PARENT' }, undefined],
    [{ 'HOME/project': 'DO_NOT_TRUST' }, 'bad'],
    [{ HOME: 'TRUST_FOLDER', 'HOME/project': 'DO_NOT_TRUST' }, 'bad'],
  ])('%j: %s', (rules, state) => expect(distrust(rules)).toBe(state));
  test('unless it is told to trust all', () =>
    expect(distrust({}, { security: { folderTrust: { enabled: false } } })).toBeUndefined());
});

describe('Copilot CLI runs a project’s hooks in a trusted folder alone', () => {
  test.each([
    [[], 'bad'],
    [['HOME/other'], 'bad'],
    [['HOME/project'], undefined],
  ] as const)('%j: %s', (trustedFolders, state) => {
    const where = place({ '.copilot/config.json': { trustedFolders } });
    expect(distrustOf('copilot', ['user', 'project'], where)?.state).toBe(state);
    expect(distrustOf('copilot', ['user'], where)).toBeUndefined();
  });
});

test('a host whose folder was moved has its file there', () => {
  const env = {
    CODEX_HOME: '/x/codex',
    GEMINI_CLI_HOME: '/x',
    COPILOT_HOME: '/x/cop',
    OTHER: '/y',
  };
  const where = { home: '/h', cwd: '/w', folders: movedFolders(env) };
  expect(fileOf('codex', 'user', where)).toBe('/x/codex/hooks.json');
  expect(fileOf('gemini', 'user', where)).toBe('/x/.gemini/settings.json');
  expect(fileOf('copilot', 'user', where)).toBe('/x/cop/hooks/countersign.json');
  expect(fileOf('claude-code', 'user', where)).toBe('/h/.claude/settings.json');
  expect(fileOf('copilot', 'project', where)).toBe('/w/.github/hooks/countersign.json');
});
