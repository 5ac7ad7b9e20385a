import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Members } from '../event.ts';
import type { Host } from '../host.ts';
import { CANARY, SHELL_TOOL } from '../tools.ts';
import type { Configured } from './configured.ts';
import { isBlocked, type Ended } from './verdict.ts';

/** What is done to the configured command before it is started as the host would. */
export const PROBES = [
  'forbidden',
  'gateway-stopped',
  'broken-path',
  'crashing',
  'hanging',
] as const;
export type Probe = (typeof PROBES)[number];

/** How one probe went. `said` is what the hook wrote on stderr. */
export type Probed = { readonly probe: Probe; readonly isBlocked: boolean; readonly said: string };

const LONGEST_MS = 20_000;
const HANG_MS = 1_000;

/** Starts what a host has configured, as it would, for every probe. Nothing is ever executed: the command never runs. */
export async function probeAll(
  configured: Configured,
  about: { readonly cwd: string; readonly config: string; readonly version?: string },
): Promise<readonly Probed[]> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-doctor-'));
  try {
    writeStand(folder);
    return await Promise.all(
      PROBES.map(async (probe) => {
        const start = changedFor(probe, configured.start, { folder, config: about.config });
        const limitMs = probe === 'hanging' ? HANG_MS : Math.min(configured.timeoutMs, LONGEST_MS);
        const ended = await run(start, canaryOf(configured.host, about.cwd), { ...about, limitMs });
        return {
          probe,
          isBlocked: isBlocked(configured, ended, about.version),
          said: ended.stderr,
        };
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A configuration of a gateway that is not there, and entries that fail. */
function writeStand(folder: string): void {
  const put = (name: string, text: string): void =>
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  put(
    'hook.json',
    JSON.stringify({ url: 'http://127.0.0.1:1', agent: 'doctor', host: 'doctor', hold_seconds: 1 }),
  );
  put('credentials.json', JSON.stringify({ agents: { doctor: { token_file: 'doctor.token' } } }));
  put('doctor.token', 'csk_doctor_has_no_token');
  put('crashing.cjs', 'process.exit(1);\n');
  put('hanging.cjs', 'setInterval(() => undefined, 1000);\n');
}

type Stand = { readonly folder: string; readonly config: string };

function changedFor(
  probe: Probe,
  start: Configured['start'],
  { folder, config }: Stand,
): Configured['start'] {
  switch (probe) {
    case 'forbidden':
      return start;
    case 'gateway-stopped':
      return replaced(start, (word) => (word === config ? join(folder, 'hook.json') : word));
    case 'broken-path':
      return replaced(start, (word, i) => (i === 0 ? join(folder, 'no-such-node') : word));
    case 'crashing':
    case 'hanging':
      return replaced(start, (word) =>
        word.endsWith('countersign-hook.cjs') ? join(folder, `${probe}.cjs`) : word,
      );
  }
}

/** Other words in the same form; a line for a shell is of words as `install` quotes them. */
function replaced(
  start: Configured['start'],
  change: (word: string, i: number) => string,
): Configured['start'] {
  if (typeof start !== 'string') return start.map(change);
  const words = start.match(/'(?:[^']|'\\'')*'|[^\s']+/g) ?? [];
  return words
    .map((word, i) => {
      const plain = word.startsWith("'")
        ? word.slice(1, -1).replaceAll(String.raw`'\''`, "'")
        : word;
      const next = change(plain, i);
      return next === plain ? word : `'${next}'`;
    })
    .join(' ');
}

/** The host's own event for a command that the gateway always refuses. */
function canaryOf(host: Host, cwd: string): Members {
  const input = { command: CANARY };
  const tool = SHELL_TOOL[host];
  if (host === 'copilot')
    return { sessionId: 'doctor', timestamp: 0, cwd, toolName: tool, toolArgs: input };
  const common = { cwd, tool_name: tool, tool_input: input, tool_use_id: `doctor_${process.pid}` };
  if (host === 'cursor')
    return {
      ...common,
      hook_event_name: 'preToolUse',
      conversation_id: 'doctor',
      workspace_roots: [cwd],
    };
  const name = host === 'gemini' ? 'BeforeTool' : 'PreToolUse';
  return { ...common, hook_event_name: name, session_id: 'doctor' };
}

function run(
  start: Configured['start'],
  event: Members,
  { cwd, limitMs }: { readonly cwd: string; readonly limitMs: number },
): Promise<Ended> {
  const [program = '', ...args] = typeof start === 'string' ? ['/bin/sh', '-c', start] : start;
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, detached: true });
    const text = { stdout: '', stderr: '' };
    const end = (how: Pick<Ended, 'how' | 'code'>): void => {
      clearTimeout(timer);
      resolve({ ...how, ...text });
    };
    const timer = setTimeout(() => {
      killGroup(child.pid);
      end({ how: 'late', code: -1 });
    }, limitMs);
    child.once('error', () => end({ how: 'unstarted', code: -1 }));
    child.once('close', (code) => end({ how: 'exited', code: code ?? -1 }));
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
    child.stdin.on('error', () => undefined); // it has ended, or never began
    child.stdin.end(JSON.stringify(event));
  });
}

/** A shell and what it started. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // it ended by itself
  }
}
