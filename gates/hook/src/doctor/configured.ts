import { readFileSync } from 'node:fs';
import type { Json } from '@countersign/core';
import { isMembers, textIn, type Members } from '../event.ts';
import type { Host } from '../host.ts';
import { readJsonText, valueOf } from '../install/json-text.ts';
import { fileOf, isOurs, type Place, type Scope } from '../install/plan.ts';
import { SHELL_TOOL } from '../tools.ts';
import { switchesIn, warningsIn } from './switches.ts';

/** What a host would start for a use of its shell tool, as its own file says. */
export type Configured = {
  readonly host: Host;
  readonly file: string;
  readonly scope: Scope;
  /** Program and arguments, or one line for a shell. */
  readonly start: readonly string[] | string;
  readonly timeoutMs: number;
  /** The host's flag that makes a failing hook a no. */
  readonly failsClosed: boolean;
  /** Whether its matcher covers the host's shell tool. */
  readonly matches: boolean;
};

/** What stands in one file of a host. */
export type Looked = {
  readonly file: string;
  readonly ours: readonly Configured[];
  /** Hooks of others that may deny, or change arguments after we saw them. */
  readonly others: number;
  /** What keeps hooks from running at all. */
  readonly off: readonly string[];
  readonly warnings: readonly string[];
};

const BEFORE: Readonly<Record<Host, string>> = {
  'claude-code': 'PreToolUse',
  codex: 'PreToolUse',
  gemini: 'BeforeTool',
  cursor: 'preToolUse',
  copilot: 'preToolUse',
};
/** Milliseconds of one unit, and how many units when nothing is said. */
const TIMEOUTS: Readonly<Record<Host, readonly [name: string, unitMs: number, otherwise: number]>> =
  {
    'claude-code': ['timeout', 1000, 600],
    codex: ['timeout', 1000, 600],
    gemini: ['timeout', 1, 60_000],
    cursor: ['timeout', 1000, 60],
    copilot: ['timeoutSec', 1000, 30],
  };

/** Looks at one file of a host; undefined where there is none. A file that cannot be read is a warning. */
export function lookAt(
  host: Host,
  scope: Scope,
  place: Pick<Place, 'home' | 'cwd' | 'folders'>,
): Looked | undefined {
  const file = fileOf(host, scope, place);
  const nothing = { file, ours: [], others: 0, off: [] };
  let root: Json;
  try {
    root = valueOf(readJsonText(readFileSync(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return { ...nothing, warnings: [`${file} cannot be read: ${(error as Error).message}`] };
  }
  if (!isMembers(root)) return { ...nothing, warnings: [`${file} is no object`] };
  const hooks = isMembers(root['hooks']) ? root['hooks'] : {};
  const items = listOf(hooks[BEFORE[host]]);
  const ours = items.filter(isOurs).flatMap((item) => configuredIn({ host, scope, file }, item));
  const found = { off: switchesIn(file, root), warnings: warningsIn(file, root) };
  return { file, ours, others: items.length - ours.length, ...found };
}

const listOf = (value: Json | undefined): readonly Members[] =>
  Array.isArray(value) ? value.filter(isMembers) : [];

function configuredIn(
  where: Pick<Configured, 'host' | 'scope' | 'file'>,
  item: Members,
): readonly Configured[] {
  const { host } = where;
  const nested = listOf(item['hooks']);
  const [name, unitMs, otherwise] = TIMEOUTS[host];
  return (nested.length > 0 ? nested : [item]).filter(isOurs).flatMap((hook) => {
    const start = startOf(hook);
    const timeout = hook[name];
    const configured = {
      ...where,
      timeoutMs: (typeof timeout === 'number' ? timeout : otherwise) * unitMs,
      failsClosed: hook['onFailure'] === 'block' || hook['failClosed'] === true,
      matches: isMatched(item['matcher'], SHELL_TOOL[host]),
    };
    return start === undefined ? [] : [{ ...configured, start }];
  });
}

function startOf(hook: Members): Configured['start'] | undefined {
  const command = textIn(hook, 'command') ?? textIn(hook, 'bash');
  const { args } = hook;
  if (command === undefined) return undefined;
  return Array.isArray(args) ? [command, ...args.map(String)] : command;
}

/** As the hosts match: everything where nothing is said, else the whole name. */
function isMatched(matcher: Json | undefined, tool: string): boolean {
  if (matcher === undefined || matcher === '' || matcher === '*') return true;
  if (typeof matcher !== 'string') return false;
  try {
    return new RegExp(`^(?:${matcher})$`).test(tool);
  } catch {
    return false;
  }
}
