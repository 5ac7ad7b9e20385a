import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createClient, type ActionStatus, type Client, type Proposal } from '@countersign/sdk';

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(ROOT, 'cli/bin/countersign.js');

/** A folder of its own with configuration, policies, one agent, its owner and one reviewer. */
export type World = {
  readonly folder: string;
  readonly url: string;
  readonly tokens: Readonly<Record<'bot' | 'mona' | 'dana', string>>;
  readonly agent: Client;
};

/** `dana`: further members of hers. */
export async function makeWorld(
  limits = 'execution_timeout: 15m',
  more = '',
  dana = '',
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-e2e-'));
  const port = await freePort();
  cpSync(join(ROOT, 'policies'), join(folder, 'policies'), { recursive: true });
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  const token = (name: string, prefix: string): string => {
    const value = `${prefix}_${randomBytes(24).toString('base64url')}`;
    writeFileSync(join(folder, `${name}.token`), value, { mode: 0o600 });
    return value;
  };
  const tokens = {
    bot: token('bot', 'csk'),
    mona: token('mona', 'csp'),
    dana: token('dana', 'csp'),
  };
  const rest = ['p1', 'p2'].map((id) => {
    token(id, 'csp');
    return `  - { id: ${id}, name: ${id}, token: 'file:${id}.token', groups: [dba, data-protection, identity-admins, platform-oncall, release-managers, security] }`;
  });
  writeFileSync(
    join(folder, 'countersign.yaml'),
    `listen: 127.0.0.1:${port}
data_dir: data
policies: policies
log: { level: error }
limits: { ${limits} }
agents:
  - { id: bot, token: 'file:bot.token', owner: mona, teams: [data-agents] }
people:
  - { id: mona, name: mona, token: 'file:mona.token', groups: [data-owners] }
  - { id: dana, name: dana, token: 'file:dana.token', groups: [data-owners, auditors]${dana} }
${rest.join('\n')}
resources:
  - type: Database
    id: crm
    attrs: { env: { entity: Env, id: prod }, owner: { entity: Team, id: data-owners } }
    tables: { customers: { rows: 60000, columns: [id, company, country, plan] } }
${more}`,
  );
  const url = `http://127.0.0.1:${port}`;
  return { folder, url, tokens, agent: createClient({ url, token: tokens.bot }) };
}

/** A gateway in a process of its own. */
export type Running = {
  readonly child: ChildProcess;
  /** Exit code or signal, once it is gone. */
  readonly gone: Promise<number | NodeJS.Signals>;
  readonly said: () => string;
};

/** Starts it and waits until it answers, or is gone. `crash`: `event:before` or `event:durable`. */
export async function start(
  world: World,
  how: {
    crash?: string;
    wrap?: readonly string[];
    env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Running> {
  const script =
    how.crash === undefined
      ? [BIN, 'serve']
      : ['--conditions=@countersign/source', join(ROOT, 'test/e2e/crashing-gateway.ts')];
  const [command, ...words] = [
    ...(how.wrap ?? []),
    process.execPath,
    ...script,
    '--config',
    join(world.folder, 'countersign.yaml'),
  ];
  const child = spawn(command, words, {
    cwd: world.folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: world.folder,
      ...how.env,
      ...(how.crash === undefined ? {} : { CRASH_AT: how.crash }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const gone = new Promise<number | NodeJS.Signals>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 1)),
  );
  while (child.exitCode === null && child.signalCode === null && !(await isReady(world)))
    await new Promise((resolve) => setTimeout(resolve, 10));
  return { child, gone, said: () => said };
}

const isReady = ({ url }: World): Promise<boolean> =>
  fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

export async function stop(
  { child, gone }: Running,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<number | NodeJS.Signals> {
  child.kill(signal);
  return gone;
}

export const READ = {
  type: 'sql.select',
  resource: { type: 'Database', id: 'crm' },
  arguments: { table: 'customers', columns: ['company'], limit: 3 },
} as const;

export const exportTo = (destination: string): Proposal => ({
  type: 'sql.export',
  resource: { type: 'Database', id: 'crm' },
  arguments: { table: 'customers', columns: ['company'], destination },
});

type Page = { readonly version: number; readonly seenDigest: string };

/** A request by HTTP as somebody. */
export async function as(
  { url, tokens }: World,
  who: keyof World['tokens'],
  path: string,
  body?: unknown,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${tokens[who]}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

/** Reads the request as it stands and votes on what was read. */
export async function vote(
  world: World,
  who: 'mona' | 'dana',
  { approvalId }: Pick<ActionStatus, 'approvalId'>,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const page = await as(world, who, `/v1/approvals/${approvalId ?? ''}`);
  const { version, seenDigest } = page.body as Page;
  return as(world, who, `/v1/approvals/${approvalId ?? ''}/votes`, {
    choice: 'approve',
    version,
    seenDigest,
  });
}

/** The whole ledger of a running gateway, checked by the standalone verifier. */
export async function verified({ folder, url }: World): Promise<string> {
  const verify = join(ROOT, 'verify/bin/countersign-verify.js');
  const { stdout } = await promisify(execFile)(process.execPath, [
    verify,
    'ledger',
    `${url}/ledger`,
    '--trust',
    join(folder, 'data/trust.txt'),
  ]);
  return stdout;
}

export const textOf = (url: string): Promise<string> =>
  fetch(url).then((response) => response.text());

export function freePort(): Promise<number> {
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
