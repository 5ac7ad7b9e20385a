import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, readFileSync, type WriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from './installation.ts';

/** How a replica stands, as the one who hurts it knows. */
type Standing = 'starting' | 'up' | 'paused' | 'down';

/** One gateway in a process of its own, which is started again whenever it ends. */
export type Replica = {
  readonly name: string;
  readonly port: number;
  readonly standing: () => Standing;
  /** A fault is at work on it. */
  isHurt: boolean;
  readonly start: () => Promise<void>;
  /** SIGKILL; it stays down for `ms`, then resolves once it is ready again. */
  readonly kill: (ms: number) => Promise<void>;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly stop: () => Promise<void>;
  readonly isReady: () => Promise<boolean>;
  /** What `/readyz` says stands against it; undefined while it is ready, or says nothing. */
  readonly whyNot: () => Promise<string | undefined>;
  /** Resident memory in MB, 0 while there is none. */
  readonly rss: () => number;
  /** How often it ended without being asked to. */
  readonly exits: () => number;
};

const READY_MS = 60_000;
const AGAIN_MS = 1_000;

export function createReplica(parts: {
  readonly name: string;
  readonly port: number;
  readonly configPath: string;
  readonly env: Readonly<Record<string, string>>;
}): Replica {
  const { name, port, configPath, env } = parts;
  const folder = dirname(configPath);
  const log: WriteStream = createWriteStream(join(folder, 'log'), { flags: 'a' });
  let child: ChildProcess | undefined;
  let gone: Promise<unknown> = Promise.resolve();
  let standing: Standing = 'down';
  let isWanted = false;
  let exits = 0;

  function launch(): void {
    standing = 'starting';
    const started = spawn(
      process.execPath,
      [join(ROOT, 'cli/bin/countersign.js'), 'serve', '--config', configPath],
      {
        cwd: folder,
        env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    child = started;
    log.write(`--- started ${new Date().toISOString()} as ${started.pid}\n`);
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (text: Buffer) => log.write(text));
    gone = new Promise((resolve) => started.once('exit', resolve));
    void ready().catch(() => undefined); // whoever asked for the start hears of it
    started.once('exit', (code, signal) => {
      log.write(`--- ended ${new Date().toISOString()} by ${signal ?? code}\n`);
      standing = 'down';
      if (!isWanted || child !== started) return;
      exits++;
      setTimeout(() => {
        if (isWanted && standing === 'down') launch(); // as any supervisor does
      }, AGAIN_MS);
    });
  }
  const isReady = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(1_000) }).then(
      async (answer) => {
        await answer.body?.cancel();
        return answer.ok;
      },
      () => false,
    );
  async function ready(): Promise<void> {
    for (const until = performance.now() + READY_MS; performance.now() < until;) {
      if (standing !== 'down' && (await isReady())) {
        if (standing === 'starting') standing = 'up';
        return;
      }
      await sleep(50);
    }
    throw new Error(`${name} is not ready after ${READY_MS / 1000} s; see ${join(folder, 'log')}`);
  }
  const signal = (which: NodeJS.Signals): void => void child?.kill(which);
  return {
    name,
    port,
    standing: () => standing,
    isHurt: false,
    start: async () => {
      isWanted = true;
      launch();
      await ready();
    },
    kill: async (ms) => {
      isWanted = false;
      signal('SIGKILL');
      await gone;
      await sleep(ms);
      isWanted = true;
      launch();
      await ready();
    },
    pause: () => {
      signal('SIGSTOP');
      standing = 'paused';
    },
    resume: () => {
      signal('SIGCONT');
      if (standing === 'paused') standing = 'up';
    },
    stop: async () => {
      isWanted = false;
      signal('SIGCONT');
      signal('SIGTERM');
      const timer = setTimeout(() => signal('SIGKILL'), 15_000);
      await gone;
      clearTimeout(timer);
      log.end();
    },
    isReady,
    whyNot: () => whyNot(port),
    rss: () => rssOf(child?.pid),
    exits: () => exits,
  };
}

function rssOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

type Readiness = { readonly checks: readonly { ok: boolean; detail?: string }[] };

async function whyNot(port: number): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(5_000);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal });
    const { checks } = (await answer.json()) as Readiness;
    return answer.status === 503 ? checks.find(({ ok }) => !ok)?.detail : undefined;
  } catch {
    return undefined;
  }
}
