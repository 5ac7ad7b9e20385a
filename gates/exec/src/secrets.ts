import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { ExecFailure } from './failure.ts';

/** Secrets by the variable that will hold them: `env:NAME`, `file:PATH` or `exec:COMMAND`, never the value. */
export type SecretReferences = { readonly [variable: string]: string };

const SHORTEST = 4;
const LONGEST = 64 * 1024;
const PATIENCE_MS = 30_000;

/**
 * Looks the values up, at the moment of the run and not before. Error texts name the reference, never what it holds.
 * Values shorter than four characters are refused: masking them would hide half of the output, and not them.
 */
export async function resolveSecrets(
  references: SecretReferences,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Readonly<Record<string, string>>> {
  const pairs = await Promise.all(
    Object.entries(references).map(async ([name, reference]) => {
      const value = (await lookUp(name, reference, environment)).replace(/\r?\n$/, '');
      if (value.length < SHORTEST)
        throw bad(name, reference, 'is shorter than 4 characters, so it could not be masked');
      if (value.length > LONGEST) throw bad(name, reference, 'is longer than 64 KB');
      if (value.includes('\0')) throw bad(name, reference, 'holds a NUL character');
      return [name, value] as const;
    }),
  );
  return Object.fromEntries(pairs);
}

const bad = (name: string, reference: string, why: string, cause?: unknown): ExecFailure =>
  new ExecFailure(
    'bad-secret',
    `secret \`${name}\` (\`${reference.split(':')[0] ?? ''}:…\`) ${why}`,
    cause,
  );

async function lookUp(
  name: string,
  reference: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const [, kind, rest = ''] = /^(env|file|exec):(.+)$/s.exec(reference) ?? [];
  switch (kind) {
    case 'env': {
      const value = environment[rest];
      if (value === undefined) throw bad(name, reference, 'is not set');
      return value;
    }
    case 'file':
      return readFile(rest, 'utf8').catch((error: unknown) => {
        throw bad(name, reference, 'could not be read', error);
      });
    case 'exec':
      return outputOf(name, reference, rest, environment);
    default:
      throw new ExecFailure(
        'bad-secret',
        `secret \`${name}\` must be a reference: \`env:NAME\`, \`file:PATH\` or \`exec:COMMAND\``,
      );
  }
}

/** What a program such as a password manager prints. Words are split at spaces; there is no shell. */
function outputOf(
  name: string,
  reference: string,
  command: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const [program = '', ...args] = command.split(' ').filter(Boolean);
  return new Promise((done, fail) => {
    const child = spawn(program, args, {
      env: environment,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: PATIENCE_MS,
    });
    let out = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (chunk: string) => {
      out += chunk;
      if (out.length > LONGEST) child.kill();
    });
    child.on('error', (error) => fail(bad(name, reference, 'could not be asked for', error)));
    child.on('close', (code) =>
      code === 0
        ? done(out)
        : fail(bad(name, reference, `was not given: its command ended with ${code ?? 'a signal'}`)),
    );
  });
}
