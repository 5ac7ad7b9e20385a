import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, type PostgresServer } from '../test/postgres.ts';
import { makeBench, startGateway, stopGateway } from './gateway.ts';

/** Somewhere `pgbench` can connect to, and the processes whose time it costs. */
export type Place = {
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password?: string;
  /** Process between client and database; absent: there is none. */
  readonly pid?: number;
  readonly stop: () => Promise<void>;
};

const POOLER_PORT = 18_432;
const GATE_PORT = 18_433;
const LANE = { user: 'lane', password: 'bench-lane-password' } as const;
const NOBODY = { uid: 65_534, gid: 65_534 };

/** Where Debian puts what is not on everybody's PATH. */
const found = (name: string): string =>
  ['/usr/bin', '/usr/sbin', '/usr/local/bin'].map((dir) => join(dir, name)).find(existsSync) ??
  missing(name);

function missing(name: string): never {
  throw new Error(
    `\`${name}\` is not on this machine: apt-get install pgbouncer postgresql-client postgresql-contrib`,
  );
}

/** The program that drives all of them. */
export const pgbench = (): string => found('pgbench');

/** A database of `pgbench`'s tables with one role for the lanes, reached straight. */
export async function startDirect(): Promise<Place & { readonly server: PostgresServer }> {
  const server = await startPostgres();
  const as = `-q -h 127.0.0.1 -p ${server.port} -U postgres`.split(' ');
  run(pgbench(), ['-i', '-s', '5', ...as, 'postgres']);
  const sql = `create role ${LANE.user} login password '${LANE.password}';
    create role writer login password '${LANE.password}';
    grant select on all tables in schema public to ${LANE.user};
    grant select, insert, update, delete on all tables in schema public to writer;`;
  run(found('psql'), [...as, '-c', sql, 'postgres']);
  // the gate demands that a database proves itself, so it asks for passwords
  const rules = ['host all postgres 127.0.0.1/32 trust', 'host all all 127.0.0.1/32 scram-sha-256'];
  writeFileSync(join(server.folder, 'data', 'pg_hba.conf'), `${rules.join('\n')}\n`);
  run(found('psql'), [...as, '-c', 'select pg_reload_conf()', 'postgres']);
  return {
    server,
    port: server.port,
    ...LANE,
    database: 'postgres',
    stop: () => server.remove(),
  };
}

/** pgbouncer as it comes, one pool, sessions. */
export async function startPooler(to: Place): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-pgbouncer-'));
  chmodSync(folder, 0o755);
  writeFileSync(
    join(folder, 'pgbouncer.ini'),
    `[databases]
bench = host=127.0.0.1 port=${to.port} dbname=${to.database} user=${LANE.user} password=${LANE.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${POOLER_PORT}
unix_socket_dir =
auth_type = any
pool_mode = session
default_pool_size = 64
max_client_conn = 200
log_connections = 0
log_disconnections = 0
`,
  );
  const child = spawn(found('pgbouncer'), ['-q', join(folder, 'pgbouncer.ini')], {
    stdio: 'ignore',
    ...(process.getuid?.() === 0 ? NOBODY : {}),
  });
  await untilOpen(POOLER_PORT, child);
  return {
    port: POOLER_PORT,
    user: LANE.user,
    database: 'bench',
    pid: child.pid ?? 0,
    stop: async () => {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A gateway with one database: every statement judged, recorded, its result looked at. */
export async function startGate(to: Place): Promise<Place> {
  const bench = makeBench();
  writeFileSync(join(bench.folder, 'lane'), LANE.password, { mode: 0o600 });
  appendFileSync(
    join(bench.folder, 'countersign.yaml'),
    `postgres:
  listen: 127.0.0.1:${GATE_PORT}
  databases:
    - name: bench
      host: 127.0.0.1
      port: ${to.port}
      database: ${to.database}
      tls: { mode: disable }
      read: { user: ${LANE.user}, password: 'file:lane' }
      write: { user: writer, password: 'file:lane' }
      attrs: { env: { entity: Env, id: dev }, owner: { entity: Team, id: data-owners } }
`,
  );
  mkdirSync(join(bench.folder, 'policies/data'), { recursive: true });
  writeFileSync(join(bench.folder, 'policies/bench.cedar'), PERMIT);
  const { child } = await startGateway(bench);
  await untilOpen(GATE_PORT, child);
  return {
    port: GATE_PORT,
    user: 'bot-0',
    database: 'bench',
    password: bench.agentToken,
    pid: child.pid ?? 0,
    stop: () => stopGateway(child, bench),
  };
}

const PERMIT = `@id("bench-queries")
@reason("Measured")
permit (principal is Countersign::Agent, action == Countersign::Action::"sql.select", resource == Countersign::Database::"bench")
when { context.base.inspectable == Countersign::Inspectable::"full" };
`;

/** Runs a program to its end and gives what it printed. */
export function run(
  command: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  const { status, stdout, stderr } = spawnSync(command, words, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${command} failed:\n${stdout}${stderr}`);
  return stdout;
}

async function untilOpen(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`nothing listens on ${port}`);
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      const done = (is: boolean) => (): void => {
        socket.destroy();
        resolve(is);
      };
      socket.once('connect', done(true)).once('error', done(false));
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
