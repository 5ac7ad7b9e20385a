import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { err, ok, type Result } from '@countersign/core';
import type { Finding } from './problem.ts';

/** Why a reference did not lead to a secret. Never the secret, nor what a command printed. */
export type SecretRefusal = Pick<Finding, 'code' | 'message' | 'hint'>;

/** What references are looked up with. */
export type Surroundings = {
  readonly baseDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long a command may take. */
  readonly execMs?: number;
};

const MAX_BYTES = 65_536;
const EXEC_MS = 10_000;

/** Follows `env:NAME`, `file:PATH` or `exec:COMMAND`; one trailing newline is dropped. */
export async function resolveSecret(
  ref: string,
  around: Surroundings,
): Promise<Result<string, SecretRefusal>> {
  const [, kind, rest = ''] = /^(env|file|exec):(.*)$/s.exec(ref) ?? [];
  const found =
    kind === 'env'
      ? fromEnv(rest, around)
      : kind === 'file'
        ? await fromFile(rest, around)
        : await fromCommand(rest, around);
  if (!found.ok) return found;
  const value = found.value.replace(/\r?\n$/, '');
  return value === ''
    ? refuse('secret-missing', 'the secret is empty', 'put a value there')
    : ok(value);
}

const refuse = (
  code: Finding['code'],
  message: string,
  hint: string,
): Result<never, SecretRefusal> => err({ code, message, hint });

function fromEnv(name: string, { env }: Surroundings): Result<string, SecretRefusal> {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return value === undefined
    ? refuse('secret-missing', `environment variable \`${name}\` is not set`, `set \`${name}\``)
    : ok(value);
}

async function fromFile(
  path: string,
  { baseDir }: Surroundings,
): Promise<Result<string, SecretRefusal>> {
  const file = isAbsolute(path) ? path : join(baseDir, path);
  try {
    await using handle = await open(file, 'r');
    // the file that was opened is the one that is looked at: no gap between check and use
    const stat = await handle.stat();
    if (!stat.isFile()) return refuse('secret-failed', `\`${path}\` is not a file`, 'name a file');
    if (process.platform !== 'win32' && (stat.mode & 0o007) !== 0)
      return refuse(
        'secret-exposed',
        `\`${path}\` is open to every user of this machine`,
        `run: chmod 600 ${path}; and replace the secret if others use this machine`,
      );
    if (stat.size > MAX_BYTES)
      return refuse('secret-failed', `\`${path}\` is too large for a secret`, 'name another file');
    return ok(await handle.readFile('utf8'));
  } catch (error) {
    const { code = 'error' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT'
      ? refuse('secret-missing', `file \`${path}\` does not exist`, `create it under ${baseDir}`)
      : refuse(
          'secret-failed',
          `file \`${path}\` cannot be read (${code})`,
          'check its owner and mode',
        );
  }
}

async function fromCommand(
  command: string,
  { baseDir, env, execMs = EXEC_MS }: Surroundings,
): Promise<Result<string, SecretRefusal>> {
  const [program, ...args] = splitCommand(command);
  if (program === undefined)
    return refuse('secret-failed', 'the command is empty', 'write exec:PROGRAM ARGUMENTS');
  const options = {
    cwd: baseDir,
    env: { ...env },
    timeout: execMs,
    maxBuffer: MAX_BYTES,
    killSignal: 'SIGKILL',
    windowsHide: true,
  } as const;
  return new Promise((resolve) => {
    const child = execFile(program, args, options, (error, stdout) => {
      if (!error) return resolve(ok(stdout));
      const why =
        error.killed === true ? 'took too long or wrote too much' : `failed (${error.code})`;
      return resolve(
        refuse(
          'secret-failed',
          `command \`${program}\` ${why}`,
          'run it by hand to see what it says',
        ),
      );
    });
    child.stdin?.end();
  });
}

/** Words of a command; quotes group, a backslash stands for itself. There is no shell and no expansion. */
export function splitCommand(command: string): readonly string[] {
  const words = command.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g);
  return [...words].map(([word]) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}
