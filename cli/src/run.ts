import { readFileSync } from 'node:fs';
import { GatewayUnreachable, NotExecuted, Refused } from '@countersign/sdk';
import { Failure, Usage, type Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import { EXIT, exitOf, exitOfRefusal } from './exit.ts';
import { commandHelp, groupHelp, overview, usageOf } from './help.ts';
import type { Io } from './io.ts';
import { commandOf, parseCall } from './parse.ts';
import { plain } from './text.ts';

/** The command line: finds the command, runs it, turns whatever it throws into a line and an exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const [first] = argv;
  if (first === undefined || first === '--help' || first === '-h')
    return say(io, overview(COMMANDS));
  if (first === '--version') return say(io, `${version()}\n`);
  if (first === 'help') return help(argv.slice(1), io);
  const command = commandOf(COMMANDS, argv);
  if (!command) return unknown(argv, io);
  const wantsJson = argv.includes('--json');
  try {
    const call = parseCall(command, argv, io);
    if (call.has('help')) return say(io, commandHelp(command));
    const act = await command.load();
    return await act(call);
  } catch (error) {
    return tell(io, command, error, wantsJson);
  }
}

const say = (io: Io, text: string): number => {
  io.out(text);
  return EXIT.done;
};

/** The version of this package. */
function version(): string {
  const { version: text } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  ) as { readonly version: string };
  return text;
}

function help(argv: readonly string[], io: Io): number {
  if (argv.length === 0) return say(io, overview(COMMANDS));
  const command = commandOf(COMMANDS, argv);
  if (command) return say(io, commandHelp(command));
  const group = groupOf(argv[0]);
  return group.length > 0 ? say(io, groupHelp(group)) : unknown(argv, io);
}

const groupOf = (word: string | undefined): readonly Command[] =>
  COMMANDS.filter(({ name }) => name.startsWith(`${word} `));

function unknown(argv: readonly string[], io: Io): number {
  const [first = '', second] = argv;
  const group = groupOf(first);
  if (group.length > 0) {
    const isAsked = second === '--help' || second === '-h';
    if (isAsked) return say(io, groupHelp(group));
    io.err(
      second === undefined
        ? groupHelp(group)
        : `countersign: \`${plain(`${first} ${second}`)}\` is no command\n\n${groupHelp(group)}`,
    );
    return EXIT.usage;
  }
  io.err(`countersign: \`${plain(first)}\` is no command; see \`countersign --help\`\n`);
  return EXIT.usage;
}

type Told = {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly exitCode: number;
  readonly more?: object;
};

function tell(io: Io, command: Command, error: unknown, wantsJson: boolean): number {
  const { code, message, hint, exitCode, more } = toldOf(error, command);
  if (wantsJson)
    io.out(`${JSON.stringify({ error: { code, message, ...(hint ? { hint } : {}), ...more } })}\n`);
  else io.err(`countersign: ${plain(message)}${hint ? `\n  ${plain(hint)}` : ''}\n`);
  return exitCode;
}

function toldOf(error: unknown, command: Command): Told {
  if (error instanceof Usage)
    return {
      code: 'usage',
      message: error.message,
      hint: `usage: ${usageOf(command)}; see \`countersign ${command.name} --help\``,
      exitCode: EXIT.usage,
    };
  if (error instanceof Failure)
    return { ...pick(error), hint: error.hint, exitCode: error.exitCode };
  if (error instanceof GatewayUnreachable)
    return {
      ...pick(error),
      hint: 'is `countersign serve` running? set --url or COUNTERSIGN_URL',
      exitCode: EXIT.unreachable,
    };
  if (error instanceof Refused) return refusalOf(error);
  if (error instanceof NotExecuted)
    return { ...pick(error), exitCode: exitOf(error.state), more: { status: error.status } };
  return { code: 'failed', message: messageOf(error), exitCode: EXIT.failed };
}

const pick = ({ code, message }: { readonly code: string; readonly message: string }) => ({
  code,
  message,
});

function refusalOf(error: Refused): Told {
  const { detail, title, hint, path, requestId } = error.problem;
  return {
    code: error.code,
    message: `${detail ?? title ?? 'refused'} (${error.code}${path === undefined ? '' : ` at \`${path}\``})`,
    hint:
      error.code === 'unauthenticated'
        ? 'this gateway knows no such token; store the right one with `countersign login`, or correct COUNTERSIGN_TOKEN'
        : hint,
    exitCode: exitOfRefusal(error),
    more: { status: error.status, ...(requestId === undefined ? {} : { requestId }) },
  };
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
