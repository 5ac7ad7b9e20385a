import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import {
  createHttpUpstream,
  createStdioUpstream,
  withBridges,
  type Upstream,
} from '@countersign/gate-mcp';
import { Failure, Usage, type Call } from '../command.ts';
import type { Io } from '../io.ts';

const RUNNERS: ReadonlySet<string> = new Set([
  'npx',
  'uvx',
  'bunx',
  'pnpm',
  'yarn',
  'npm',
  'node',
  'deno',
  'bun',
  'python',
  'python3',
  'docker',
  'podman',
  'uv',
]);
const VERBS: ReadonlySet<string> = new Set(['run', 'exec', 'dlx', 'x', 'tool']);

/** What the server is called in policy: `--server`, else the name of the program or package. */
export function serverNameOf(call: Call): string {
  const [command = '', ...args] = call.rest;
  const program = basename(command).replace(/\.(?:cmd|exe)$/i, '');
  const named = args.find((arg) => !arg.startsWith('-') && !VERBS.has(arg));
  const url = call.text('upstream');
  const found =
    call.text('server') ??
    (url === undefined ? (RUNNERS.has(program) ? named : program) : new URL(url).hostname) ??
    program;
  const name = basename(found)
    .replace(/(?<=.)@[^@]*$/, '')
    .replace(/\.[cm]?[jt]s$|\.py$/, '');
  if (/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) return name;
  throw new Usage('say what the server is called in policy with `--server NAME`');
}

/** The server behind the shim: the program after `--`, or an address. */
export function upstreamOf(
  call: Call,
  name: string,
  say: (what: 'stderr' | 'ended', text: string) => void,
): Upstream {
  const { rest, io } = call;
  const url = call.text('upstream');
  if ((url === undefined) === (rest.length === 0))
    throw new Usage('give either a program after `--` or an address with `--upstream`');
  const [command = '', ...args] = rest;
  const upstream =
    url === undefined
      ? createStdioUpstream({
          name,
          program: { command, args, cwd: io.cwd, env: environmentOf(io) },
          children: { max: 2, idleMs: 2_000_000_000 },
          say,
        })
      : createHttpUpstream({ name, url: addressOf(url), headers: headersOf(call) });
  return withBridges(upstream);
}

/** The variables the host gave this server; nothing of Countersign's own is among them. */
const environmentOf = ({ env }: Io): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || name.startsWith('COUNTERSIGN_') ? [] : [[name, value]],
    ),
  );

function addressOf(url: string): string {
  if (URL.canParse(url) && /^https?:/.test(url)) return url;
  throw new Usage('`--upstream` is an http(s) address');
}

/** Secrets are named, never written on a command line, where every process can read them. */
function headersOf(call: Call): Record<string, string> {
  return Object.fromEntries(
    call.list('header').map((text) => {
      const [, name = '', scheme, reference = ''] = /^([\w-]+)=(env|file):(.+)$/s.exec(text) ?? [];
      if (name === '') throw new Usage('`--header` is NAME=env:VARIABLE or NAME=file:/path');
      return [name, scheme === 'env' ? variable(call.io, reference) : contents(reference)];
    }),
  );
}

function variable({ env }: Io, name: string): string {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  throw new Failure('no-secret', `variable \`${name}\` of \`--header\` is not set`, {
    exitCode: 2,
  });
}

function contents(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new Failure('no-secret', `\`${file}\` of \`--header\` cannot be read`, { exitCode: 2 });
  }
}
