import { homedir } from 'node:os';
import { isatty } from 'node:tty';
import type { Io } from './io.ts';
import { run } from './run.ts';

/** The first time the command decides what ending means; the second time it just ends. */
function onInterrupt(listener: (exitCode: number) => void): () => void {
  let times = 0;
  const heard = (exitCode: number) => (): void => {
    if (++times > 1) process.exit(exitCode);
    listener(exitCode);
  };
  const [interrupted, terminated] = [heard(130), heard(143)];
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', terminated);
  return () => {
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', terminated);
  };
}

// a reader that closed the pipe (`| head`) has seen enough
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? 0);
  });

const io: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stdin: process.stdin,
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
  isTty: {
    in: isatty(0),
    out: isatty(1),
    err: isatty(2),
  },
  columns: () => process.stderr.columns ?? process.stdout.columns ?? 80,
  rows: () => process.stdout.rows ?? process.stderr.rows ?? 24,
  onResize: (listener) => {
    process.stdout.on('resize', listener);
    return () => void process.stdout.off('resize', listener);
  },
  now: Date.now,
  onInterrupt,
};

process.exitCode = await run(process.argv.slice(2), io);
