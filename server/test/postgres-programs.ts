import { spawn, spawnSync } from 'node:child_process';

/** How a program ended. */
export type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

/** Runs a program of PostgreSQL's own client package beside this process, in which the gate is. */
export function runProgram(
  name: string,
  words: readonly string[],
  { input = '', cwd }: { readonly input?: string; readonly cwd?: string } = {},
): Promise<Ran> {
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', PGCONNECT_TIMEOUT: '10' };
  const child = spawn(name, words, { env, timeout: 30_000, ...(cwd === undefined ? {} : { cwd }) });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text));
  child.stdin.end(input);
  return new Promise((resolve, reject) =>
    child.once('error', reject).once('close', (code) => resolve({ code, ...said })),
  );
}

/** Whether the client programs are here. Where they are demanded, their absence says how to get them. */
export function hasPrograms(): boolean {
  const is = ['psql', 'pgbench'].every((name) => spawnSync(name, ['--version']).status === 0);
  if (!is && process.env['COUNTERSIGN_REQUIRE_PSQL'] === '1')
    throw new Error(
      'psql and pgbench are not on the PATH; get them with `apt-get install postgresql`',
    );
  if (!is) process.stderr.write('SKIPPED: psql and pgbench are not on the PATH\n');
  return is;
}
