import type { Inspectable, Json } from '@countersign/core';
import type { Host } from './host.ts';
import { isOurHold, namesOurHold, settle } from './paths.ts';
import { COMMAND_MEMBERS, kindOf, SAID_MEMBERS, type Kind } from './tools.ts';

/** Arguments of a tool as the host sends them. */
export type Input = { readonly [name: string]: Json };

/** A use of a tool as it is proposed. */
export type ToolUse = {
  readonly program: Host;
  readonly tool: string;
  readonly input: Input;
  readonly cwd: string;
};

/** What a tool's arguments say of what it does. Grows only: whatever is in doubt lowers the grade. */
export type Reading = {
  readonly kind: Kind;
  /** Words of the command, where it runs one. */
  readonly argv?: readonly string[];
  readonly command?: string;
  readonly folder: string;
  readonly paths: readonly string[];
  readonly targets: readonly string[];
  readonly unhooks: boolean;
  readonly grade: Inspectable;
};

const PATH_MEMBERS = words('file_path path notebook_path filePath target_file absolute_path');
const FOLDER_MEMBERS = words('dir_path directory working_directory workdir cwd');
/** Members that change nothing about which files, commands or hosts are touched. */
const PLAIN = new Set([
  ...SAID_MEMBERS,
  ...words(
    'content old_string new_string replace_all edits new_source cell_id cell_type edit_mode instruction expected_replacements old_str new_str file_text insert_line insert_text contents timeout timeout_ms run_in_background is_background block_until_ms yield_time_ms max_output_tokens offset limit pages pattern glob type output_mode head_limit multiline ignore respect_git_ignore case_sensitive view_range prompt query allowed_domains blocked_domains num_results search_term -i -n -A -B -C -o context start_line end_line include_pattern exclude_pattern names_only max_matches_per_file total_max_matches file_filtering_options respect_gemini_ignore allow_multiple delay_ms wait_for_previous forceReadLargeFiles initial_wait',
  ),
]);

function words(text: string): readonly string[] {
  return text.split(' ');
}

const texts = (input: Input, members: readonly string[]): readonly string[] =>
  members.flatMap((name) => (typeof input[name] === 'string' ? [input[name]] : []));

/** Reads a use of a tool. Pure; ATTACKER: every value of `input` is the model's. */
export function readToolUse(use: ToolUse): Reading {
  const kind = kindOf(use.program, use.tool);
  if (kind === 'shell') return readShell(use);
  if (kind === 'write' || kind === 'read') return readFiles(use, kind);
  if (kind === 'fetch') return readFetch(use);
  const { cwd: folder } = use;
  const grade = kind === 'other' ? 'none' : kind === 'mcp' ? 'partial' : 'full';
  return { kind, folder, paths: [], targets: [], unhooks: false, grade };
}

const isKnown = (input: Input, ...known: readonly (readonly string[])[]): boolean =>
  Object.keys(input).every(
    (name) => PLAIN.has(name) || known.some((names) => names.includes(name)),
  );

function readShell({ input, cwd }: ToolUse): Reading {
  const given = COMMAND_MEMBERS.map((name) => input[name]).filter((value) => value !== undefined);
  const [only] = given;
  const [folder = cwd] = texts(input, FOLDER_MEMBERS).map((path) => settle(path, cwd));
  const at = { kind: 'shell', folder, paths: [], targets: [] } as const;
  const argv = argvOf(only);
  if (given.length !== 1 || !argv) return { ...at, unhooks: true, grade: 'none' };
  const command = typeof only === 'string' ? only : argv.join(' ');
  const grade = isKnown(input, COMMAND_MEMBERS, FOLDER_MEMBERS) ? 'full' : 'partial';
  return { ...at, argv, command, unhooks: namesOurHold(command), grade };
}

/** Words of a command: text is run by a shell, words as they are. */
function argvOf(command: Json | undefined): readonly string[] | undefined {
  if (typeof command === 'string') return command === '' ? undefined : ['bash', '-c', command];
  if (!Array.isArray(command)) return undefined;
  const argv = command.filter((word: Json) => typeof word === 'string');
  return argv.length > 0 && argv.length === command.length ? argv : undefined;
}

function readFiles({ input, cwd, tool }: ToolUse, kind: 'write' | 'read'): Reading {
  const [folder = cwd] = texts(input, FOLDER_MEMBERS).map((path) => settle(path, cwd));
  const patched = tool === 'apply_patch' ? patchedPaths(input) : [];
  const listed = Array.isArray(input['paths']) ? input['paths'] : [];
  const named = [
    ...texts(input, PATH_MEMBERS),
    ...listed.filter((path) => typeof path === 'string'),
    ...(patched ?? []),
  ];
  const isElsewhere =
    /glob/i.test(tool) && texts(input, ['pattern']).some((text) => /^[/~]|\.\./.test(text));
  const isRead =
    !isElsewhere &&
    isKnown(input, PATH_MEMBERS, FOLDER_MEMBERS, ['paths', 'input', 'patch', 'command']);
  const isPlaced = named.length > 0 || kind === 'read';
  const paths = [...new Set(named.map((path) => settle(path, folder)))].toSorted();
  const shown = paths.length === 0 && kind === 'read' ? [folder] : paths;
  const grade = !patched || !isPlaced ? 'none' : isRead ? 'full' : 'partial';
  const unhooks = kind === 'write' && (grade === 'none' || paths.some(isOurHold));
  return { kind, folder, paths: shown, targets: [], unhooks, grade };
}

const PATCH_LINE = /^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$/gm;

/** Files that a patch names; undefined where it is no such patch. */
function patchedPaths(input: Input): readonly string[] | undefined {
  const patches = texts(input, ['command', 'patch', 'input']);
  const [patch] = patches;
  if (patches.length !== 1 || !patch?.includes('*** Begin Patch')) return undefined;
  const paths = [...patch.matchAll(PATCH_LINE)].map(([, path = '']) => path.trim());
  return paths.length > 0 ? paths : undefined;
}

function readFetch({ input, cwd: folder }: ToolUse): Reading {
  const targets = texts(input, ['url']).map(hostOf);
  const isRead =
    targets.length === 1 && isKnown(input, ['url', 'raw', 'max_length', 'start_index']);
  const known = targets.filter((host) => host !== undefined);
  const grade = isRead && known.length === 1 ? 'full' : 'none';
  return { kind: 'fetch', folder, paths: [], targets: known, unhooks: false, grade };
}

function hostOf(url: string): string | undefined {
  try {
    const { protocol, host } = new URL(url);
    return /^https?:$/.test(protocol) ? host : undefined;
  } catch {
    return undefined;
  }
}
