import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMembers, type Host } from '@countersign/gate-hook/client';
import { readToken } from '../token-file.ts';

/** `hook.json`: what the hooks of this user work with. It lies beside the credentials; no project's file counts. */
export type HookFile = {
  readonly url: string;
  /** Whose credential, by its name in `credentials.json` beside it. */
  readonly agent: string;
  /** Id of the `Host` resource tools are used on. */
  readonly host: string;
  /** Longest wait for people. */
  readonly hold_seconds?: number;
  readonly mask?: 'secrets' | 'all' | 'none';
  readonly on_behalf_of?: string;
};

/** What one hook process works with. */
export type HookSettings = {
  readonly file: HookFile;
  readonly token: string;
  readonly folder: string;
  readonly holdMs: number;
  readonly defers: boolean;
  readonly event?: string;
};

/** What the hosts do when nothing else is said, in seconds. */
const HOST_TIMEOUT: Readonly<Record<Host, number>> = {
  'claude-code': 600,
  codex: 600,
  gemini: 60,
  cursor: 60,
  copilot: 30,
};
const HOLD_SECONDS = 600;
const MARGIN_MS = 5_000;

/** Settings from the command line the host was given; throws in words where they are none. ATTACKER: a project may set the environment of its host, so no variable counts. */
export function readSettings(host: Host, args: readonly string[]): HookSettings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string' },
      timeout: { type: 'string' },
      event: { type: 'string' },
      defer: { type: 'boolean' },
    },
  });
  const path = values.config ?? join(homedir(), '.config', 'countersign', 'hook.json');
  const file = readHookFile(path);
  const timeoutMs = 1000 * Number(values.timeout ?? HOST_TIMEOUT[host]);
  if (!(timeoutMs > 0)) throw new Error('`--timeout` is a number of seconds');
  const holdMs = Math.min((file.hold_seconds ?? HOLD_SECONDS) * 1000, timeoutMs - MARGIN_MS);
  return {
    file,
    token: tokenOf(dirname(path), file.agent),
    folder: join(dirname(path), 'hook'),
    holdMs: Math.max(0, holdMs),
    defers: values.defer === true,
    ...(values.event === undefined ? {} : { event: values.event }),
  };
}

/** Reads `hook.json`; throws in words where it is none. */
export function readHookFile(path: string): HookFile {
  const read: unknown = readJson(path);
  if (!isMembers(read) || ![read['url'], read['agent'], read['host']].every(isWord))
    throw new Error(`\`${path}\` names no url, agent and host; run \`countersign hook install\``);
  const { mask = 'secrets', hold_seconds = HOLD_SECONDS } = read;
  if (!['secrets', 'all', 'none'].some((one) => one === mask))
    throw new Error(`\`mask\` in \`${path}\` is one of secrets, all, none`);
  if (typeof hold_seconds !== 'number' || !(hold_seconds >= 0))
    throw new Error(`\`hold_seconds\` in \`${path}\` is a number`);
  return read as unknown as HookFile; // checked above
}

const isWord = (value: unknown): boolean => typeof value === 'string' && value !== '';

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new Error(`\`${path}\` ${why}; run \`countersign hook install\``, { cause: error });
  }
}

function tokenOf(folder: string, agent: string): string {
  const read = readJson(join(folder, 'credentials.json'));
  const agents = isMembers(read) ? read['agents'] : undefined;
  const named = isMembers(agents) && Object.hasOwn(agents, agent) ? agents[agent] : undefined;
  const tokenFile = isMembers(named) ? named['token_file'] : undefined;
  if (typeof tokenFile !== 'string')
    throw new Error(`\`${folder}\` holds no credential of agent \`${agent}\``);
  return readToken(folder, tokenFile);
}
