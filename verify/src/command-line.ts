import type { Depth } from './ledger/verify-ledger.ts';
import type { Result } from './result.ts';

/** What the command line was asked to do. */
export type Asked =
  | { readonly command: 'help' }
  | {
      readonly command: 'receipt' | 'ledger' | 'range';
      readonly target: string;
      readonly trust: string;
      readonly grantKeys?: string;
      readonly json: boolean;
      readonly depth: Depth;
      readonly from?: number;
      readonly to?: number;
    };

/** Help, complete: the commands, the files they take, the exit codes. */
export const HELP = `countersign-verify: checks what a Countersign ledger proves, offline

  countersign-verify receipt FILE --trust FILE [--grant-keys FILE]
  countersign-verify ledger DIR|URL --trust FILE [--actions | --tree]
  countersign-verify range DIR|URL --from N --to N --trust FILE

  --trust FILE       whom to believe: a C2SP tlog-policy (log, witness, group, quorum lines)
  --grant-keys FILE  a JWK set; without it the signature of a grant is not checked
  --actions          also judge every event of every action by the rules of evidence
  --tree             only the tree and its signatures; entries are not read
  --from N --to N    entries N (0-based) up to, not including, N
  --json             one JSON object instead of text
  --help             this text

FILE may be - for standard input. A ledger is a folder or URL prefix in the C2SP tlog-tiles layout.
Exit codes: 0 verified, 1 not verified (the first failure is named), 2 wrong usage.
`;

const VALUES = new Set(['--trust', '--grant-keys', '--from', '--to']);
const FLAGS = new Set(['--json', '--actions', '--tree']);

/** Reads the arguments; a text says what is wrong with them. */
export function parseArguments(args: readonly string[]): Asked | string {
  if (args.length === 0 || args.includes('--help') || args.includes('-h'))
    return { command: 'help' };
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
  const [from, to] = [count(options.get('--from')), count(options.get('--to'))];
  if (command === 'range' && (from === undefined || to === undefined))
    return '`range` takes `--from N` and `--to N`';
  return {
    command,
    target,
    trust,
    json: options.has('--json'),
    depth: options.has('--actions') ? 'actions' : options.has('--tree') ? 'tree' : 'streams',
    ...(grantKeys === undefined ? {} : { grantKeys }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

const count = (digits: string | undefined): number | undefined =>
  digits !== undefined && /^(0|[1-9]\d{0,14})$/.test(digits) ? Number(digits) : undefined;

/** What is printed at the end, as text or as one JSON object. */
export function report<T>(
  asked: { readonly json: boolean },
  result: Result<T>,
  lines: (value: T) => readonly string[],
): string {
  if (asked.json) {
    const body = result.ok
      ? { verified: true, ...result.value }
      : { verified: false, ...result.failure };
    return `${JSON.stringify(body, plain)}\n`;
  }
  return result.ok
    ? `verified\n${lines(result.value)
        .map((line) => `  ${line}\n`)
        .join('')}`
    : `NOT VERIFIED (${result.failure.code})\n  ${result.failure.message}\n`;
}

const plain = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array
    ? Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('')
    : value;
