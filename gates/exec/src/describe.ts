import { visible } from '@countersign/core';
import { factsOf, type ExecArguments, type Understanding } from './action-of.ts';

export type Detail = { readonly label: string; readonly value: string };

const SAFE_WORD = /^[\w@%+=:,./-]+$/;

/** A command as it would be typed, quoted so that no word can pass for two, with nothing hidden in it (R8). */
export const shownCommand = (argv: readonly string[]): string =>
  argv
    .map((word) =>
      SAFE_WORD.test(word) ? word : `'${visible(word).text.replaceAll("'", String.raw`'\''`)}'`,
    )
    .join(' ');

const ALARMS: readonly (readonly [keyof Understanding['facts']['cmd'] & string, string])[] = [
  ['pipesToShell', 'runs the output of a program, or its input, as code'],
  ['recursiveDelete', 'deletes folders with everything in them'],
];

const list = (values: readonly string[]): string =>
  values.map((value) => visible(value).text).join(', ');

/** What a command does, from its words alone: the lines a reviewer reads before anything the agent says (R8). */
export function describe(
  args: ExecArguments,
  understanding: Understanding = factsOf(args),
): readonly Detail[] {
  const { cmd } = understanding.facts;
  const lookalikes = args.argv.flatMap((word) => visible(word).lookalikes);
  return [
    ...ALARMS.filter(([name]) => cmd[name] === true).map(([, value]) => ({
      label: 'Alarm',
      value,
    })),
    { label: 'Programs', value: list(cmd.programs) || 'unknown' },
    { label: 'Files', value: list(cmd.paths) || 'none named' },
    { label: 'Folder', value: visible(args.cwd).text },
    { label: 'Binary', value: `${visible(args.binary.path).text} (SHA-256 ${args.binary.sha256})` },
    { label: 'Identity', value: args.identity === null ? 'none' : visible(args.identity).text },
    { label: 'Variables', value: list(args.env) || 'none' },
    { label: 'Input', value: args.stdin ? `bytes with SHA-256 ${args.stdin.sha256}` : 'none' },
    ...(lookalikes.length > 0 ? [{ label: 'Look-alike words', value: lookalikes.join(', ') }] : []),
    ...(understanding.dynamic.length > 0
      ? [{ label: 'Not fully understood', value: understanding.dynamic.join(', ') }]
      : []),
  ];
}
