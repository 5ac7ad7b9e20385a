import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Children are many and short: what is compiled once need not be again. */
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/countersign', import.meta.url));

/** How a child ended and what it said. */
export type Ended = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
};

/** Runs a script of this folder on this Node; `killWhen` sees all output so far and may end it. */
export function runChild(
  script: string,
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    /** Command and arguments that run the child, such as `sh -c`. */
    readonly under?: readonly string[];
    readonly killWhen?: (output: string) => boolean;
  } = {},
): Promise<Ended> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const line = [
    ...(options.under ?? []),
    process.execPath,
    '--conditions=@countersign/source',
    path,
    ...args,
  ];
  const [command = '', ...rest] = line;
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, {
      env: { ...process.env, NODE_COMPILE_CACHE: CACHE, ...options.env },
    });
    let [output, errors] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (options.killWhen?.(output)) child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, output, errors }));
  });
}

/** Runs a test body in a new folder, gone afterwards. */
export async function inFolder<T>(body: (root: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'countersign-'));
  try {
    return await body(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
