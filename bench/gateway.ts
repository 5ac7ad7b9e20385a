import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PORT = 18_088;

/** A gateway of its own process and folder, as `countersign serve` starts it. */
export type Bench = {
  readonly folder: string;
  readonly port: number;
  readonly agentToken: string;
  /** Tokens of all agents; the first is `agentToken`. */
  readonly agentTokens: readonly string[];
  readonly reviewerToken: string;
};

/** A fresh folder with a configuration, the sample policies, agents and one reviewer. */
export function makeBench({ agents = 1 }: { readonly agents?: number } = {}): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  cpSync(join(ROOT, 'policies'), join(folder, 'policies'), { recursive: true });
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  const token = (name: string, prefix: string): string => {
    const value = `${prefix}_${randomBytes(24).toString('base64url')}`;
    writeFileSync(join(folder, name), value, { mode: 0o600 });
    return value;
  };
  const agentTokens = Array.from({ length: agents }, (_, i) => token(`agent-${i}`, 'csk'));
  const bots = agentTokens.map(
    (_, i) => `  - { id: bot-${i}, token: 'file:agent-${i}', owner: mona, teams: [data-agents] }`,
  );
  const bench = {
    folder,
    port: PORT,
    agentToken: agentTokens[0] ?? '',
    agentTokens,
    reviewerToken: token('dana', 'csp'),
  };
  const groups = [
    'dba',
    'data-protection',
    'identity-admins',
    'platform-oncall',
    'release-managers',
    'security',
  ];
  const people = ['p1', 'p2'].map((id) => {
    token(id, 'csp');
    return `  - { id: ${id}, name: ${id}, token: 'file:${id}', groups: [${groups.join(', ')}] }`;
  });
  token('mona', 'csp');
  writeFileSync(
    join(folder, 'countersign.yaml'),
    `listen: 127.0.0.1:${PORT}
data_dir: data
policies: policies
log: { level: error }
limits: { max_pending_per_agent: 10000, max_pending_per_owner: 100000, attention_per_reviewer: 1000000 }
agents:
${bots.join('\n')}
people:
  - { id: mona, name: mona, token: 'file:mona' }
  - { id: dana, name: dana, token: 'file:dana', groups: [data-owners] }
${people.join('\n')}
resources:
  - type: Database
    id: crm
    attrs: { env: { entity: Env, id: prod }, owner: { entity: Team, id: data-owners } }
    tables: { customers: { rows: 60000, columns: [id, company, country, plan], pii: { email: email } } }
`,
  );
  return bench;
}

/** Starts it and waits until it is ready; answers with the time that took in ms. */
export async function startGateway(
  { folder, port }: Bench,
  env: Readonly<Record<string, string>> = {},
): Promise<{ child: ChildProcess; readyMs: number }> {
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [join(ROOT, 'cli/bin/countersign.js'), 'serve', '--config', join(folder, 'countersign.yaml')],
    { stdio: ['ignore', 'ignore', 'inherit'], cwd: folder, env: { ...process.env, ...env } },
  );
  for (;;) {
    if (child.exitCode !== null) throw new Error('the gateway did not start');
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return { child, readyMs: performance.now() - startedAt };
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Stops it and removes its folder. */
export async function stopGateway(child: ChildProcess, { folder }: Bench): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}

/** Resident memory of a process in MB, as the kernel counts it. */
export function rssOf(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) / 1024;
}
