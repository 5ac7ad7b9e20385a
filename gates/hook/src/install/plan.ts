import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Json } from '@countersign/core';
import type { Host } from '../host.ts';

/** For all projects of this user, or for one. */
export type Scope = 'user' | 'project';

/** Where things are on this machine. */
export type Place = {
  readonly home: string;
  /** Folders of hosts that are elsewhere than in the home. */
  readonly folders?: Readonly<Partial<Record<Host, string>>>;
  /** The project's folder. */
  readonly cwd: string;
  /** Absolute: this Node, the hook's entry, and `hook.json`. */
  readonly node: string;
  readonly entry: string;
  readonly config: string;
};

/** What is to stand in a host's configuration. */
export type Plan = {
  readonly host: Host;
  readonly scope: Scope;
  readonly file: string;
  /** Members of the outermost object that must be there. */
  readonly root: Readonly<Record<string, Json>>;
  /** By event. */
  readonly hooks: Readonly<Record<string, Json>>;
};

/** Longest time a host waits for the hook, in seconds: everything above waiting for people. */
export const TIMEOUT_SECONDS = 3600;

/** In the folder of the host, and in a project. */
const FILES: Readonly<Record<Host, Readonly<Record<Scope, string>>>> = {
  // the project's shared file is no place for paths of one machine
  'claude-code': { user: 'settings.json', project: '.claude/settings.local.json' },
  codex: { user: 'hooks.json', project: '.codex/hooks.json' },
  gemini: { user: 'settings.json', project: '.gemini/settings.json' },
  cursor: { user: 'hooks.json', project: '.cursor/hooks.json' },
  copilot: { user: 'hooks/countersign.json', project: '.github/hooks/countersign.json' },
};
const FOLDERS: Readonly<Record<Host, string>> = {
  'claude-code': '.claude',
  codex: '.codex',
  gemini: '.gemini',
  cursor: '.cursor',
  copilot: '.copilot',
};

/** Where hosts keep their files when the environment they are started in says so. */
export function movedFolders(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Partial<Record<Host, string>>> {
  const gemini = env['GEMINI_CLI_HOME'];
  const moved = {
    'claude-code': env['CLAUDE_CONFIG_DIR'],
    codex: env['CODEX_HOME'],
    gemini: gemini && join(gemini, FOLDERS.gemini),
    copilot: env['COPILOT_HOME'],
  };
  return Object.fromEntries(Object.entries(moved).filter(([, folder]) => folder));
}

type Where = Pick<Place, 'home' | 'cwd' | 'folders'>;

/** The folder a host keeps its files in, for this user. */
export const folderOf = (host: Host, { home, folders }: Omit<Where, 'cwd'>): string =>
  folders?.[host] ?? join(home, FOLDERS[host]);

/** The file of a host's configuration. */
export const fileOf = (host: Host, scope: Scope, where: Where): string =>
  join(scope === 'user' ? folderOf(host, where) : where.cwd, FILES[host][scope]);

/** Whether an item of a configuration is one of ours. */
export const isOurs = (item: Json): boolean =>
  JSON.stringify(item).includes('countersign-hook.cjs');

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
const powershell = (words: readonly string[]): string =>
  `& ${words.map((word) => `'${word.replaceAll("'", "''")}'`).join(' ')}`;

/** The command of one event, in the forms hosts take. */
type Started = {
  readonly words: readonly string[];
  readonly line: string;
  /** For hosts that take a crash for "go ahead": whatever ends badly is a no. INVARIANT: words on stderr, without which exit 2 opens them. */
  readonly guarded: string;
};
type Writer = (
  start: (...more: string[]) => Started,
  defers: boolean,
) => Pick<Plan, 'root' | 'hooks'>;

const AFTER_SECONDS = 60;

const OTHERWISE_NO =
  "|| { [ $? = 2 ] || echo 'NOT EXECUTED: the hook is gone, or ended without an answer' >&2; exit 2; }";

const codexHook = (command: string, timeout: number): Json => ({
  hooks: [{ type: 'command', command, timeout }],
});
// ATTACKER: a repository's settings switch hooks off by their names, so ours is not the same everywhere
const geminiHook = (command: string, seconds: number): Json => ({
  matcher: '*',
  hooks: [{ type: 'command', name: nameOf(command), command, timeout: seconds * 1000 }],
});
const nameOf = (command: string): string =>
  `countersign-${createHash('sha256').update(command).digest('hex').slice(0, 12)}`;

const WRITERS: Readonly<Record<Host, Writer>> = {
  'claude-code': (start, defers) => {
    const hook = (seconds: number, ...more: string[]) => {
      const [command = '', ...args] = start(...more).words;
      return { type: 'command', command, args, timeout: seconds };
    };
    const before = { ...hook(TIMEOUT_SECONDS, ...(defers ? ['--defer'] : [])), onFailure: 'block' };
    const after = { matcher: '*', hooks: [hook(AFTER_SECONDS)] };
    const hooks = { PostToolUse: after, PostToolUseFailure: after };
    return { root: {}, hooks: { PreToolUse: { matcher: '*', hooks: [before] }, ...hooks } };
  },
  codex: (start) => {
    const { line, guarded } = start();
    const PreToolUse = codexHook(guarded, TIMEOUT_SECONDS);
    return { root: {}, hooks: { PreToolUse, PostToolUse: codexHook(line, AFTER_SECONDS) } };
  },
  gemini: (start) => {
    const { line, guarded } = start();
    const BeforeTool = geminiHook(guarded, TIMEOUT_SECONDS);
    return { root: {}, hooks: { BeforeTool, AfterTool: geminiHook(line, AFTER_SECONDS) } };
  },
  cursor: (start) => {
    const command = start().line;
    const after = { command, timeout: AFTER_SECONDS };
    return {
      root: { version: 1 },
      hooks: {
        preToolUse: { command, timeout: TIMEOUT_SECONDS, failClosed: true },
        postToolUse: after,
        postToolUseFailure: after,
      },
    };
  },
  copilot: (start) => {
    const hook = (event: string, timeoutSec: number): Json => {
      const { line, words } = start('--event', event);
      return { type: 'command', bash: line, powershell: powershell(words), timeoutSec };
    };
    return {
      root: { version: 1 },
      hooks: {
        preToolUse: hook('preToolUse', TIMEOUT_SECONDS),
        postToolUse: hook('postToolUse', AFTER_SECONDS),
        postToolUseFailure: hook('postToolUseFailure', AFTER_SECONDS),
      },
    };
  },
};

/** What `install` writes for a host. Absolute paths, own timeouts, fail-closed flags wherever there are any. */
export function planFor(host: Host, scope: Scope, place: Place, defers = false): Plan {
  const { node, entry, config } = place;
  const start = (...more: string[]): Started => {
    const timeout = ['--timeout', String(TIMEOUT_SECONDS)];
    const words = [node, entry, host, '--config', config, ...timeout, ...more];
    const line = words.map(quoted).join(' ');
    return { words, line, guarded: `${line} ${OTHERWISE_NO}` };
  };
  return { host, scope, file: fileOf(host, scope, place), ...WRITERS[host](start, defers) };
}
