import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres, type PostgresServer } from '../test/postgres.ts';
import { openWire, requestOf } from './wire.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'cli/bin/countersign.js');
const FIRST_PORT = 18_100;

/** Gateways on one PostgreSQL, each in a process of its own, as `countersign serve` starts them. */
export type Bench = {
  readonly database: PostgresServer;
  readonly schema: string;
  readonly folder: string;
  readonly agents: readonly string[];
  readonly reviewer: string;
  readonly ports: readonly number[];
  /** Starts one; answers with the time until it was ready in ms. */
  readonly start: (i: number) => Promise<number>;
  readonly stop: (i: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A fresh ledger with keys, sample policies, agents and one reviewer; nothing is started yet. */
export async function makeReplicas({
  replicas = 2,
  agents = 1,
  policy = '',
}: {
  readonly replicas?: number;
  readonly agents?: number;
  /** Further policies. */
  readonly policy?: string;
}): Promise<Bench> {
  const database = await startPostgres({
    settings: { max_wal_size: '4GB', shared_buffers: '1GB' },
  });
  const schema = 'bench';
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  cpSync(join(ROOT, 'policies'), join(folder, 'policies'), { recursive: true });
  if (policy !== '') writeFileSync(join(folder, 'policies', 'bench.review.cedar'), policy);
  const token = (name: string, prefix: string): string => {
    const value = `${prefix}_${randomBytes(24).toString('base64url')}`;
    writeFileSync(join(folder, name), value, { mode: 0o600 });
    return value;
  };
  const bots = Array.from({ length: agents }, (_, i) => token(`bot-${i}`, 'csk'));
  const people = ['mona', 'dana', 'p1', 'p2'];
  const tokens = Object.fromEntries(people.map((name) => [name, token(name, 'csp')]));
  const groups =
    'dba, data-protection, identity-admins, platform-oncall, release-managers, security';
  const member: Record<string, string> = { mona: '', dana: 'data-owners', p1: groups, p2: groups };
  writeFileSync(
    join(folder, 'countersign.yaml'),
    `database: { url: 'env:DATABASE_URL', schema: ${schema} }
keys_dir: keys
policies: policies
log: { level: error }
limits: { max_pending_per_agent: 10000, max_pending_per_owner: 100000, attention_per_reviewer: 1000000 }
agents:
${bots.map((_, i) => `  - { id: bot-${i}, token: 'file:bot-${i}', owner: mona, teams: [data-agents] }`).join('\n')}
people:
${people.map((id) => `  - { id: ${id}, name: ${id}, token: 'file:${id}', groups: [${member[id]}] }`).join('\n')}
resources:
  - type: Database
    id: crm
    attrs: { env: { entity: Env, id: prod }, owner: { entity: Team, id: data-owners } }
    tables: { customers: { rows: 60000, columns: [id, company, country, plan], pii: { email: email } } }
`,
  );
  const env = { ...process.env, DATABASE_URL: database.url };
  await run(['keys', 'init', join(folder, 'keys')], folder, env);
  await run(['migrate'], folder, env);
  const ports = Array.from({ length: replicas }, (_, i) => FIRST_PORT + i);
  const children: (ChildProcess | undefined)[] = [];
  const stop: Bench['stop'] = async (i) => {
    const child = children[i];
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  };
  return {
    database,
    schema,
    folder,
    agents: bots,
    reviewer: tokens['dana'] ?? '',
    ports,
    start: async (i) => {
      const began = performance.now();
      const port = ports[i] ?? 0;
      children[i] = spawn(process.execPath, [BIN, 'serve'], {
        stdio: ['ignore', 'ignore', 'inherit'],
        cwd: folder,
        env: {
          ...env,
          COUNTERSIGN_LISTEN: `127.0.0.1:${port}`,
          COUNTERSIGN_DATA_DIR: join(folder, `data-${i}`),
        },
      });
      while (!(await isReady(port))) {
        if (children[i]?.exitCode !== null) throw new Error('the gateway did not start');
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return performance.now() - began;
    },
    stop,
    close: async () => {
      for (const i of ports.keys()) await stop(i);
      await database.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const isReady = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

function run(words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    spawn(process.execPath, [BIN, ...words], {
      cwd,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    }).once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${words[0]} failed`))));
  });
}

/** Sends many requests over some connections to all replicas and answers with their bodies, in order. */
export async function sendAll(
  { ports }: Bench,
  count: number,
  requestAt: (n: number) => string,
  connections = 64,
): Promise<readonly string[]> {
  const bodies: string[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async (_, i) => {
      const wire = await openWire(ports[i % ports.length] ?? 0);
      for (let n = next++; n < count; n = next++) {
        const { status, body } = await wire.send(requestAt(n));
        if (status >= 300) throw new Error(`answered ${status}: ${body}`);
        bodies[n] = body;
      }
      wire.close();
    }),
  );
  return bodies;
}

/** A proposal that waits for people; `n` makes it one of its own. */
export const askFor = ({ agents }: Bench, n: number, destination = `export-${n}.csv`): string =>
  requestOf(
    'POST',
    '/v1/actions',
    agents[n % agents.length] ?? '',
    JSON.stringify({
      type: 'sql.export',
      resource: { type: 'Database', id: 'crm' },
      arguments: { table: 'customers', columns: ['id', 'company'], destination },
    }),
  );
