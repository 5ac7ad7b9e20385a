import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve, type Gateway } from '@countersign/server';

const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url));
const PEOPLE: Readonly<Record<string, string>> = {
  mona: 'data-owners', // owns the agent
  dana: 'data-owners, auditors',
  ben: 'data-protection, release-managers',
  ana: 'security, identity-admins',
  omar: 'dba, platform-oncall, data-owners', // the agent may act for
  lin: 'security, platform-oncall',
  mo: 'data-owners', // another account of mona
};

/** A real gateway with people, agents and credentials, in a folder of its own. */
export type World = {
  readonly folder: string;
  readonly url: string;
  readonly tokenOf: (name: string) => string;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly remove: () => Promise<void>;
};

/**
 * Makes one with the sample policies, and a review that expires after a second for `quick.csv`.
 * @param more lines for its configuration
 */
export async function openWorld(
  more = '',
  permits = '',
  folders: readonly string[] = [],
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-cli-'));
  for (const name of folders) mkdirSync(join(folder, name));
  const home = join(folder, '.countersign');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const tokens = new Map<string, string>();
  const keep = (kind: string, name: string, prefix: string): string => {
    const token = `${prefix}_${randomBytes(24).toString('base64url')}`;
    mkdirSync(join(home, kind), { recursive: true, mode: 0o700 });
    writeFileSync(join(home, kind, `${name}.token`), `${token}\n`, { mode: 0o600 });
    tokens.set(name, token);
    return `${kind}/${name}.token`;
  };
  const entry = (kind: string, prefix: string) => (name: string) =>
    [name, { token_file: keep(kind, name, prefix) }] as const;
  const people = Object.fromEntries(Object.keys(PEOPLE).map(entry('people', 'csp')));
  const agents = Object.fromEntries(['bot', 'runner'].map(entry('agents', 'csk')));
  keep('agents', 'runner', 'cse');
  writeFileSync(join(home, 'credentials.json'), JSON.stringify({ url, people, agents }));
  cpSync(POLICIES, join(folder, 'policies'), { recursive: true });
  writeFileSync(join(folder, 'policies', 'quick.review.cedar'), QUICK);
  const file = permits.includes('@review(') ? 'more.review.cedar' : 'more.cedar';
  if (permits) writeFileSync(join(folder, 'policies', file), permits);
  const configPath = join(folder, 'countersign.yaml');
  writeFileSync(configPath, `${configOf(port)}${more}`);

  let gateway: Gateway | undefined;
  const start = async (): Promise<void> => {
    gateway = await serve({ configPath, env: {}, write: () => undefined });
  };
  await start();
  return {
    folder,
    url,
    tokenOf: (name) => tokens.get(name) ?? '',
    start,
    stop: async () => gateway?.stop(),
    remove: async () => {
      await gateway?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const QUICK = `@id("quick")
@review("Decide at once")
@approvers("data-owners") @quorum("1") @expires("1s")
forbid (principal, action == Countersign::Action::"sql.export", resource is Countersign::Database)
when { context.destination == "quick.csv" };
`;

const configOf = (port: number): string => `listen: 127.0.0.1:${port}
data_dir: data
log: { level: error }
agents:
  - { id: bot, token: 'file:.countersign/agents/bot.token', owner: mona, teams: [data-agents, platform-agents], trust: 1, acts_for: [omar] }
executors:
  - { id: runner, token: 'file:.countersign/agents/runner.token' }
people:
${Object.entries(PEOPLE)
  .map(
    ([id, groups]) =>
      `  - { id: ${id}, name: ${id}, token: 'file:.countersign/people/${id}.token', groups: [${groups}]${id === 'mo' ? ', same_as: mona' : ''} }`,
  )
  .join('\n')}
resources:
  - type: Database
    id: crm
    attrs: { env: { entity: Env, id: prod }, owner: { entity: Team, id: data-owners } }
    tables: { customers: { rows: 60000, columns: [id, company], pii: { email: email } } }
  - type: Database
    id: hr
    executor: runner
    attrs: { env: { entity: Env, id: prod }, owner: { entity: Team, id: data-owners } }
    tables: { staff: { rows: 60000, columns: [id, team], pii: {} } }
  - { type: Host, id: build-7, attrs: { env: { entity: Env, id: dev } } }
`;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
