import { join } from 'node:path';
import type { Json } from '@countersign/core';
import type { Host } from '../host.ts';

/** For all projects of this user, or for one. */
export type Scope = 'user' | 'project';

/** Where things are on this machine. */
export type Place = {
  readonly home: string;
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

const FILES: Readonly<Record<Host, Readonly<Record<Scope, string>>>> = {
  // the project's shared file is no place for paths of one machine
  'claude-code': { user: '.claude/settings.json', project: '.claude/settings.local.json' },
  codex: { user: '.codex/hooks.json', project: '.codex/hooks.json' },
  gemini: { user: '.gemini/settings.json', project: '.gemini/settings.json' },
  cursor: { user: '.cursor/hooks.json', project: '.cursor/hooks.json' },
  copilot: { user: '.copilot/hooks/countersign.json', project: '.github/hooks/countersign.json' },
};

/** The file of a host's configuration. */
export const fileOf = (
  host: Host,
  scope: Scope,
  { home, cwd }: Pick<Place, 'home' | 'cwd'>,
): string => join(scope === 'user' ? home : cwd, FILES[host][scope]);

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
const geminiHook = (command: string, seconds: number): Json => ({
  matcher: '*',
  hooks: [{ type: 'command', name: 'countersign', command, timeout: seconds * 1000 }],
});

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
