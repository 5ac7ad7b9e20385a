import { spawn, type ChildProcess } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Io } from '../src/io.ts';
import { run } from '../src/run.ts';

/** What a command printed and how it ended. */
export type Ran = { readonly code: number; readonly out: string; readonly err: string };

/** Where and as whom a command runs. */
export type Where = {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
};

/** A terminal with a keyboard: what is typed goes in, what is shown can be read meanwhile. */
export type Terminal = {
  readonly io: Io;
  readonly type: (keys: string) => void;
  readonly interrupt: () => void;
  readonly shown: () => string;
  readonly printed: () => string;
};

/** A terminal for commands that run in this process. */
export function openTerminal({ cwd, env = {}, input }: Where, isTty = false): Terminal {
  const stdin = new PassThrough();
  const text = { out: '', err: '' };
  const listeners = new Set<(exitCode: number) => void>();
  if (!isTty) stdin.end(input ?? '');
  const add = (name: 'out' | 'err') => (chunk: string | Uint8Array) => {
    text[name] += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk);
  };
  const io: Io = {
    out: add('out'),
    err: add('err'),
    stdin: Object.assign(stdin, { setRawMode: () => undefined }),
    env: { PATH: process.env['PATH'], ...env },
    cwd,
    home: cwd,
    isTty: { in: isTty, out: isTty, err: isTty },
    columns: () => 200,
    rows: () => 60,
    onResize: () => () => undefined,
    now: Date.now,
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return {
    io,
    type: (keys) => void stdin.write(keys),
    interrupt: () => listeners.forEach((listener) => listener(130)),
    shown: () => text.err,
    printed: () => text.out,
  };
}

/** Runs a command in this process, without a terminal. */
export async function countersign(words: readonly string[], where: Where): Promise<Ran> {
  const terminal = openTerminal(where);
  const code = await run(words, terminal.io);
  return { code, out: terminal.printed(), err: terminal.shown() };
}

/** The same with `--json`: exactly one value, or the test fails here. */
export async function countersignJson(
  words: readonly string[],
  where: Where,
): Promise<{ readonly code: number; readonly json: Record<string, unknown> }> {
  const { code, out } = await countersign([...words, '--json'], where);
  return { code, json: JSON.parse(out) as Record<string, unknown> };
}

export const BIN: string = fileURLToPath(new URL('../bin/countersign.js', import.meta.url));

/** Starts the real program as a process of its own. */
export function startBin(
  words: readonly string[],
  { cwd, env = {} }: Where,
): { readonly child: ChildProcess; readonly ended: Promise<Ran>; readonly text: { err: string } } {
  const child = spawn(process.execPath, [BIN, ...words], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, ...env },
  });
  const text = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.err += chunk));
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, ...text }));
  });
  return { child, ended, text };
}

/** Waits for something to come about; fails when it does not within ten seconds. */
export async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; !(await is()); i++) {
    if (i > 500) throw new Error('it never came about');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
