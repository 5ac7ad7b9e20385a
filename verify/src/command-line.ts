import type { Depth } from './ledger/verify-ledger.ts';

/** What the command line was asked to do. */
export type Asked =
  | { readonly command: 'help' }
  | (Common & { readonly command: 'receipt' })
  | (Common & { readonly command: 'ledger'; readonly depth: Depth })
  | (Common & { readonly command: 'range'; readonly from: number; readonly to: number });

type Common = {
  readonly target: string;
  readonly trust: string;
  readonly grantKeys?: string;
  readonly json: boolean;
};

/** Help, complete: the commands, the files they take, the exit codes. */
export const HELP = `countersign-verify: checks what a Countersign ledger proves, offline

  countersign-verify receipt FILE --trust FILE [--grant-keys FILE]
  countersign-verify ledger DIR|URL --trust FILE [--streams | --tree]
  countersign-verify range DIR|URL --from N --to N --trust FILE

  --trust FILE       whom to believe: a C2SP tlog-policy (log, witness, group, quorum lines)
  --grant-keys FILE  a JWK set; without it the signature of a grant is not checked
  --streams          the tree, and that every stream is without a gap; actions are not judged by the rules
  --tree             only the tree and its signatures; entries are not read
  --from N --to N    entries N (0-based) up to, not including, N
  --json             one JSON object instead of text
  --help             this text

FILE may be - for standard input. A ledger is a folder or URL prefix in the C2SP tlog-tiles layout.
Exit codes: 0 verified, 1 not verified (the first failure is named), 2 wrong usage.
`;

const VALUES = new Set(['--trust', '--grant-keys', '--from', '--to']);
const FLAGS = new Set(['--json', '--streams', '--tree']);

/** Reads the arguments; a text says what is wrong with them. */
export function parseArguments(args: readonly string[]): Asked | string {
  if (args.includes('--help') || args.includes('-h')) return { command: 'help' };
  if (args.length === 0) return 'nothing to verify; see `countersign-verify --help`';
  const options = new Map<string, string>();
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (FLAGS.has(arg)) options.set(arg, '');
    else if (VALUES.has(arg)) options.set(arg, args[++i] ?? '');
    else if (arg.startsWith('--')) return `unknown option \`${arg}\``;
    else words.push(arg);
  }
  return assemble(words, options);
}

function assemble(words: readonly string[], options: ReadonlyMap<string, string>): Asked | string {
  const [command, target, ...more] = words;
  if (command !== 'receipt' && command !== 'ledger' && command !== 'range')
    return `unknown command \`${command ?? ''}\`; known: receipt, ledger, range`;
  const trust = options.get('--trust') ?? '';
  const grantKeys = options.get('--grant-keys');
  if (target === undefined || more.length > 0) return `\`${command}\` takes one FILE, DIR or URL`;
  if (trust === '') return '`--trust FILE` is required: it says which log to believe';
  const common = {
    target,
    trust,
    json: options.has('--json'),
    ...(grantKeys === undefined ? {} : { grantKeys }),
  };
  if (command === 'receipt') return { command, ...common };
  if (command === 'ledger') return { command, ...common, depth: depthOf(options) };
  const [from, to] = [count(options.get('--from')), count(options.get('--to'))];
  return from === undefined || to === undefined
    ? '`range` takes `--from N` and `--to N`'
    : { command, ...common, from, to };
}

function depthOf(options: ReadonlyMap<string, string>): Depth {
  if (options.has('--tree')) return 'tree';
  return options.has('--streams') ? 'streams' : 'actions';
}

const count = (digits: string | undefined): number | undefined =>
  digits !== undefined && /^(0|[1-9]\d{0,14})$/.test(digits) ? Number(digits) : undefined;
