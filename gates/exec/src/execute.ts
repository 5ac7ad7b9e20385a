import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import type { ExecArguments } from './action-of.ts';
import { hashFile, isProgram } from './binary.ts';
import { ExecFailure } from './failure.ts';
import { createRecorder, type Recording } from './recording.ts';

/** What a run needs besides the stored action. */
export type RunOptions = {
  /** Keys the fingerprints of masked values. */
  readonly key: Uint8Array;
  /** The environment to pick the named variables from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Values of the secret variables; they reach the child and nothing else. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** The input; its digest must be the stored one. */
  readonly stdin?: Uint8Array;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly timeoutMs?: number;
  /** Ends the command early; the reason is the signal to send. */
  readonly signal?: AbortSignal;
  /** Signals of this process to hand on to the command. */
  readonly forward?: readonly NodeJS.Signals[];
};

/** How a command that was started ended. `unknown`: it was started and we cannot tell. */
export type Ran = (
  | { readonly end: 'exited'; readonly code: number }
  | { readonly end: 'killed'; readonly by: NodeJS.Signals; readonly isTimeout: boolean }
  | { readonly end: 'unknown' }
) & { readonly recording: Recording };

/** Variables every command sees when they are set; all others must be named in the action. */
export const BASE_VARIABLES: readonly string[] = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'TERM',
  'TMPDIR',
  'TZ',
];

const GRACE_MS = 3_000;

/**
 * Runs the stored command without a shell. Throws `ExecFailure` only while nothing has started; after that every
 * trouble is part of the answer.
 */
export async function execute(stored: ExecArguments, options: RunOptions): Promise<Ran> {
  const env = childEnvironment(stored, options);
  checkInput(stored, options.stdin);
  if (!(await stat(stored.cwd).catch(() => undefined))?.isDirectory())
    throw new ExecFailure(
      'folder-missing',
      `folder \`${stored.cwd}\` is not there; nothing was run`,
    );
  // the last thing before the start: what was approved is these bytes
  await checkBinary(stored.binary);
  const child = await start(stored, env);
  return follow(child, options);
}

/** The base variables, the named ones and the secrets: exactly the names that the action lists. */
function childEnvironment(
  stored: ExecArguments,
  { environment, secrets = {} }: RunOptions,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of stored.env) {
    const value = Object.hasOwn(secrets, name) ? secrets[name] : environment[name];
    if (value === undefined)
      throw new ExecFailure(
        'environment-changed',
        `variable \`${name}\` is not set any more; nothing was run`,
      );
    env[name] = value;
  }
  const unasked = Object.keys(secrets).find((name) => !stored.env.includes(name));
  if (unasked !== undefined)
    throw new ExecFailure(
      'environment-changed',
      `secret \`${unasked}\` is not part of the approved action; nothing was run`,
    );
  return env;
}

async function checkBinary({ path, sha256 }: ExecArguments['binary']): Promise<void> {
  const cannotRead = (error: unknown): never => {
    throw new ExecFailure('not-found', `\`${path}\` cannot be read; nothing was run`, error);
  };
  if (!(await isProgram(path).catch(cannotRead)))
    throw new ExecFailure('not-started', `\`${path}\` is no program; nothing was run`);
  if ((await hashFile(path).catch(cannotRead)) !== sha256)
    throw new ExecFailure(
      'binary-changed',
      `\`${path}\` is not the file that was approved; nothing was run`,
    );
}

function checkInput(stored: ExecArguments, stdin: Uint8Array | undefined): void {
  const given = stdin && createHash('sha256').update(stdin).digest('hex');
  if (given !== stored.stdin?.sha256)
    throw new ExecFailure(
      'input-changed',
      'the input is not the input that was approved; nothing was run',
    );
}

