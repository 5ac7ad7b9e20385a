import {
  err,
  ok,
  validateArguments,
  type ActionType,
  type Facts,
  type Gate,
  type GateRefusal,
  type Inspectable,
  type Json,
  type Result,
  type Validated,
} from '@countersign/core';
import { HOST_NAMES, HOSTS, isHost } from './host.ts';
import { isAbsolute, isOurHold } from './paths.ts';
import { readToolUse, type Input, type Reading, type ToolUse } from './reading.ts';
import { CANARY } from './tools.ts';

/** Derives the facts of a command; the server hands in that of the command gate. */
export type ReadCommand = (command: {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: readonly string[];
  /** Not null: something may be written to it once it runs. */
  readonly stdin: null | { readonly sha256: string };
}) => {
  readonly facts: { readonly cmd: Facts & { readonly paths: readonly string[] } };
  readonly inspectable: Inspectable;
  readonly dynamic: readonly string[];
};

/** The action type `hook.tool-use`. All of it is bound: a changed byte is another action. */
export const HOOK_TOOL_USE: ActionType = {
  name: 'hook.tool-use',
  version: 1,
  resource: 'Host',
  arguments: {
    program: { type: 'string', enum: [...HOSTS], description: 'The coding agent' },
    tool: { type: 'string', maxLength: 512, description: 'Its tool, by the name it has there' },
    input: {
      type: 'json',
      description: "The tool's arguments, without what the agent says of them",
    },
    cwd: { type: 'string', maxLength: 4096, description: 'Absolute working folder' },
  },
};

/** POL-21: the server's half of the gate derives facts itself, from the tool's name and arguments alone. */
export const createHookGate = (readCommand: ReadCommand): Gate => ({
  name: 'hook',
  types: new Set([HOOK_TOOL_USE.name]),
  understand: ({ resource, arguments: given }) => {
    if (resource.type !== HOOK_TOOL_USE.resource)
      return err({
        code: 'unknown-resource',
        path: '$.resource.type',
        message: `must be \`${HOOK_TOOL_USE.resource}\``,
      });
    const read = readArguments(given);
    if (!read.ok) return read;
    const { use, bound, presentational } = read.value;
    const reading = readToolUse(use);
    const command = commandOf(use, reading, readCommand);
    const cmd = command?.facts.cmd;
    const unhooks = reading.unhooks || (cmd?.paths.some(isOurHold) ?? false);
    return ok({
      type: HOOK_TOOL_USE.name,
      schemaVersion: HOOK_TOOL_USE.version,
      resource,
      bound,
      presentational,
      judgedAs: HOOK_TOOL_USE.name,
      facts: { hook: hookFacts(use, reading, unhooks), ...(cmd ? { cmd } : {}) },
      inspectable: worse(reading.grade, command?.inspectable ?? 'full'),
      headline: headlineOf(use, reading),
      details: detailsOf(use, reading, { unhooks, command }),
      privateArguments: [],
    });
  },
});

const hookFacts = ({ program, tool }: ToolUse, reading: Reading, unhooks: boolean): Facts => ({
  program,
  tool,
  kind: reading.kind,
  paths: reading.paths,
  targets: reading.targets,
  unhooks,
});

type Command = ReturnType<ReadCommand>;

/** ATTACKER: Codex writes to a running command (`write_stdin`) without asking any hook: a shell or interpreter that waits for input is code nobody sees. */
const WRITTEN_LATER: ReadonlySet<string> = new Set(['codex']);

const commandOf = (
  { program }: ToolUse,
  { argv, folder: cwd }: Reading,
  readCommand: ReadCommand,
): Command | undefined =>
  argv &&
  readCommand({ argv, cwd, env: [], stdin: WRITTEN_LATER.has(program) ? { sha256: '' } : null });

const ORDER: readonly Inspectable[] = ['full', 'partial', 'none'];
const worse = (one: Inspectable, other: Inspectable): Inspectable =>
  ORDER.indexOf(one) > ORDER.indexOf(other) ? one : other;

const refuse = (path: string, message: string) =>
  err({ code: 'invalid-arguments', path, message } as const);

type ReadArguments = Validated & { readonly use: ToolUse };

/** The arguments of a `hook.tool-use`, or what is wrong with them. */
function readArguments(given: Json): Result<ReadArguments, GateRefusal> {
  const validated = validateArguments(HOOK_TOOL_USE, given);
  if (!validated.ok) return err({ code: 'invalid-arguments', ...validated.error });
  const { program, tool, input, cwd } = validated.value.bound;
  if (!isHost(program)) return refuse('$.program', 'must name a coding agent');
  if (typeof tool !== 'string' || tool === '') return refuse('$.tool', 'must name a tool');
  if (!isInput(input)) return refuse('$.input', 'must be an object');
  if (typeof cwd !== 'string' || !isAbsolute(cwd))
    return refuse('$.cwd', 'must be an absolute path');
  if (input['command'] === CANARY || input['cmd'] === CANARY)
    return refuse('$.input', 'is the canary of `countersign doctor`, which never runs');
  return ok({ ...validated.value, use: { program, tool, input, cwd } });
}

const isInput = (value: unknown): value is Input =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const LONGEST_HEADLINE = 200;
const cut = (text: string): string =>
  text.length > LONGEST_HEADLINE
    ? `${text.slice(0, LONGEST_HEADLINE).toWellFormed()}… (cut)`
    : text;

function headlineOf({ tool }: ToolUse, { kind, command, paths, targets }: Reading): string {
  if (kind === 'shell' && command !== undefined) return `Run ${cut(command)}`;
  if (kind === 'write' && paths.length > 0) return `Write ${cut(paths.join(', '))}`;
  if (kind === 'read') return `Read ${cut(paths.join(', '))}`;
  if (kind === 'fetch' && targets.length > 0) return `Fetch from ${cut(targets.join(', '))}`;
  return `Use ${cut(tool)}`;
}

const detail = (label: string, value: string) => (value === '' ? [] : [{ label, value }]);

type About = { readonly unhooks: boolean; readonly command: Command | undefined };

function detailsOf({ program, tool }: ToolUse, reading: Reading, { unhooks, command }: About) {
  const { command: text = '', folder, paths, targets } = reading;
  const alarms = [
    ...(unhooks ? ['touches the files this gate hangs on'] : []),
    ...(command?.facts.cmd['pipesToShell'] === true
      ? ['runs the output of a program, or its input, as code']
      : []),
    ...(command?.facts.cmd['recursiveDelete'] === true
      ? ['deletes folders with everything in them']
      : []),
  ];
  return [
    ...alarms.map((value) => ({ label: 'Alarm', value })),
    ...(text.length > LONGEST_HEADLINE ? detail('Command', text) : []),
    ...detail('Files', [...paths, ...(command?.facts.cmd.paths ?? [])].join(', ')),
    ...detail('Network', targets.join(', ')),
    { label: 'Tool', value: `${tool} of ${HOST_NAMES[program]}` },
    { label: 'Folder', value: folder },
    ...detail('Not fully understood', (command?.dynamic ?? []).join(', ')),
  ];
}
