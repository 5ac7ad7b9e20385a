import { parseArgs } from 'node:util';
import { Usage, type Call, type Command, type Options } from './command.ts';
import type { Io } from './io.ts';

/** Every command takes these. */
export const COMMON: Options = {
  json: { type: 'boolean', help: 'print exactly one JSON value on standard output' },
  help: { type: 'boolean', short: 'h', help: 'show this help' },
};

/** The command that the first words name, the longest name first; undefined when none. */
export const commandOf = (
  commands: readonly Command[],
  argv: readonly string[],
): Command | undefined =>
  [2, 1]
    .map((length) => argv.slice(0, length).join(' '))
    .map((name) => commands.find((command) => command.name === name))
    .find((command) => command !== undefined);

/** Reads the words and options of a command; throws `Usage` naming what is wrong. */
export function parseCall(command: Command, argv: readonly string[], io: Io): Call {
  const args = argv.slice(command.name.split(' ').length);
  const dashes = command.takesRest ? args.indexOf('--') : -1;
  const own = dashes < 0 ? args : args.slice(0, dashes);
  const { values, positionals } = parse(command, own);
  const read = (name: string): unknown => values[name];
  const rest = dashes < 0 ? [] : args.slice(dashes + 1);
  if (values['help'] !== true) checkWords(command, positionals, rest);
  return {
    io,
    words: positionals,
    rest,
    text: (name) => {
      const value = read(name);
      return typeof value === 'string' ? value : undefined;
    },
    list: (name) => {
      const value = read(name);
      return Array.isArray(value) ? value.map(String) : [];
    },
    has: (name) => read(name) === true,
  };
}

type Parsed = {
  readonly values: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
};

function parse({ options }: Command, args: readonly string[]): Parsed {
  const config = Object.entries({ ...options, ...COMMON }).map(
    ([name, { type, short, multiple }]) =>
      [name, { type, ...(short ? { short } : {}), ...(multiple ? { multiple } : {}) }] as const,
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: Object.fromEntries(config),
      allowPositionals: true,
      strict: true,
    });
    checkChoices(options, values);
    return { values, positionals };
  } catch (error) {
    throw new Usage(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error));
  }
}

function checkChoices(options: Options, values: Readonly<Record<string, unknown>>): void {
  for (const [name, { choices }] of Object.entries(options)) {
    const value = values[name];
    if (choices && typeof value === 'string' && !choices.includes(value))
      throw new Usage(`\`--${name}\` is one of ${choices.join(', ')}`);
  }
}

function checkWords(
  { words = [], takesRest }: Command,
  given: readonly string[],
  rest: readonly string[],
): void {
  const missing = words.slice(given.length).find((word) => !word.startsWith('['));
  if (missing !== undefined) throw new Usage(`\`${missing}\` is missing`);
  const isOpen = words.at(-1)?.endsWith('…]') === true;
  const extra = isOpen ? undefined : given[words.length];
  if (extra !== undefined) throw new Usage(`unexpected \`${extra}\``);
  if (takesRest && rest.length === 0) throw new Usage('the command is missing; put it after `--`');
  words.forEach((word, i) => {
    const choices = word.includes('|') ? word.split('|') : undefined;
    if (choices && !choices.includes(given[i] ?? ''))
      throw new Usage(`\`${given[i]}\` is none of ${choices.join(', ')}`);
  });
}