function start(stored: ExecArguments, env: Record<string, string>): Promise<ChildProcess> {
  const [argv0 = '', ...args] = stored.argv;
  return new Promise((done, fail) => {
    const refuse = (error: unknown): void =>
      fail(
        new ExecFailure(
          'not-started',
          `\`${stored.binary.path}\` could not be started; nothing was run`,
          error,
        ),
      );
    try {
      // a process group of its own: a signal reaches its children too, and there is no terminal to type into
      const child = spawn(stored.binary.path, args, {
        argv0,
        cwd: stored.cwd,
        env,
        shell: false,
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      child.once('error', refuse);
      child.once('spawn', () => {
        child.off('error', refuse);
        done(child);
      });
    } catch (error) {
      refuse(error);
    }
  });
}

async function follow(child: ChildProcess, options: RunOptions): Promise<Ran> {
  const { key, secrets = {}, stdin, timeoutMs } = options;
  const known = Object.values(secrets);
  const out = createRecorder({ key, known }, (masked) => void options.stdout.write(masked));
  const err = createRecorder({ key, known }, (masked) => void options.stderr.write(masked));
  const close = (): Recording => ({ stdout: out.close(), stderr: err.close() });
  let isTimeout = false;
  const stop = startStopping(child, () => (isTimeout = true), timeoutMs, options);
  try {
    const flows = [
      pass(child.stdout, options.stdout, out.take),
      pass(child.stderr, options.stderr, err.take),
    ];
    child.stdin?.on('error', () => {}); // a command need not read its input
    child.stdin?.end(stdin ?? new Uint8Array());
    const [code, by] = await ended(child, flows);
    child.stdout?.removeAllListeners('data');
    child.stderr?.removeAllListeners('data');
    const recording = close();
    if (code !== null) return { end: 'exited', code, recording };
    return by === null
      ? { end: 'unknown', recording }
      : { end: 'killed', by, isTimeout, recording };
  } catch {
    send(child, 'SIGKILL');
    return { end: 'unknown', recording: close() };
  } finally {
    stop();
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

/** A stream on its way: when it last moved, and whether it waits for its reader. */
type Flow = { movedAt: number; isPaused: boolean };

/** Feeds a stream to its recorder, no faster than the other side takes it. */
function pass(from: Readable | null, to: Writable, take: (chunk: Buffer) => void): Flow {
  const flow: Flow = { movedAt: performance.now(), isPaused: false };
  const go = (): void => {
    flow.isPaused = false;
    flow.movedAt = performance.now();
    from?.resume();
  };
  to.on('error', go); // nobody reads any more; the command still runs to its end and is recorded
  from?.on('data', (chunk: Buffer) => {
    flow.movedAt = performance.now();
    take(chunk);
    if (!to.writableNeedDrain || to.destroyed) return;
    flow.isPaused = true;
    from.pause();
    to.once('drain', go);
  });
  return flow;
}

/** Resolves when the command has ended and its output is read, or stands still: a grandchild may hold the pipes. */
function ended(
  child: ChildProcess,
  flows: readonly Flow[],
): Promise<readonly [number | null, NodeJS.Signals | null]> {
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, by) => done([code, by]));
    child.once('exit', (code, by) => {
      const check = setInterval(() => {
        const now = performance.now();
        if (flows.some((flow) => flow.isPaused || now - flow.movedAt < GRACE_MS)) return;
        clearInterval(check);
        done([code, by]);
      }, GRACE_MS / 10);
      child.once('close', () => clearInterval(check));
    });
  });
}

function startStopping(
  child: ChildProcess,
  onTimeout: () => void,
  timeoutMs: number | undefined,
  { signal, forward = [] }: RunOptions,
): () => void {
  const timers: NodeJS.Timeout[] = [];
  const end = (by: NodeJS.Signals): void => {
    send(child, by);
    timers.push(setTimeout(() => send(child, 'SIGKILL'), GRACE_MS));
  };
  if (timeoutMs !== undefined)
    timers.push(
      setTimeout(() => {
        onTimeout();
        end('SIGTERM');
      }, timeoutMs),
    );
  const abort = (): void => end('SIGTERM');
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted === true) abort();
  const hand = (by: NodeJS.Signals): void => send(child, by);
  for (const name of forward) process.on(name, hand);
  return () => {
    timers.forEach(clearTimeout);
    signal?.removeEventListener('abort', abort);
    for (const name of forward) process.off(name, hand);
  };
}

/** Signals the command's whole process group. */
function send(child: ChildProcess, by: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, by);
  } catch {
    child.kill(by); // no group any more, or a system without groups
  }
}
