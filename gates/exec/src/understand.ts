import {
  err,
  ok,
  validateArguments,
  type ActionType,
  type ArgumentRefusal,
  type Gate,
  type GateRefusal,
  type Json,
  type Result,
  type Validated,
} from '@countersign/core';
import { factsOf, type ExecArguments } from './action-of.ts';
import { describe, shownCommand } from './describe.ts';

const HASH = /^[0-9a-f]{64}$/;
const LONGEST_HEADLINE = 200;

/** The action type `shell.exec`. All of it is bound: a changed byte is another action. */
export const SHELL_EXEC: ActionType = {
  name: 'shell.exec',
  version: 1,
  resource: 'Host',
  arguments: {
    argv: {
      type: 'array',
      maxLength: 4096,
      items: { type: 'string', maxLength: 131_072 },
      description: 'Program and arguments, no shell',
    },
    cwd: { type: 'string', maxLength: 4096, description: 'Absolute working folder' },
    binary: {
      type: 'object',
      description: 'The file that runs and its SHA-256',
      fields: {
        path: { type: 'string', maxLength: 4096 },
        sha256: { type: 'string', maxLength: 64 },
      },
    },
    env: {
      type: 'array',
      maxLength: 256,
      items: { type: 'string', maxLength: 256 },
      default: [],
      description: 'Names of the variables it sees',
    },
    stdin: { type: 'json', default: null, description: 'null, or the SHA-256 of its input' },
    identity: { type: 'json', default: null, description: 'null, or whose secrets it gets' },
  },
};

/** The server's half of the gate: derives facts and the reviewer's lines itself, from the words of the command alone. */
export const shellExec: Gate = {
  name: 'exec',
  types: new Set([SHELL_EXEC.name]),
  understand: (proposal) => {
    if (proposal.resource.type !== SHELL_EXEC.resource)
      return err({
        code: 'unknown-resource',
        path: '$.resource.type',
        message: `must be \`${SHELL_EXEC.resource}\``,
      });
    const read = readArguments(proposal.arguments);
    if (!read.ok) return read;
    const { args, bound, presentational } = read.value;
    const understanding = factsOf(args);
    const command = shownCommand(args.argv);
    const isCut = command.length > LONGEST_HEADLINE;
    return ok({
      type: SHELL_EXEC.name,
      schemaVersion: SHELL_EXEC.version,
      resource: proposal.resource,
      bound,
      presentational,
      judgedAs: SHELL_EXEC.name,
      facts: understanding.facts,
      inspectable: understanding.inspectable,
      headline: `Run ${isCut ? `${command.slice(0, LONGEST_HEADLINE).toWellFormed()}… (cut)` : command}`,
      details: [
        ...(isCut ? [{ label: 'Command', value: command }] : []),
        ...describe(args, understanding),
      ],
      privateArguments: [],
      ...(args.identity === null ? {} : { credential: args.identity }),
    });
  },
};

type ReadArguments = Validated & { readonly args: ExecArguments };

/** The arguments of a `shell.exec` action, or what is wrong with them. */
export function readArguments(given: Json): Result<ReadArguments, GateRefusal> {
  const validated = validateArguments(SHELL_EXEC, given);
  if (!validated.ok) return err({ code: 'invalid-arguments', ...validated.error });
  // validated just now; `stdin` and `identity` are JSON until checked below
  const args = validated.value.bound as unknown as ExecArguments;
  const wrong = whatIsWrong(args);
  return wrong ? err({ code: 'invalid-arguments', ...wrong }) : ok({ ...validated.value, args });
}

function whatIsWrong(args: ExecArguments): ArgumentRefusal | undefined {
  const { argv, cwd, binary, env, stdin, identity } = args;
  if (argv.length === 0 || argv[0] === '')
    return { path: '$.argv', message: 'must name a program' };
  if (argv.some((word) => word.includes('\0')))
    return { path: '$.argv', message: 'must not hold NUL characters' };
  if (!isAbsolute(cwd)) return { path: '$.cwd', message: 'must be an absolute path' };
  if (!isAbsolute(binary.path))
    return { path: '$.binary.path', message: 'must be an absolute path' };
  if (!HASH.test(binary.sha256))
    return { path: '$.binary.sha256', message: 'must be 64 lower-case hex digits' };
  if (env.some((name) => !/^[A-Za-z_]\w*$/.test(name)))
    return { path: '$.env', message: 'must hold names of variables, without values' };
  if (!isDigestOrNull(stdin))
    return { path: '$.stdin', message: 'must be null or `{ "sha256": … }`' };
  if (identity !== null && !(typeof identity === 'string' && /^[\w.@-]{1,128}$/.test(identity)))
    return { path: '$.identity', message: 'must be null or a name' };
  return undefined;
}

const isAbsolute = (path: string): boolean =>
  (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)) && !path.includes('\0');

const isDigestOrNull = (value: Json): boolean =>
  value === null ||
  (typeof value === 'object' &&
    !Array.isArray(value) &&
    Object.keys(value).join() === 'sha256' &&
    HASH.test(String((value as { readonly sha256: unknown }).sha256)));
