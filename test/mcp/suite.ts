import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** The suites by what they require; `count` is how many scenarios each has without those of the tasks extension. */
export const SUITES = {
  'the older suite': { package: 'mcp-conformance-1', args: [], count: 30 },
  '2025-11-25': {
    package: 'mcp-conformance-2',
    args: ['--requirements', '2025-11-25'],
    count: 33,
  },
  '2026-07-28': {
    package: 'mcp-conformance-2',
    args: ['--requirements', '2026-07-28'],
    count: 40,
  },
} as const;

export type SuiteName = keyof typeof SUITES;

export type Ran = {
  /** Scenarios with all their checks passed. */
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  readonly output: string;
};

export const conformance = (name: string): string =>
  join(import.meta.dirname, '../../node_modules', name, 'dist/index.js');

/** The suites give an answer a second: more of them at a time would make them wait for each other. */
const AT_ONCE = 3;
let running = 0;
const queue: (() => void)[] = [];

/** What a program wrote, both ways, and how it ended; a few run at a time. */
export async function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  if (running >= AT_ONCE) await new Promise<void>((turn) => queue.push(turn));
  else running++;
  try {
    return await start(args, env);
  } finally {
    const next = queue.shift();
    if (next) next();
    else running--;
  }
}

function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((ended, failed) => {
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    let output = '';
    const read = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', failed);
    child.once('close', (code) => ended({ code, output }));
  });
}

/** Runs a suite against a server. Its exit code says too little (it scores only some scenarios), so its summary is read. */
export async function runSuite(name: SuiteName, url: string): Promise<Ran> {
  const suite = SUITES[name];
  const { output } = await run([conformance(suite.package), 'server', '--url', url, ...suite.args]);
  const line = /^(\S) (\S+): (\d+) passed, (\d+) failed/gmu;
  const scenarios = [...output.matchAll(line)].map(([, mark, scenario = '', , failed]) => ({
    scenario,
    ok: mark === '✓' && failed === '0',
  }));
  const counted = scenarios.filter(({ scenario }) => !scenario.startsWith('tasks-'));
  const named = (ok: boolean): string[] =>
    counted.filter((ran) => ran.ok === ok).map(({ scenario }) => scenario);
  return { passed: named(true), failed: named(false), output };
}
