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

/** What `install` writes for a host. Absolute paths, own timeouts, fail-closed flags wherever there are any. */
export function planFor(host: Host, scope: Scope, place: Place, defers = false): Plan {
  const words = (...more: string[]): readonly string[] => [
    ...[place.entry, host, '--config', place.config, '--timeout', String(TIMEOUT_SECONDS)],
    ...more,
  ];
  const line = (...more: string[]): string => [place.node, ...words(...more)].map(quoted).join(' ');
  const of = (root: Plan['root'], hooks: Plan['hooks']): Plan => ({
    ...{ host, scope, root, hooks },
    file: fileOf(host, scope, place),
  });
  const timeout = TIMEOUT_SECONDS;
  switch (host) {
    case 'claude-code': {
      const command = { type: 'command', command: place.node };
      const blocks = { timeout, onFailure: 'block' };
      const before = { ...command, args: words(...(defers ? ['--defer'] : [])), ...blocks };
      const after = { matcher: '*', hooks: [{ ...command, args: words(), timeout: 60 }] };
      return of(
        {},
        {
          PreToolUse: { matcher: '*', hooks: [before] },
          PostToolUse: after,
          PostToolUseFailure: after,
        },
      );
    }
    case 'codex': {
      const hook = (seconds: number): Json => ({
        hooks: [{ type: 'command', command: line(), timeout: seconds }],
      });
      return of({}, { PreToolUse: hook(timeout), PostToolUse: hook(60) });
    }
    case 'gemini': {
      const hook = (ms: number): Json => ({
        matcher: '*',
        hooks: [{ type: 'command', name: 'countersign', command: line(), timeout: ms }],
      });
      return of({}, { BeforeTool: hook(timeout * 1000), AfterTool: hook(60_000) });
    }
    case 'cursor': {
      const after = { command: line(), timeout: 60 };
      return of(
        { version: 1 },
        {
          preToolUse: { command: line(), timeout, failClosed: true },
          postToolUse: after,
          postToolUseFailure: after,
        },
      );
    }
    case 'copilot': {
      const hook = (event: string, timeoutSec: number): Json => ({
        type: 'command',
        bash: line('--event', event),
        powershell: powershell([place.node, ...words('--event', event)]),
        timeoutSec,
      });
      return of(
        { version: 1 },
        { preToolUse: hook('preToolUse', timeout), postToolUse: hook('postToolUse', 60) },
      );
    }
  }
}
