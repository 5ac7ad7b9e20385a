import type { Command, Option, Options } from './command.ts';
import { COMMON } from './parse.ts';
import { table } from './text.ts';

/** Every command in one screen. */
export const overview = (commands: readonly Command[]): string =>
  [
    'countersign: verified people decide what AI agents may do; exactly that runs, once, provably\n',
    `Commands:\n${listOf(commands)}`,
    'countersign help COMMAND or COMMAND --help tells more; countersign --version says which this is.\n',
    `Who you are: --as NAME, COUNTERSIGN_TOKEN (a token, env:NAME, file:PATH or exec:CMD), or the only
one in .countersign/credentials.json here or above, then in ~/.config/countersign.
Which gateway: --url, COUNTERSIGN_URL, or the one of those credentials.\n`,
    `Exit codes: 0 allowed and done, 1 failed, 2 wrong usage, 3 denied, 4 nobody decided in time,
5 gateway unreachable; 130 and 143 when interrupted.\n`,
  ].join('\n');

/** The commands of a group such as `approvals`. */
export const groupHelp = (commands: readonly Command[]): string => `Commands:\n${listOf(commands)}`;

const listOf = (commands: readonly Command[]): string =>
  table(commands.map(({ name, summary }) => [`  ${name}`, summary]));

/** One command: how to call it, its options, notes, examples. */
export function commandHelp(command: Command): string {
  const { name, summary, notes = [], examples = [], options } = command;
  return [
    `${summary}\n`,
    `  ${usageOf(command)}\n`,
    `Options:\n${optionsHelp({ ...options, ...COMMON })}`,
    ...(notes.length > 0 ? [`${notes.join('\n')}\n`] : []),
    ...(examples.length > 0
      ? [`Examples:\n${examples.map((example) => `  countersign ${name} ${example}\n`).join('')}`]
      : []),
  ].join('\n');
}

/** How a command is called, on one line. */
export const usageOf = ({ name, words = [], takesRest }: Command): string =>
  ['countersign', name, ...words, '[options]', ...(takesRest ? ['-- CMD…'] : [])].join(' ');

const optionsHelp = (options: Options): string =>
  table(
    Object.entries(options).map(([name, option]) => [
      `  ${option.short ? `-${option.short}, ` : '    '}--${name}${valueOf(option)}`,
      option.help,
    ]),
  );

const valueOf = ({ type, value, choices, multiple }: Option): string =>
  type === 'boolean'
    ? ''
    : ` ${choices ? choices.join('|') : (value ?? 'TEXT')}${multiple ? '…' : ''}`;
