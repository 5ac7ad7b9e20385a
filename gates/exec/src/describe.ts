import { visible } from '@countersign/core';
import { factsOf, type ExecArguments, type Understanding } from './action-of.ts';

export type Detail = { readonly label: string; readonly value: string };

const SAFE_WORD = /^[\w@%+=:,./-]+$/;

/**
 * A command as it would be typed, quoted so that no word can pass for two. What hides in it is left as it is:
 * whoever shows it masks it first, and what was made visible before would keep a secret from being found (R9).
 */
export const shownCommand = (argv: readonly string[]): string =>
  argv
    .map((word) => (SAFE_WORD.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))
    .join(' ');

const ALARMS: readonly (readonly [keyof Understanding['facts']['cmd'] & string, string])[] = [
  ['pipesToShell', 'runs the output of a program, or its input, as code'],
  ['recursiveDelete', 'deletes folders with everything in them'],
];

const list = (values: readonly string[]): string => values.join(', ');

/** Which odd letters stand in which words; not the words, which may be private. */
const lookalikesIn = (argv: readonly string[]): readonly string[] =>
  argv.flatMap((word, i) => {
    const odd = visible(word).lookalikes.flatMap((one) => one.match(/U\+[0-9A-F]+/g) ?? []);
    return odd.length === 0 ? [] : [`${[...new Set(odd)].join(' ')} in word ${i + 1}`];
  });

/** What a command does, from its words alone: the lines a reviewer reads before anything the agent says (R8). */
export function describe(
  args: ExecArguments,
  understanding: Understanding = factsOf(args),
): readonly Detail[] {
  const { cmd } = understanding.facts;
  const lookalikes = lookalikesIn(args.argv);
  return [
    ...ALARMS.filter(([name]) => cmd[name] === true).map(([, value]) => ({
      label: 'Alarm',
      value,
    })),
    { label: 'Programs', value: list(cmd.programs) || 'unknown' },
    { label: 'Files', value: list(cmd.paths) || 'none named' },
    { label: 'Folder', value: args.cwd },
    { label: 'Binary', value: `${args.binary.path} (SHA-256 ${args.binary.sha256})` },
    { label: 'Identity', value: args.identity === null ? 'none' : args.identity },
    { label: 'Variables', value: list(args.env) || 'none' },
    { label: 'Input', value: args.stdin ? `bytes with SHA-256 ${args.stdin.sha256}` : 'none' },
    ...(lookalikes.length > 0 ? [{ label: 'Look-alike letters', value: list(lookalikes) }] : []),
    ...(understanding.dynamic.length > 0
      ? [{ label: 'Not fully understood', value: understanding.dynamic.join(', ') }]
      : []),
  ];
}
