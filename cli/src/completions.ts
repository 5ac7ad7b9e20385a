import type { Command, Option, Options } from './command.ts';
import { COMMON } from './parse.ts';

/** Shells that can be told what may come next. */
export type Shell = 'bash' | 'zsh' | 'fish';

/** A completion script made from the command table. */
export function completionsFor(shell: Shell, commands: readonly Command[]): string {
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return `#compdef countersign\nautoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`;
    case 'fish':
      return fish(commands);
  }
}

const flagsOf = ({ options }: Command): Options => ({ ...options, ...COMMON });
const takesValue = ([, { type }]: readonly [string, Option]): boolean => type === 'string';
const firstWords = (commands: readonly Command[]): readonly string[] => [
  ...new Set([...commands.map(({ name }) => name.split(' ')[0] ?? ''), 'help']),
];
const groups = (commands: readonly Command[]): readonly string[] => [
  ...new Set(
    commands.filter(({ name }) => name.includes(' ')).map(({ name }) => name.split(' ')[0] ?? ''),
  ),
];
const secondWords = (commands: readonly Command[], group: string): readonly string[] =>
  commands
    .filter(({ name }) => name.startsWith(`${group} `))
    .map(({ name }) => name.split(' ')[1] ?? '');

/** The words to choose from, where a positional argument or an option has a closed list. */
const choicesOf = ({ words = [], options }: Command): readonly string[] => [
  ...words.filter((word) => word.includes('|')).flatMap((word) => word.split('|')),
  ...Object.values(options).flatMap(({ choices = [] }) => choices),
];

function bash(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const flags = Object.keys(flagsOf(command)).map((name) => `--${name}`);
    return `    '${command.name}') words='${[...flags, ...choicesOf(command)].join(' ')}' ;;`;
  });
  const nested = groups(commands).map(
    (group) => `      ${group}) words='${secondWords(commands, group).join(' ')}' ;;`,
  );
  const valued = [
    ...new Set(
      commands.flatMap((one) =>
        Object.entries(flagsOf(one))
          .filter(takesValue)
          .map(([name]) => `--${name}`),
      ),
    ),
  ];
  return `_countersign() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=''
  local first="\${COMP_WORDS[1]}" pair="\${COMP_WORDS[1]} \${COMP_WORDS[2]}"
  COMPREPLY=()
  case "$previous" in
    ${valued.join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${firstWords(commands).join(' ')} --help --version'
  elif [ "$COMP_CWORD" -eq 2 ]; then
    case "$first" in
${nested.join('\n')}
    esac
  fi
  if [ -z "$words" ]; then
    case "$pair" in
${cases.filter((one) => one.includes(' ) ') || /'\S+ \S+'\)/.test(one)).join('\n')}
    esac
  fi
  if [ -z "$words" ]; then
    case "$first" in
${cases.filter((one) => !/'\S+ \S+'\)/.test(one)).join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _countersign countersign
`;
}

const quote = (text: string): string => `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;

function fish(commands: readonly Command[]): string {
  const lines = ['complete -c countersign -f'];
  for (const word of firstWords(commands)) {
    const summary = commands.find(({ name }) => name === word)?.summary;
    lines.push(
      `complete -c countersign -n __fish_use_subcommand -a ${word}${summary ? ` -d ${quote(summary)}` : ''}`,
    );
  }
  for (const command of commands) {
    const [group = '', second] = command.name.split(' ');
    const seen = `__fish_seen_subcommand_from ${group}`;
    if (second !== undefined)
      lines.push(
        `complete -c countersign -n ${quote(`${seen}; and not __fish_seen_subcommand_from ${secondWords(commands, group).join(' ')}`)} -a ${second} -d ${quote(command.summary)}`,
      );
    const when = quote(
      second === undefined ? seen : `${seen}; and __fish_seen_subcommand_from ${second}`,
    );
    for (const choice of choicesOf(command))
      lines.push(`complete -c countersign -n ${when} -a ${choice}`);
    for (const [name, option] of Object.entries(flagsOf(command)))
      lines.push(
        `complete -c countersign -n ${when} -l ${name}${option.short ? ` -s ${option.short}` : ''}${option.type === 'string' ? ' -r' : ''} -d ${quote(option.help)}`,
      );
  }
  return `${lines.join('\n')}\n`;
}
